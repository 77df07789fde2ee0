#include <errno.h>

#include "arena.h"
#include "cell.h"
#include "csv.h"
#include "csv_scanner.h"
#include "csv_text.h"
#include "heap.h"
#include "str.h"

#define SEPARATORS ",;\t"
#define NO_COLUMN (-1)
#define TITLE_LINES_MAX 5

struct csv {
	struct csv_scanner scanner;
	const struct csv_column *columns;
	const struct csv_name *known_names; /* of the columns */
	bool skips_others;
	const char *names[CSV_COLUMNS_MAX]; /* as the file has them; NULL: it has no such column */
	size_t places[CSV_COLUMNS_MAX];     /* of the named columns among a record's values */
	struct csv_place first;
};

/* ---- Values. */

/* Reads the next record's values, not yet by columns. Returns as csv_read(). */
static int csv_read_values(struct csv *csv, struct arena *arena, struct csv_record *record_r,
	struct csv_values *values_r)
{
	*record_r = (struct csv_record){
		.line = csv_text_place(csv->scanner.text).line,
		.columns = csv->columns,
		.names = csv->names,
	};
	return csv_scanner_read(&csv->scanner, arena, values_r, &record_r->error);
}

static int column_at(const struct csv *csv, size_t place)
{
	for (int i = 0; csv->columns[i].name != NULL; i++)
		if (csv->names[i] != NULL && csv->places[i] == place)
			return i;
	return NO_COLUMN;
}

/* Stores the values by their columns. Returns false if all are blank. */
static bool csv_assign(const struct csv *csv, struct arena *arena, struct csv_values *values,
	struct csv_record *record)
{
	bool has_text = false;
	const char *value, *loss;

	for (size_t place = 0; (value = csv_scanner_next_value(values, &loss)) != NULL; place++) {
		int column = column_at(csv, place);

		has_text |= *value != '\0';
		if (column != NO_COLUMN)
			record->values[column] = value;
		if (record->error != NULL)
			continue;
		if (column != NO_COLUMN && loss != NULL)
			record->error = csv_column_complain(record, arena, column, loss);
		else if (column == NO_COLUMN && *value != '\0' && !csv->skips_others)
			record->error = arena_printf(arena,
				"value %zu stands under no column's name; take it out", place + 1);
	}
	return has_text;
}

int csv_read(struct csv *csv, struct arena *arena, struct csv_record *record_r)
{
	struct csv_values values;
	int found;

	do
		found = csv_read_values(csv, arena, record_r, &values);
	while (found > 0 && record_r->error == NULL && !csv_assign(csv, arena, &values, record_r));
	return found;
}

/* ---- The line that names the columns. */

/* A line read as the one that names the columns. */
struct heading {
	bool is_blank;
	size_t n_names;
	const char *error; /* NULL: it names them */
};

/* The first name that is wrong is the one to tell of. */
static void name_column(struct csv *csv, struct arena *arena, const char *name, size_t place,
	struct heading *heading)
{
	const int column = csv_column_find(csv->known_names, name);

	if (column != NO_COLUMN && csv->names[column] == NULL) {
		csv->names[column] = cell_show(arena, name);
		csv->places[column] = place;
		heading->n_names++;
		return;
	}
	if (heading->error != NULL || (column == NO_COLUMN && csv->skips_others))
		return;
	heading->error = column == NO_COLUMN
		? arena_printf(arena,
			  "\"%s\" is no column; take it out, or name it as one of these: %s",
			  cell_show(arena, name), csv_column_list(arena, csv->columns))
		: arena_printf(arena, "\"%s\" and \"%s\" are the same column; take one out",
			  csv->names[column], cell_show(arena, name));
}

static const char *csv_find_missing(const struct csv *csv, struct arena *arena)
{
	for (int i = 0; csv->columns[i].name != NULL; i++)
		if (csv->columns[i].is_required && csv->names[i] == NULL)
			return arena_printf(arena, "there is no column %s",
				csv_column_names(arena, &csv->columns[i]));
	return NULL;
}

static struct heading name_columns(struct csv *csv, struct arena *arena, struct csv_values *values)
{
	struct heading heading = {.is_blank = true};
	const char *name, *loss;

	memset(csv->names, 0, sizeof(csv->names));
	for (size_t place = 0; (name = csv_scanner_next_value(values, &loss)) != NULL; place++) {
		if (*name == '\0')
			continue;
		heading.is_blank = false;
		name_column(csv, arena, name, place, &heading);
	}
	if (heading.n_names == 0)
		heading.error = arena_printf(arena,
			"it does not name the columns; put a line above it with those of: %s",
			csv_column_list(arena, csv->columns));
	else if (heading.error == NULL)
		heading.error = csv_find_missing(csv, arena);
	return heading;
}

/* Reads the record at a place, by one separator. 1, also if it is blank, 0 or -1. */
static int read_heading(struct csv *csv, struct arena *arena, const struct csv_place *place,
	char separator, struct heading *heading_r)
{
	struct csv_record record;
	struct csv_values values;
	int found;

	csv->scanner.separator = separator;
	csv_text_seek(csv->scanner.text, place);
	found = csv_read_values(csv, arena, &record, &values);
	*heading_r = (struct heading){.error = record.error};
	if (found > 0 && record.error == NULL)
		*heading_r = name_columns(csv, arena, &values);
	return found;
}

/* Reads the next record by the separator that tells most names apart. */
static int read_best_heading(
	struct csv *csv, struct arena *arena, const char *separators, struct heading *heading_r)
{
	const struct csv_place place = csv_text_place(csv->scanner.text);
	char best = *separators;
	size_t n_names = 0;

	for (; *separators != '\0'; separators++) {
		if (read_heading(csv, arena, &place, *separators, heading_r) <= 0)
			break;
		if (heading_r->n_names > n_names) {
			n_names = heading_r->n_names;
			best = *separators;
		}
	}
	return read_heading(csv, arena, &place, best, heading_r);
}

/* Reads a line "sep=;", by which Excel marks a file's separator. Another line stays unread. */
static const char *read_separator(struct csv *csv)
{
	static const char *const separator_lines[] = {"sep=,", "sep=;", "sep=\t"};
	struct csv_text *text = csv->scanner.text;
	const struct csv_place place = csv_text_place(text);
	char line[sizeof("sep=;\r")];
	size_t size = 0;
	int c = EOF;

	while (size < sizeof(line) - 1 && (c = csv_text_next(text)) != '\n' && c != EOF)
		line[size++] = (char)c;
	line[size] = '\0';
	line[strcspn(line, "\r")] = '\0';
	for (size_t i = 0; i < sizeof(separator_lines) / sizeof(separator_lines[0]); i++)
		if (str_equal_nocase(line, separator_lines[i])) {
			while (c != '\n' && c != EOF)
				c = csv_text_next(text);
			return separator_lines[i] + strlen("sep=");
		}
	csv_text_seek(text, &place);
	return SEPARATORS;
}

/* NULL, or what is wrong with the line that looks most like that of the names. */
static const char *read_columns(struct csv *csv, struct arena *arena)
{
	const char *separators = read_separator(csv);
	const char *error = NULL;
	size_t n_names = 0;
	struct heading heading;

	for (int n_lines = 0; n_lines < TITLE_LINES_MAX; n_lines += !heading.is_blank) {
		long line = csv_text_place(csv->scanner.text).line;
		int found = read_best_heading(csv, arena, separators, &heading);

		if (found < 0)
			return strerror(errno);
		if (found == 0)
			break;
		if (heading.is_blank)
			continue;
		if (heading.error == NULL)
			return NULL;
		if (error == NULL || heading.n_names > n_names)
			error = arena_printf(arena, "line %ld: %s", line, heading.error);
		n_names = heading.n_names > n_names ? heading.n_names : n_names;
	}
	return error == NULL ? "it has no line with the columns' names" : error;
}

struct csv *csv_open(struct csv_text *text, const struct csv_column *columns, bool skips_others,
	struct arena *arena, const char **error_r)
{
	struct csv *csv = heap_new_of(struct csv);

	*csv = (struct csv){.scanner.text = text, .columns = columns, .skips_others = skips_others};
	csv->known_names = csv_column_fold(arena, columns);
	*error_r = read_columns(csv, arena);
	csv->first = csv_text_place(text);
	if (*error_r == NULL)
		return csv;
	csv_close(csv);
	return NULL;
}

void csv_close(struct csv *csv)
{
	csv_scanner_release(&csv->scanner);
	free(csv);
}

int64_t csv_offset(const struct csv *csv)
{
	return csv_text_place(csv->scanner.text).offset;
}

void csv_rewind(struct csv *csv)
{
	csv_text_seek(csv->scanner.text, &csv->first);
}

bool csv_has_changed(const struct csv *csv)
{
	return csv_text_has_changed(csv->scanner.text);
}

/* ---- Writing. */

static void csv_write_value(FILE *out, const char *value)
{
	bool is_quoted = strpbrk(value, ",\"\r\n") != NULL ||
		csv_scanner_is_null(value, strlen(value));

	if (is_quoted)
		putc('"', out);
	if (cell_needs_guard(value))
		putc('\'', out);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			putc('"', out);
		putc(*value, out);
	}
	if (is_quoted)
		putc('"', out);
}

void csv_write(FILE *out, const char *const *values, size_t n_values)
{
	for (size_t i = 0; i < n_values; i++) {
		if (i > 0)
			putc(',', out);
		csv_write_value(out, values[i]);
	}
	fputs("\r\n", out);
}

void csv_write_columns(FILE *out, const struct csv_column *columns)
{
	const char *names[CSV_COLUMNS_MAX];
	size_t n = 0;

	for (; columns[n].name != NULL; n++)
		names[n] = columns[n].name;
	fputs(STR_BYTE_ORDER_MARK, out);
	csv_write(out, names, n);
}
