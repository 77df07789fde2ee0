#include <errno.h>
#include <stdbool.h>

#include "arena.h"
#include "buf.h"
#include "charset.h"
#include "csv.h"
#include "heap.h"
#include "str.h"

#define LINE_SIZE 65536
#define FORMULA_BEGINS "=+-@\t\r"
#define NO_COLUMN (-1)

static const char mark[] = "\xef\xbb\xbf";
#define MARK_SIZE (sizeof(mark) - 1)

struct csv {
	FILE *file;
	bool is_gb18030;
	const char *const *columns;
	int column_of[CSV_COLUMNS_MAX]; /* of the first line's values */
	size_t n_values;
	struct buf text; /* the values of one record, each with its NUL */
	long line;       /* what is read next */
	off_t first_offset;
	long first_line;
};

/* ---- Characters. */

/* 1: UTF-8, -1: not; 0: ASCII, which says nothing. */
static int weigh(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)line[i] >= 0x80)
			return str_is_utf8(line, size) ? 1 : -1;
	return 0;
}

/* A line of GB18030 may be well-formed UTF-8, and one of UTF-8 may be damaged: most lines tell. */
static bool is_gb18030(FILE *file)
{
	char line[LINE_SIZE];
	size_t size = 0;
	long n_utf8 = 0, n_other = 0;
	int c;

	do {
		int weight;

		c = getc(file);
		if (c != EOF)
			line[size++] = (char)c;
		if (c != '\n' && c != EOF && size < sizeof(line))
			continue;
		weight = weigh(line, size);
		n_utf8 += weight > 0;
		n_other += weight < 0;
		size = 0;
	} while (c != EOF);
	return n_other > 0 && n_other >= n_utf8;
}

/* Whether there was one; else it is read as text. */
static bool skip_mark(FILE *file)
{
	char bytes[MARK_SIZE];

	if (fread(bytes, 1, MARK_SIZE, file) == MARK_SIZE && memcmp(bytes, mark, MARK_SIZE) == 0)
		return true;
	rewind(file);
	return false;
}

/* ---- Records. No byte of a character in GB18030 is a comma, a quote or a line break, so that
 * they are found before it is decoded. */

enum place { AT_START, IN_BARE, IN_QUOTES, AFTER_QUOTE };

static int next_byte(struct csv *csv, enum place place)
{
	int c = getc(csv->file);

	if (c == '\r' && place != IN_QUOTES) {
		int following = getc(csv->file);

		if (following == '\n')
			c = following;
		else
			ungetc(following, csv->file);
	}
	csv->line += c == '\n';
	return c;
}

static const char *take(struct csv *csv, char c, enum place *place)
{
	bool is_quote = c == '"';

	switch (*place) {
	case AT_START:
		*place = is_quote ? IN_QUOTES : IN_BARE;
		break;
	case IN_BARE:
		if (is_quote)
			return "a quote stands within a value that does not begin with one";
		break;
	case IN_QUOTES:
		if (is_quote)
			*place = AFTER_QUOTE;
		break;
	case AFTER_QUOTE:
		if (!is_quote)
			return "something follows the quote that ends a value";
		*place = IN_QUOTES;
		buf_append_char(&csv->text, c);
		return NULL;
	}
	if (!is_quote)
		buf_append_char(&csv->text, c);
	return NULL;
}

/* The bytes of one record's values; NULL, or what is wrong. */
static const char *scan(struct csv *csv)
{
	enum place place = AT_START;
	const char *error = NULL;

	buf_reset(&csv->text);
	while (error == NULL) {
		int c = next_byte(csv, place);

		if (c == EOF && place == IN_QUOTES)
			return "a quote is never closed";
		if (c == EOF || (c == '\n' && place != IN_QUOTES))
			return NULL;
		if (c == '\0')
			return "it holds NUL";
		if (csv->text.size > CSV_RECORD_SIZE_MAX)
			return "it is too long, or a quote is never closed";
		if (c == ',' && place != IN_QUOTES) {
			buf_append_char(&csv->text, '\0');
			place = AT_START;
		} else {
			error = take(csv, (char)c, &place);
		}
	}
	return error;
}

static void skip_first_line(struct csv *csv, off_t offset, long line)
{
	int c;

	clearerr(csv->file);
	fseeko(csv->file, offset, SEEK_SET);
	do
		c = getc(csv->file);
	while (c != '\n' && c != EOF);
	csv->line = line + 1;
}

/* The values as UTF-8 in the arena, one after the other: NULL, or what is wrong. */
static const char *decode(
	const struct csv *csv, struct arena *arena, const char **text_r, size_t *size_r)
{
	const struct buf *bytes = &csv->text;

	*size_r = bytes->size;
	if (csv->is_gb18030) {
		*text_r = charset_from_gb18030(arena, bytes->data, bytes->size, size_r);
		return *text_r == NULL ? "it is not GB18030, as the rest of the file is" : NULL;
	}
	*text_r = arena_strndup(arena, bytes->data, bytes->size);
	return str_is_utf8(bytes->data, bytes->size)
		? NULL
		: "it is not UTF-8, as the rest of the file is";
}

/* The next record's values, not yet by columns; 1, 0 or -1. */
static int read_values(struct csv *csv, struct arena *arena, struct csv_record *record_r,
	const char **text_r, size_t *size_r)
{
	off_t offset;

	do {
		offset = ftello(csv->file);
		*record_r = (struct csv_record){.line = csv->line};
		record_r->error = scan(csv);
		if (ferror(csv->file))
			return -1;
		if (record_r->error == NULL && csv->text.size == 0 && feof(csv->file))
			return 0;
	} while (record_r->error == NULL && csv->text.size == 0);
	if (record_r->error != NULL)
		skip_first_line(csv, offset, record_r->line);
	else
		record_r->error = decode(csv, arena, text_r, size_r);
	return 1;
}

static bool looks_like_formula(const char *value)
{
	char c = value[strspn(value, "'")];

	return c != '\0' && strchr(FORMULA_BEGINS, c) != NULL;
}

int csv_read(struct csv *csv, struct arena *arena, struct csv_record *record_r)
{
	const char *value;
	size_t size, n_values = 0;
	int found = read_values(csv, arena, record_r, &value, &size);
	const char *end;

	if (found <= 0 || record_r->error != NULL)
		return found;
	for (end = value + size; value <= end; value += strlen(value) + 1, n_values++) {
		bool is_guarded = *value == '\'' && looks_like_formula(value);

		if (n_values < csv->n_values)
			record_r->values[csv->column_of[n_values]] = value + is_guarded;
	}
	if (n_values != csv->n_values)
		record_r->error = arena_printf(arena, "it has %zu values, the first line has %zu",
			n_values, csv->n_values);
	return 1;
}

/* ---- The first line. */

static int find_column(const char *const *columns, const char *name)
{
	for (int i = 0; columns[i] != NULL; i++)
		if (str_equal_nocase(columns[i], name))
			return i;
	return NO_COLUMN;
}

static const char *list_of(const char *const *columns, struct arena *arena)
{
	const char *list = *columns;

	while (*++columns != NULL)
		list = arena_printf(arena, "%s, %s", list, *columns);
	return list;
}

static const char *name_columns(
	struct csv *csv, struct arena *arena, const char *name, const char *end)
{
	bool is_named[CSV_COLUMNS_MAX] = {false};

	for (; name <= end; name += strlen(name) + 1) {
		int column = find_column(csv->columns, name);

		if (column == NO_COLUMN)
			return arena_printf(arena, "value %zu is none of the columns %s",
				csv->n_values + 1, list_of(csv->columns, arena));
		if (is_named[column])
			return arena_printf(
				arena, "the column %s is there twice", csv->columns[column]);
		is_named[column] = true;
		csv->column_of[csv->n_values++] = column;
	}
	return NULL;
}

static const char *read_columns(struct csv *csv, struct arena *arena)
{
	struct csv_record record;
	const char *text;
	size_t size;
	int found = read_values(csv, arena, &record, &text, &size);

	if (found < 0)
		return strerror(errno);
	if (found == 0)
		return "it has no line with the columns' names";
	if (record.error == NULL)
		record.error = name_columns(csv, arena, text, text + size);
	return record.error == NULL
		? NULL
		: arena_printf(arena, "line %ld: %s", record.line, record.error);
}

struct csv *csv_open(
	const char *path, const char *const *columns, struct arena *arena, const char **error_r)
{
	FILE *file = fopen(path, "re");
	struct csv *csv;

	if (file == NULL) {
		*error_r = strerror(errno);
		return NULL;
	}
	csv = heap_new_of(struct csv);
	*csv = (struct csv){.file = file, .columns = columns, .line = 1};
	csv->is_gb18030 = is_gb18030(file);
	if (fseeko(file, 0, SEEK_SET) != 0) {
		*error_r = "it must be a file that can be read again";
	} else {
		csv->is_gb18030 &= !skip_mark(file);
		*error_r = read_columns(csv, arena);
	}
	csv->first_offset = ftello(file);
	csv->first_line = csv->line;
	if (*error_r == NULL)
		return csv;
	csv_close(csv);
	return NULL;
}

void csv_close(struct csv *csv)
{
	buf_release(&csv->text);
	fclose(csv->file);
	free(csv);
}

int64_t csv_offset(const struct csv *csv)
{
	return ftello(csv->file);
}

void csv_rewind(struct csv *csv)
{
	fseeko(csv->file, csv->first_offset, SEEK_SET);
	csv->line = csv->first_line;
}

/* ---- Writing. */

static void write_value(FILE *out, const char *value)
{
	bool is_quoted = strpbrk(value, ",\"\r\n") != NULL;

	if (is_quoted)
		putc('"', out);
	if (looks_like_formula(value))
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
		write_value(out, values[i]);
	}
	fputs("\r\n", out);
}

void csv_write_columns(FILE *out, const char *const *columns)
{
	size_t n_columns = 0;

	while (columns[n_columns] != NULL)
		n_columns++;
	fputs(mark, out);
	csv_write(out, columns, n_columns);
}
