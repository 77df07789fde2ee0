#include "ascii.h"
#include "json_number.h"
#include "json_reader.h"
#include "str.h"

#define REPLACEMENT 0xfffd

enum expected { VALUE, FIRST_ELEMENT, ELEMENT, FIRST_NAME, NAME, COMMA };

void json_reader_init(
	struct json_reader *reader, enum json_flavour flavour, char *text, size_t size)
{
	*reader = (struct json_reader){.at = text, .end = text + size, .flavour = flavour};
}

static bool is_strict(const struct json_reader *reader)
{
	return reader->flavour == JSON_JACKSON || reader->flavour == JSON_EXACT;
}

/* Returns the size of a blank beyond ASCII, as char.IsWhiteSpace of .NET has it, or 0. */
static size_t wide_blank_size(const char *at)
{
	if (strncmp(at, "\xc2\x85", 2) == 0 || strncmp(at, "\xc2\xa0", 2) == 0)
		return 2;
	if (strncmp(at, "\xe2\x80", 2) == 0) {
		unsigned char last = (unsigned char)at[2];
		bool is_blank = (last >= 0x80 && last <= 0x8a) || last == 0xa8 || last == 0xa9 ||
			last == 0xaf;

		return is_blank ? 3 : 0;
	}
	if (strncmp(at, "\xe1\x9a\x80", 3) == 0 || strncmp(at, "\xe2\x81\x9f", 3) == 0 ||
		strncmp(at, "\xe3\x80\x80", 3) == 0)
		return 3;
	return 0;
}

static size_t blank_size(const struct json_reader *reader)
{
	char c = *reader->at;

	if (reader->at == reader->end)
		return 0;
	if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
		return 1;
	if (is_strict(reader))
		return 0;
	if ((unsigned char)c >= 0x80)
		return wide_blank_size(reader->at);
	return ascii_is_space(c) || c == '\0';
}

static void skip_blanks(struct json_reader *reader)
{
	size_t n;

	while ((n = blank_size(reader)) > 0)
		reader->at += n;
}

/* Returns false if this is no comment or the comment has no end. */
static bool skip_comment(struct json_reader *reader)
{
	char *at = reader->at + 2;

	if (reader->at[1] == '/') {
		while (at < reader->end && *at != '\n' && *at != '\r')
			at++;
		reader->at = at;
		return true;
	}
	if (reader->at[1] != '*')
		return false;
	while (at < reader->end && (at[0] != '*' || at[1] != '/'))
		at++;
	reader->at = at < reader->end ? at + 2 : reader->end;
	return at < reader->end;
}

static void skip_between(struct json_reader *reader)
{
	skip_blanks(reader);
	while (*reader->at == '/' && !is_strict(reader) && skip_comment(reader))
		skip_blanks(reader);
}

/* Ends reading, since the text at at makes no sense or ends there. */
static enum json_token broken(struct json_reader *reader, const char *at)
{
	reader->at = reader->end;
	return at >= reader->end ? TOKEN_CUT : TOKEN_BAD;
}

/* Returns the value of four hexadecimal digits, or -1. */
static int32_t code_unit(const char *at)
{
	int32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = ascii_hex_digit(at[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* Reads what follows \u at *at. Returns -1 if it is no hexadecimal digits. */
static int32_t take_point(char **at)
{
	int32_t unit = code_unit(*at);
	int32_t low;

	if (unit < 0)
		return -1;
	*at += 4;
	if (unit < 0xd800 || unit > 0xdfff)
		return unit;
	low = unit < 0xdc00 && strncmp(*at, "\\u", 2) == 0 ? code_unit(*at + 2) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return REPLACEMENT;
	*at += 6;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* Reads the escape after the backslash. Its meaning is never longer. Returns false if there is no
 * such escape. */
static bool take_escape(const struct json_reader *reader, char **from, char **to)
{
	static const char letters[] = "\"\\/bfnrt'";
	static const char meanings[] = "\"\\/\b\f\n\r\t'";
	char letter = **from;
	const char *known = letter != '\0' ? strchr(letters, letter) : NULL;
	int32_t point;

	if (known != NULL && (letter != '\'' || !is_strict(reader))) {
		++*from;
		*(*to)++ = meanings[known - letters];
		return true;
	}
	if (letter != 'u')
		return false;
	++*from;
	point = take_point(from);
	if (point >= 0)
		*to = str_put_utf8(*to, (uint32_t)point);
	return point >= 0;
}

static enum json_token take_string(struct json_reader *reader)
{
	char quote = *reader->at;
	char *from = reader->at + 1;
	char *to = from;
	char control_end = is_strict(reader) ? ' ' : '\0';

	reader->text = to;
	for (;;) {
		char *start = from;

		while (from < reader->end && *from != quote && *from != '\\' &&
			(unsigned char)*from >= (unsigned char)control_end)
			from++;
		if (to != start)
			memmove(to, start, (size_t)(from - start));
		to += from - start;
		if (*from != '\\')
			break;
		from++;
		if (!take_escape(reader, &from, &to))
			return broken(reader, from + strspn(from, "u0123456789abcdefABCDEF"));
	}
	if (from == reader->end || *from != quote)
		return broken(reader, from);
	*to = '\0';
	reader->size = (size_t)(to - reader->text);
	reader->at = from + 1;
	return TOKEN_STRING;
}

static bool is_name_char(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c) || c == '_' || c == '$' ||
		(unsigned char)c >= 0x80;
}

static enum json_token take_quoted_name(struct json_reader *reader)
{
	enum json_token token = take_string(reader);

	if (token != TOKEN_STRING)
		return token;
	skip_blanks(reader);
	if (*reader->at != ':')
		return broken(reader, reader->at);
	reader->at++;
	return TOKEN_NAME;
}

static enum json_token take_bare_name(struct json_reader *reader)
{
	char *end = reader->at;

	while (is_name_char(*end))
		end++;
	if (end == reader->at)
		return broken(reader, end);
	reader->text = reader->at;
	reader->size = (size_t)(end - reader->at);
	reader->at = end;
	skip_blanks(reader);
	if (*reader->at != ':')
		return broken(reader, reader->at);
	reader->at++;
	*end = '\0'; /* not before the colon was seen: it may stand there */
	return TOKEN_NAME;
}

static enum json_token take_name(struct json_reader *reader)
{
	char c = *reader->at;

	reader->expected = VALUE;
	if (c == '"' || (c == '\'' && !is_strict(reader)))
		return take_quoted_name(reader);
	return is_strict(reader) ? broken(reader, reader->at) : take_bare_name(reader);
}

static bool is_word(const struct json_reader *reader, const char *word)
{
	return reader->size == strlen(word) && memcmp(reader->text, word, reader->size) == 0;
}

static bool is_word_char(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c) || c == '-' || c == '+' || c == '.';
}

static enum json_token take_word(struct json_reader *reader)
{
	char *end = reader->at;

	while (is_word_char(*end))
		end++;
	reader->text = reader->at;
	reader->size = (size_t)(end - reader->at);
	reader->at = end;
	if (is_word(reader, "true"))
		return TOKEN_TRUE;
	if (is_word(reader, "false"))
		return TOKEN_FALSE;
	if (is_word(reader, "null"))
		return TOKEN_NULL;
	if (!json_number_is_valid(reader->text, reader->size, is_strict(reader)))
		return broken(reader, end);
	return TOKEN_NUMBER;
}

static bool is_in_array(const struct json_reader *reader)
{
	unsigned level = reader->depth - 1;

	return (reader->arrays[level / 64] >> level % 64 & 1) != 0;
}

static enum json_token open_level(struct json_reader *reader, bool is_array)
{
	unsigned level = reader->depth;
	uint64_t bit = UINT64_C(1) << level % 64;

	if (level == JSON_DEPTH_MAX)
		return TOKEN_TOO_DEEP;
	reader->at++;
	reader->depth++;
	if (is_array)
		reader->arrays[level / 64] |= bit;
	else
		reader->arrays[level / 64] &= ~bit;
	reader->expected = is_array ? FIRST_ELEMENT : FIRST_NAME;
	return is_array ? TOKEN_ARRAY : TOKEN_OBJECT;
}

static enum json_token close_level(struct json_reader *reader)
{
	bool is_array = *reader->at == ']';

	if (is_array != is_in_array(reader))
		return broken(reader, reader->at);
	reader->at++;
	reader->depth--;
	reader->expected = COMMA;
	return is_array ? TOKEN_ARRAY_END : TOKEN_OBJECT_END;
}

static enum json_token take_value(struct json_reader *reader)
{
	char c = *reader->at;

	if (c == '{' || c == '[')
		return open_level(reader, c == '[');
	reader->expected = COMMA;
	if (c == '"' || (c == '\'' && !is_strict(reader)))
		return take_string(reader);
	return take_word(reader);
}

/* Reads the comma if one is due. Returns false if something else is here. */
static bool take_comma(struct json_reader *reader)
{
	if (*reader->at == ']' || *reader->at == '}')
		return true;
	if (*reader->at != ',')
		return false;
	reader->at++;
	reader->expected = is_in_array(reader) ? ELEMENT : NAME;
	skip_between(reader);
	return true;
}

static bool may_close(const struct json_reader *reader)
{
	bool is_after_comma = reader->expected == ELEMENT || reader->expected == NAME;

	return (*reader->at == ']' || *reader->at == '}') && reader->expected != VALUE &&
		!(is_after_comma && is_strict(reader));
}

enum json_token json_next(struct json_reader *reader)
{
	skip_between(reader);
	if (reader->expected == COMMA && !take_comma(reader))
		return broken(reader, reader->at);
	if (reader->at == reader->end)
		return TOKEN_CUT;
	if (may_close(reader))
		return close_level(reader);
	if (reader->expected == NAME || reader->expected == FIRST_NAME)
		return take_name(reader);
	return take_value(reader);
}

bool json_has_ended(struct json_reader *reader)
{
	skip_between(reader);
	return reader->at == reader->end;
}

enum json_token json_skip(struct json_reader *reader, enum json_token token)
{
	unsigned outer = reader->depth - 1;

	if (token != TOKEN_OBJECT && token != TOKEN_ARRAY)
		return token;
	do {
		token = json_next(reader);
	} while (token < TOKEN_CUT && reader->depth > outer);
	return token;
}
