#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "cell.h"
#include "csv_scanner.h"
#include "csv_text.h"

#define SOMETHING_FOLLOWS                                                                          \
	"something follows the quote that ends a value; write a quote within a value twice"

/* Where in a value the next byte stands. */
enum place { AT_START, IN_BARE, IN_QUOTES, AFTER_QUOTE, AFTER_VALUE };

static int csv_scanner_next_byte(struct csv_scanner *scanner, enum place place)
{
	int c = csv_text_next(scanner->text);

	if (c == '\r' && place != IN_QUOTES && csv_text_peek(scanner->text) == '\n')
		c = csv_text_next(scanner->text);
	return c;
}

static bool is_formula_so_far(const struct buf *bytes)
{
	return bytes->data[bytes->size - 1] == '=' &&
		(bytes->size == 1 || bytes->data[bytes->size - 2] == '\0');
}

static bool is_blank_so_far(const struct buf *bytes)
{
	size_t size = bytes->size;

	while (size > 0 && bytes->data[size - 1] == ' ')
		size--;
	return size == 0 || bytes->data[size - 1] == '\0';
}

/* NULL, or what is wrong. */
static const char *csv_scanner_take_quote(struct csv_scanner *scanner, enum place *place)
{
	switch (*place) {
	case IN_BARE:
		if (is_formula_so_far(&scanner->bytes)) {
			scanner->bytes.size--;
			*place = IN_QUOTES;
			break;
		}
		/* As "mysql --batch" writes JSON. */
		if (scanner->separator == '\t') {
			buf_append_char(&scanner->bytes, '"');
			break;
		}
		if (is_blank_so_far(&scanner->bytes))
			*place = IN_QUOTES;
		return "a quote stands within a value that does not begin with one; such a value "
		       "is written in quotes, and its own quotes twice";
	case AT_START:
		*place = IN_QUOTES;
		break;
	case IN_QUOTES:
		*place = AFTER_QUOTE;
		break;
	case AFTER_QUOTE:
		buf_append_char(&scanner->bytes, '"');
		*place = IN_QUOTES;
		break;
	case AFTER_VALUE:
		*place = IN_QUOTES;
		return SOMETHING_FOLLOWS;
	}
	return NULL;
}

static const char *csv_scanner_take(struct csv_scanner *scanner, char c, enum place *place)
{
	if (c == '"')
		return csv_scanner_take_quote(scanner, place);
	if (*place == AFTER_QUOTE || *place == AFTER_VALUE) {
		*place = AFTER_VALUE;
		return c == ' ' || c == '\t' ? NULL : SOMETHING_FOLLOWS;
	}
	if (*place == AT_START)
		*place = IN_BARE;
	buf_append_char(&scanner->bytes, c);
	return NULL;
}

bool csv_scanner_is_null(const char *bytes, size_t size)
{
	static const char *const words[] = {
		"NULL", "\\N", "(NULL)", "[NULL]", "<NULL>", "(Null)", "<null>"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (size == strlen(words[i]) && memcmp(bytes, words[i], size) == 0)
			return true;
	return false;
}

/* At the end of a value, which begins at begin. */
static void csv_scanner_drop_null(struct csv_scanner *scanner, enum place place, size_t begin)
{
	struct buf *bytes = &scanner->bytes;

	if (place == IN_BARE && csv_scanner_is_null(bytes->data + begin, bytes->size - begin))
		bytes->size = begin;
}

/* Skips the rest of a record with which something is wrong. What a quote encloses is never taken
 * for records: anybody may have written it, as a nickname. */
static void csv_scanner_skip_rest(struct csv_scanner *scanner, enum place place)
{
	int c;

	while ((c = csv_scanner_next_byte(scanner, place)) != EOF &&
		(c != '\n' || place == IN_QUOTES)) {
		if (place == IN_QUOTES)
			place = c == '"' ? AFTER_QUOTE : IN_QUOTES;
		else if (c == scanner->separator)
			place = AT_START;
		else if (c == '"' && place != IN_BARE)
			place = IN_QUOTES;
		else if (place == AT_START && c != ' ' && c != '=')
			place = IN_BARE;
	}
}

/* The next byte is that after the NUL, which begins a value or does not. */
static const char *csv_scanner_nul_problem(struct csv_scanner *scanner, bool begins_value)
{
	const int c = csv_text_peek(scanner->text);

	if (begins_value && (c == scanner->separator || c == EOF || strchr("\"\r\n", c) != NULL))
		return "a value is a NUL byte, as a column of type bit is written; export such a "
		       "column as a number: CAST(column AS UNSIGNED)";
	return "it holds a NUL byte; save the file as \"CSV UTF-8\"";
}

/* Reads the bytes of one record's values. NULL, or what is wrong. */
static const char *csv_scanner_read_bytes(struct csv_scanner *scanner)
{
	enum place place = AT_START;
	const char *error = NULL;
	size_t begin = 0;

	buf_reset(&scanner->bytes);
	buf_append_str(&scanner->bytes, ""); /* an empty line has bytes, too: none */
	while (error == NULL) {
		int c = csv_scanner_next_byte(scanner, place);

		if (c == EOF && place == IN_QUOTES)
			return "a quote is never closed; close it, or write a quote within a value "
			       "twice";
		if (c == EOF || (c == '\n' && place != IN_QUOTES)) {
			csv_scanner_drop_null(scanner, place, begin);
			return NULL;
		}
		if (c == '\0') {
			error = csv_scanner_nul_problem(scanner, scanner->bytes.size == begin);
		} else if (c == scanner->separator && place != IN_QUOTES) {
			csv_scanner_drop_null(scanner, place, begin);
			buf_append_char(&scanner->bytes, '\0');
			begin = scanner->bytes.size;
			place = AT_START;
		} else {
			error = csv_scanner_take(scanner, (char)c, &place);
		}
		if (error == NULL && scanner->bytes.size > CSV_RECORD_SIZE_MAX)
			error = "it is too long, or a quote is never closed; close it";
	}
	csv_scanner_skip_rest(scanner, place);
	return error;
}

/* Adds to an error how far the record goes that begins on a line, if it has several. */
static const char *csv_scanner_tell_end(
	struct csv_scanner *scanner, struct arena *arena, const char *error, long first)
{
	const long next = csv_text_place(scanner->text).line;

	if (next <= first + 1)
		return error;
	return csv_text_peek(scanner->text) == EOF
		? arena_printf(arena, "%s; it goes on to the end of the file", error)
		: arena_printf(arena, "%s; it ends on line %ld", error, next - 1);
}

int csv_scanner_read(struct csv_scanner *scanner, struct arena *arena,
	struct csv_values *values_r, const char **error_r)
{
	const struct csv_place place = csv_text_place(scanner->text);
	bool is_end = csv_text_peek(scanner->text) == EOF;
	size_t size = 0;

	*values_r = (struct csv_values){0};
	*error_r = is_end ? NULL : csv_scanner_read_bytes(scanner);
	if (csv_text_has_failed(scanner->text))
		return -1;
	if (is_end)
		return 0;
	if (*error_r == NULL)
		*error_r = csv_text_decode(
			scanner->text, arena, &scanner->bytes, &values_r->at, &size);
	else
		*error_r = csv_scanner_tell_end(scanner, arena, *error_r, place.line);
	if (*error_r == NULL)
		values_r->end = values_r->at + size;
	return 1;
}

const char *csv_scanner_next_value(struct csv_values *values, const char **loss_r)
{
	char *value = values->at;

	if (value == NULL || value > values->end)
		return NULL;
	values->at += strlen(value) + 1;
	return cell_clean(value, loss_r);
}

void csv_scanner_release(struct csv_scanner *scanner)
{
	buf_release(&scanner->bytes);
	csv_text_close(scanner->text);
}
