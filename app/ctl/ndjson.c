#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>

#include "arena.h"
#include "buf.h"
#include "cell.h"
#include "csv_text.h"
#include "fold.h"
#include "heap.h"
#include "ndjson.h"
#include "str.h"

#define PATH_SIZE 128
/* What LeanCloud puts before the first object of a class. */
#define CLASS_LINE "#filetype:JSON"
#define BEGIN_SIZE 64
/* Doubles are exact below. */
#define WHOLE_MAX 9007199254740992.0
#define NO_VALUE "is neither a text nor a number"

struct ndjson {
	struct csv_text *text;
	const struct csv_column *columns;
	const struct csv_name *known_names; /* of the columns */
	bool skips_others;
	bool has_unknown; /* a record has a member that is no column */
	struct buf line;
	struct csv_place first;
};

/* ---- Values. */

/* The value within a wrapping; the same if there is none. */
static const json_t *unwrap(const json_t *value)
{
	static const char *const members[] = {"$date", "$oid", "$numberLong", "$numberInt", "iso"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *inner = json_object_get(value, members[i]);

		if (inner != NULL)
			return unwrap(inner);
	}
	return value;
}

static const char *text_of_real(struct arena *arena, double value)
{
	if (value > -WHOLE_MAX && value < WHOLE_MAX && value == (double)(int64_t)value)
		return arena_printf(arena, "%" PRId64, (int64_t)value);
	return arena_printf(arena, "%.17g", value);
}

static const char *text_of_string(struct arena *arena, const char *string)
{
	return *string == '\'' && cell_needs_blank_guard(string)
		? arena_strdup(arena, string + 1)
		: fold_trim_here(arena_strdup(arena, string));
}

/* A double as MongoDB exports it, "1.6E12". NULL: it is none. */
static const char *text_of_wrapped_real(struct arena *arena, const json_t *value)
{
	const char *text = json_string_value(json_object_get(value, "$numberDouble"));
	double number;
	char *end;

	if (str_is_empty(text))
		return NULL;
	number = strtod(text, &end);
	return *end == '\0' && isfinite(number) ? text_of_real(arena, number) : NULL;
}

/* NULL: it is none. */
static const char *text_of(struct arena *arena, const json_t *value)
{
	value = unwrap(value);
	if (json_is_object(value))
		return text_of_wrapped_real(arena, value);
	if (json_is_string(value))
		return text_of_string(arena, json_string_value(value));
	if (json_is_integer(value))
		return arena_printf(arena, "%" PRId64, (int64_t)json_integer_value(value));
	if (json_is_real(value))
		return text_of_real(arena, json_real_value(value));
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return json_is_null(value) ? "" : NULL;
}

/* path ends at end. */
static const json_t *walk(const json_t *object, const char *path, const char *end)
{
	char name[PATH_SIZE];

	while (object != NULL) {
		size_t size = strcspn(path, ".|");

		snprintf(name, sizeof(name), "%.*s", (int)size, path);
		object = json_object_get(object, name);
		path += size + 1;
		if (path > end)
			break;
	}
	return object;
}

/* The first of the paths that has a value. */
static const json_t *walk_any(const json_t *object, const char *paths)
{
	const json_t *found = NULL;

	while (paths != NULL && *paths != '\0') {
		const char *end = paths + strcspn(paths, "|");
		const json_t *value = walk(object, paths, end);

		if (value != NULL)
			found = value;
		if (value != NULL && !json_is_null(value))
			break;
		paths = end + (*end == '|');
	}
	return found;
}

const char *ndjson_member(struct arena *arena, const char *json, const char *path)
{
	json_t *object = json_loads(json, 0, NULL);
	const json_t *value = walk_any(object, path);
	const char *text = value == NULL ? NULL : text_of(arena, value);

	json_decref(object);
	return text;
}

/* ---- Records. */

static const char *store(
	struct csv_record *record, struct arena *arena, int column, const json_t *value)
{
	const char *text = text_of(arena, value);

	record->values[column] = text == NULL ? "" : text;
	return text == NULL ? arena_printf(arena, "%s " NO_VALUE, record->columns[column].name)
			    : NULL;
}

static const char *take_paths(const struct csv_column *columns, struct arena *arena,
	const json_t *object, struct csv_record *record)
{
	const char *error = NULL;

	for (int i = 0; columns[i].name != NULL && error == NULL; i++) {
		const json_t *value = walk_any(object, columns[i].name);

		if (value == NULL)
			value = walk_any(object, columns[i].others);
		if (value != NULL)
			error = store(record, arena, i, value);
	}
	return error;
}

static const char *take_members(struct ndjson *ndjson, struct arena *arena,
	json_t *object, struct csv_record *record)
{
	const struct csv_column *columns = ndjson->columns;
	const char *name, *error = NULL;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		int column = csv_column_find(ndjson->known_names, name);

		ndjson->has_unknown |= column < 0;
		if (column < 0)
			return arena_printf(arena,
				"\"%s\" is no column; take it out, or name it as one of these: %s",
				name, csv_column_list(arena, columns));
		if (record->values[column] != NULL)
			return arena_printf(arena, "\"%s\" is there twice; take one out", name);
		error = store(record, arena, column, value);
		if (error != NULL)
			break;
	}
	return error;
}

static const char *take_object(
	struct ndjson *ndjson, struct arena *arena, struct csv_record *record)
{
	json_error_t problem = {0};
	const char *error;
	size_t size;
	char *text;
	json_t *object;

	error = csv_text_decode(ndjson->text, arena, &ndjson->line, &text, &size);
	if (error != NULL)
		return error;
	object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
	if (!json_is_object(object)) {
		json_decref(object);
		return json_error_code(&problem) == json_error_duplicate_key
			? "an object has two members of one name; take one out"
			: "it is not one object of JSON";
	}
	error = ndjson->skips_others ? take_paths(ndjson->columns, arena, object, record)
				     : take_members(ndjson, arena, object, record);
	json_decref(object);
	return error;
}

/* Takes the next line. Returns false at the end. *error_r: NULL, or what is wrong. */
static bool take_line(struct ndjson *ndjson, const char **error_r)
{
	int c;

	*error_r = NULL;
	buf_reset(&ndjson->line);
	if (csv_text_peek(ndjson->text) == EOF)
		return false;
	while ((c = csv_text_next(ndjson->text)) != '\n' && c != EOF)
		if (ndjson->line.size < NDJSON_LINE_SIZE_MAX)
			buf_append_char(&ndjson->line, (char)c);
		else
			*error_r = "it is too long";
	return true;
}

static bool is_skipped(const struct buf *line)
{
	for (size_t i = 0; i < line->size; i++)
		if (strchr(" \t\r", line->data[i]) == NULL || line->data[i] == '\0')
			return line->data[i] == '#';
	return true;
}

int ndjson_read(struct ndjson *ndjson, struct arena *arena, struct csv_record *record_r)
{
	do {
		*record_r = (struct csv_record){
			.line = csv_text_place(ndjson->text).line,
			.columns = ndjson->columns,
		};
		if (!take_line(ndjson, &record_r->error))
			return csv_text_has_failed(ndjson->text) ? -1 : 0;
	} while (record_r->error == NULL && is_skipped(&ndjson->line));
	if (csv_text_has_failed(ndjson->text))
		return -1;
	if (record_r->error == NULL)
		record_r->error = take_object(ndjson, arena, record_r);
	return 1;
}

/* ---- The file. */

/* How a file begins, without blanks, that is JSON but not an object a line; '\n': the object goes
 * on in the next line. The second is Navicat's, the third that of an API of LeanCloud's. */
static const struct {
	const char *begin, *error;
} others[] = {
	{"[", "it is one list of JSON; write an object a line: jq -c '.[]' FILE >LINES"},
	{"{\"RECORDS\":[",
		"it is one list of JSON; write an object a line: jq -c '.RECORDS[]' FILE >LINES"},
	{"{\"results\":[",
		"it is one list of JSON; write an object a line: jq -c '.results[]' FILE >LINES"},
	{"{\n", "it is JSON with an object on several lines; write an object a line: jq -c . FILE "
		">LINES"},
};

/* Whether text begins so, where a line may end anywhere. */
static bool begins_so(const char *text, const char *begin)
{
	for (; *begin != '\0'; begin++) {
		if (*begin != '\n')
			text += strspn(text, "\n");
		if (*text++ != *begin)
			return false;
	}
	return true;
}

bool ndjson_is_it(struct csv_text *text, const char **error_r)
{
	char begin[BEGIN_SIZE] = "";
	size_t size = 0;

	while (size < sizeof(begin) - 1 && csv_text_peek(text) != EOF) {
		int c = csv_text_next(text);

		if (c != ' ' && c != '\r' && c != '\t' && (size > 0 || c != '\n'))
			begin[size++] = (char)c;
	}
	csv_text_rewind(text);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (*error_r == NULL && begins_so(begin, others[i].begin))
			*error_r = others[i].error;
	return *error_r == NULL && (*begin == '{' || str_starts_with(begin, CLASS_LINE));
}

/* NULL, or which column the first record lacks, or which of its members is none. */
static const char *find_missing(struct ndjson *ndjson, struct arena *arena)
{
	struct csv_record record;
	const struct csv_column *columns = ndjson->columns;
	int found = ndjson_read(ndjson, arena, &record);

	if (found < 0)
		return strerror(errno);
	if (found > 0 && ndjson->has_unknown)
		return arena_printf(arena, "line %ld: %s", record.line, record.error);
	for (int i = 0; found > 0 && record.error == NULL && columns[i].name != NULL; i++)
		if (columns[i].is_required && record.values[i] == NULL)
			return arena_printf(arena, "there is no %s in line %ld",
				csv_column_names(arena, &columns[i]), record.line);
	ndjson_rewind(ndjson);
	return NULL;
}

struct ndjson *ndjson_open(struct csv_text *text, const struct csv_column *columns,
	bool skips_others, struct arena *arena, const char **error_r)
{
	struct ndjson *ndjson = heap_new_of(struct ndjson);

	*ndjson = (struct ndjson){
		.text = text,
		.columns = columns,
		.known_names = csv_column_fold(arena, columns),
		.skips_others = skips_others,
		.first = csv_text_place(text),
	};
	*error_r = find_missing(ndjson, arena);
	if (*error_r == NULL)
		return ndjson;
	ndjson_close(ndjson);
	return NULL;
}

void ndjson_close(struct ndjson *ndjson)
{
	buf_release(&ndjson->line);
	csv_text_close(ndjson->text);
	free(ndjson);
}

int64_t ndjson_offset(const struct ndjson *ndjson)
{
	return csv_text_place(ndjson->text).offset;
}

void ndjson_rewind(struct ndjson *ndjson)
{
	csv_text_seek(ndjson->text, &ndjson->first);
}

bool ndjson_has_changed(const struct ndjson *ndjson)
{
	return csv_text_has_changed(ndjson->text);
}

/* ---- Writing. */

void ndjson_write(FILE *out, const struct csv_column *columns, const char *const *values)
{
	json_t *object = json_object();

	for (int i = 0; columns[i].name != NULL; i++)
		if (*values[i] != '\0')
			json_object_set_new(object, columns[i].name,
				json_sprintf("%s%s", cell_needs_blank_guard(values[i]) ? "'" : "",
					values[i]));
	json_dumpf(object, out, JSON_COMPACT);
	putc('\n', out);
	json_decref(object);
}
