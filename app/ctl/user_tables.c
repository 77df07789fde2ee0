#include <errno.h>

#include "app_kind.h"
#include "arena.h"
#include "arguments.h"
#include "buf.h"
#include "csv_text.h"
#include "heap.h"
#include "ndjson.h"
#include "str.h"
#include "table_columns.h"
#include "user_tables.h"

#define MEMORY_MAX ((size_t)1 << 30)
#define LINE_MEMORY_MAX (1 << 20)
#define SLOTS_MIN 1024

/* ---- The tables. */

static bool tells_kinds(const struct table *table)
{
	for (size_t i = 0; i < USER_KINDS_MAX && table->kinds != NULL; i++)
		if (table->kinds[i] != NULL)
			return true;
	return false;
}

/* NULL, or that the other system has no users of this kind of app. */
static const char *find_no_kind(const struct user_tables *tables, struct arena *arena)
{
	const struct table *table = &tables->tables[0];

	if (!tells_kinds(table) || table->kinds[tables->kind] != NULL || tables->has_mapped_openid)
		return NULL;
	return arena_printf(arena,
		"%s has no openids of a %s app; if yours has, name the column with --map "
		"openid=COLUMN",
		table->name, app_kind_name(tables->kind));
}

struct user_tables *user_tables_new(const struct user_format *format, enum app_kind kind,
	const char *map, struct arena *arena, const char **error_r)
{
	struct user_tables *tables = heap_new_of(struct user_tables);

	tables->arena = arena_new(MEMORY_MAX);
	tables->kind = kind;
	tables->is_own = format == NULL;
	tables->skips_others = format != NULL;
	tables->n_tables = format == NULL ? 1 : format->n_tables;
	if (format == NULL)
		table_columns_use_own(&tables->tables[0]);
	for (size_t i = 0; format != NULL && i < format->n_tables; i++)
		table_columns_use(tables, &tables->tables[i], &format->tables[i]);
	*error_r = table_columns_map(tables, arena, map);
	if (*error_r == NULL)
		*error_r = find_no_kind(tables, arena);
	if (*error_r == NULL)
		return tables;
	user_tables_free(tables);
	return NULL;
}

void user_tables_free(struct user_tables *tables)
{
	for (size_t i = 0; i < tables->n_tables; i++)
		free(tables->tables[i].slots);
	arena_free(tables->arena);
	free(tables);
}

/* ---- Records. */

static bool is_one_of(const char *value, const char *values)
{
	const size_t size = strlen(value);

	while (values != NULL) {
		if (strcspn(values, "|") == size && memcmp(values, value, size) == 0)
			return true;
		values = strchr(values, '|');
		values += values != NULL;
	}
	return false;
}

/* Puts the values of a record by their fields; an earlier column's value wins. */
static void take_values(const struct table *table, const struct csv_record *record,
	struct arena *arena, const char **values_r)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const char *value = record->values[i];
		const char *disabled = table->origins[i].disabled;
		const char **to = &values_r[table->columns[i].id];

		if (disabled != NULL && value != NULL && is_one_of(value, disabled))
			values_r[FIELD_DISABLED] = "true";
		if (disabled != NULL && table->columns[i].id == FIELD_DISABLED)
			continue;
		if (table->origins[i].member != NULL && !str_is_empty(value))
			value = ndjson_member(arena, value, table->origins[i].member);
		if (str_is_empty(*to) && value != NULL)
			*to = value;
	}
}

static bool is_deleted(const struct table *table, const char *value)
{
	if (value == NULL)
		return false;
	if (table->deleted != NULL)
		return strcmp(value, table->deleted) == 0;
	return strcmp(value, "1") == 0 || strcmp(value, "true") == 0 ||
		strcmp(value, "b'1'") == 0 || strcmp(value, "\1") == 0;
}

static bool counts(
	const struct user_tables *tables, const struct table *table, const char *const *values)
{
	const char *kind = table->kinds == NULL ? NULL : table->kinds[tables->kind];

	if (is_deleted(table, values[FIELD_DELETED]))
		return false;
	/* Who maps the openid says whose it is. */
	if (kind == NULL || (tables->has_mapped_openid && table == &tables->tables[0]))
		return true;
	return values[FIELD_KIND] != NULL && strcmp(values[FIELD_KIND], kind) == 0;
}

static struct joined *slot_of(const struct table *table, const char *key)
{
	size_t i = str_hash(STR_HASH_BEGIN, key) & (table->n_slots - 1);

	while (table->slots[i].key != NULL && strcmp(table->slots[i].key, key) != 0)
		i = (i + 1) & (table->n_slots - 1);
	return &table->slots[i];
}

static void make_room(struct table *table)
{
	struct joined *old = table->slots;
	const size_t n_old = table->n_slots;

	if (old != NULL && table->n_used < n_old / 2)
		return;
	table->n_slots = old == NULL ? SLOTS_MIN : 2 * n_old;
	table->slots = heap_alloc(table->n_slots * sizeof(*table->slots));
	for (size_t i = 0; i < n_old; i++)
		if (old[i].key != NULL)
			*slot_of(table, old[i].key) = old[i];
	free(old);
}

/* Of two records of one key the first one counts. */
static void keep(struct user_tables *tables, struct table *table, const char *const *values)
{
	const char **kept;
	struct joined *slot;

	if (str_is_empty(values[FIELD_KEY]) || !counts(tables, table, values))
		return;
	make_room(table);
	slot = slot_of(table, values[FIELD_KEY]);
	if (slot->key != NULL)
		return;
	kept = arena_array(tables->arena, const char *, N_USER_LINKS);
	for (int i = 0; i < N_USER_LINKS; i++)
		if (!str_is_empty(values[i]))
			kept[i] = arena_strdup(tables->arena, values[i]);
	*slot = (struct joined){.key = kept[FIELD_KEY], .values = kept};
	table->n_used++;
}

/* Returns 0, or -1 if it is not to be skipped. */
static int complain(const char *path, const struct csv_record *record, bool skips_bad)
{
	ctl_fail("%s: line %ld: %s%s", path, record->line, record->error,
		skips_bad ? "; it is left out"
			  : "; correct it, or add --skip-bad, which leaves it out");
	return skips_bad ? 0 : -1;
}

static int load(struct user_tables *tables, struct table *table, const char *path,
	struct records *records, struct import *import)
{
	struct arena *arena = arena_new(LINE_MEMORY_MAX);
	int found;

	do {
		const char *values[N_USER_LINKS] = {NULL};
		struct csv_record record;

		arena_reset(arena);
		found = records_read(records, arena, &record);
		if (found < 0)
			ctl_fail("%s: %s", path, strerror(errno));
		if (found > 0 && record.error != NULL) {
			if (complain(path, &record, import->skips_bad) < 0)
				found = -1;
			import->n_skipped++;
			continue;
		}
		if (found <= 0)
			continue;
		take_values(table, &record, arena, values);
		keep(tables, table, values);
	} while (found > 0);
	arena_free(arena);
	return found < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Adds to values what the next tables know. */
static void join(const struct user_tables *tables, const char **values)
{
	for (size_t i = 1; i < tables->n_tables; i++) {
		const struct table *table = &tables->tables[i];
		const char *link =
			values[FIELD_LINK] != NULL ? values[FIELD_LINK] : values[FIELD_EXTERNAL_ID];
		const struct joined *found =
			link == NULL || table->slots == NULL ? NULL : slot_of(table, link);

		if (i == tables->n_tables - 1 && values[FIELD_EXTERNAL_ID] == NULL)
			values[FIELD_EXTERNAL_ID] = link;
		if (found == NULL || found->key == NULL)
			return;
		values[FIELD_LINK] = found->values[FIELD_LINK];
		for (int field = 0; field < N_USER_FIELDS; field++)
			if (str_is_empty(values[field]))
				values[field] = found->values[field];
	}
}

const char *user_tables_read(struct user_tables *tables, const struct csv_record *record,
	struct arena *arena, struct csv_record *user_r)
{
	struct table *table = &tables->tables[0];
	const char **names = arena_array(arena, const char *, CSV_COLUMNS_MAX);
	const char *values[N_USER_LINKS] = {NULL};

	*user_r = (struct csv_record){
		.line = record->line,
		.columns = user_columns,
		.names = names,
	};
	for (size_t i = table->n_columns; i-- > 0;)
		if (table->columns[i].id < N_USER_FIELDS)
			names[table->columns[i].id] =
				record->names != NULL && record->names[i] != NULL
				? record->names[i]
				: table->columns[i].name;
	table_columns_note(table, record);
	take_values(table, record, arena, values);
	if (!counts(tables, table, values))
		return import_is_left_out;
	if (!tables->is_own && str_is_empty(values[FIELD_OPENID]))
		return import_is_left_out;
	join(tables, values);
	/* A number that counts from 1. */
	if (!tables->is_own && values[FIELD_EXTERNAL_ID] != NULL &&
		strcmp(values[FIELD_EXTERNAL_ID], "0") == 0)
		values[FIELD_EXTERNAL_ID] = NULL;
	memcpy(user_r->values, values, N_USER_FIELDS * sizeof(*values));
	return NULL;
}

/* ---- The files. */

/* Whether a heading has the required columns by the very names: "_id" is not "id". */
static bool names_all(
	const struct csv_column *columns, struct arena *arena, struct records *records)
{
	struct csv_record record;

	if (records_read(records, arena, &record) < 0)
		return false;
	for (size_t i = 0; columns[i].name != NULL && record.names != NULL; i++)
		if (columns[i].is_required && strcmp(record.names[i], columns[i].name) != 0)
			return false;
	return true;
}

/* Whether the file has the columns of another system's first table. */
static bool is_of_format(
	const struct user_tables *tables, const struct user_format *format, const char *path)
{
	struct arena *arena = arena_new(LINE_MEMORY_MAX);
	struct user_tables others = {.arena = arena, .kind = tables->kind};
	struct records *records;
	const char *error;
	bool is_it;

	table_columns_use(&others, &others.tables[0], &format->tables[0]);
	records = records_open(path, others.tables[0].columns, true, arena, &error);
	is_it = records != NULL && names_all(others.tables[0].columns, arena, records);
	if (records != NULL)
		records_close(records);
	arena_free(arena);
	return is_it;
}

/* What to type if the file is text but does not open as one of ours, in the arena; "": nothing. */
static const char *suggest_format(
	const struct user_tables *tables, struct arena *arena, const char *path)
{
	struct csv_text *text;
	const char *error;

	if (tables->skips_others)
		return "";
	text = csv_text_open(path, &error);
	if (text == NULL)
		return "";
	csv_text_close(text);
	for (const struct user_format *format = user_formats; format->name != NULL; format++)
		if (is_of_format(tables, format, path))
			return arena_printf(arena, "; this looks like the table %s of %s: add "
						   "--from %s",
				format->tables[0].name, format->name, format->name);
	return "; if it is another system's, add --from " USER_FORMAT_NAMES
	       ", or name its columns: --map openid=COLUMN,phone=COLUMN";
}

/* Opens a file as the first of the tables that it may be. */
static struct table *find_table(struct user_tables *tables, struct arena *arena, const char *path,
	struct records **records_r)
{
	const char *first_error = NULL, *error;

	for (size_t i = 0; i < tables->n_tables; i++) {
		*records_r = records_open(
			path, tables->tables[i].columns, tables->skips_others, arena, &error);
		if (*records_r != NULL)
			return &tables->tables[i];
		if (first_error == NULL)
			first_error = error;
	}
	ctl_fail("%s: %s%s", path, first_error, suggest_format(tables, arena, path));
	return NULL;
}

static int open_file(
	struct user_tables *tables, struct ctl *ctl, const char *path, struct import *import)
{
	struct records *records;
	struct table *table = find_table(tables, ctl->arena, path, &records);
	const char *error = NULL;
	int status = EXIT_SUCCESS;

	if (table == NULL)
		return EXIT_FAILURE;
	if (table == &tables->tables[0])
		error = table_columns_find_unnamed(table, ctl->arena, records);
	if (error != NULL) {
		status = ctl_fail("%s: %s", path, error);
	} else if (table == &tables->tables[0]) {
		import->paths[import->n_paths++] = path;
	} else {
		make_room(table);
		status = load(tables, table, path, records, import);
	}
	records_close(records);
	return status;
}

int user_tables_open(struct user_tables *tables, struct ctl *ctl, const struct argument *files,
	size_t n_files, struct import *import)
{
	int status = EXIT_SUCCESS;

	import->columns = tables->tables[0].columns;
	import->skips_others = tables->skips_others;
	import->n_paths = import->n_skipped = 0;
	for (size_t i = 0; i < n_files && files[i].text != NULL && status == EXIT_SUCCESS; i++)
		status = open_file(tables, ctl, files[i].text, import);
	if (status != EXIT_SUCCESS)
		return status;
	for (size_t i = 0; i < tables->n_tables; i++)
		if (i == 0 ? import->n_paths == 0 : tables->tables[i].slots == NULL)
			return ctl_fail("the file of the table %s is missing; give all: the "
					"columns' names tell which is which",
				tables->tables[i].name);
	return EXIT_SUCCESS;
}

const char *user_tables_find_unmapped(const struct user_tables *tables, struct arena *arena)
{
	return table_columns_find_unmapped(tables, arena);
}

const char *user_tables_wanted(const struct user_tables *tables, struct arena *arena)
{
	const struct table *table = &tables->tables[0];
	const char *kind = table->kinds == NULL || tables->has_mapped_openid
		? NULL
		: table->kinds[tables->kind];
	struct buf text = {.arena = arena};

	buf_printf(&text, "an openid of the app's kind, %s, is looked for in",
		app_kind_name(tables->kind));
	for (size_t i = 0; i < table->n_columns; i++) {
		const struct csv_column *column = &table->columns[i];

		if (column->id == FIELD_OPENID)
			buf_printf(&text, " %s%s%s", column->name,
				column->others == NULL ? "" : "|",
				column->others == NULL ? "" : column->others);
		if (column->id == FIELD_KIND && kind != NULL)
			buf_printf(&text, " where %s is %s", column->name, kind);
	}
	buf_append_str(&text, "; if it stands elsewhere, add --map openid=COLUMN");
	return text.data;
}
