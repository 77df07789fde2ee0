/*
 * Reads JSON token by token in one pass. The text is UTF-8. No tree is built and nothing is copied:
 * names and strings are unescaped in place. Half a surrogate pair becomes U+FFFD, so that unescaped
 * text is UTF-8, too.
 *
 * JSON_JACKSON and JSON_EXACT accept RFC 8259. The other flavours also accept what Json.NET does:
 * comments between tokens but not before a colon, a comma before the closing bracket, 'single
 * quotes', unquoted names, control characters in strings, \', the numbers of json_number.h, and all
 * blanks of Unicode and NUL between tokens.
 */
#ifndef JSON_READER_H
#define JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bind.h"

#define JSON_DEPTH_MAX 256

enum json_token {
	TOKEN_OBJECT,
	TOKEN_OBJECT_END,
	TOKEN_ARRAY,
	TOKEN_ARRAY_END,
	TOKEN_NAME,     /* text, size; the colon is read, too */
	TOKEN_STRING,   /* text, size */
	TOKEN_NUMBER,   /* text, size, as sent; no NUL after it */
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_NULL,
	TOKEN_CUT,      /* the text ends too early */
	TOKEN_TOO_DEEP, /* more than JSON_DEPTH_MAX levels */
	TOKEN_BAD,
};

struct json_reader {
	/* Of the token. Names and strings may contain NUL and end with one. */
	const char *text;
	size_t size;

	char *at, *end;
	enum json_flavour flavour;
	int expected;
	unsigned depth;
	uint64_t arrays[JSON_DEPTH_MAX / 64]; /* a bit for each level that is an array */
};

/* text[size] must be NUL. Reading overwrites the text. */
void json_reader_init(
	struct json_reader *reader, enum json_flavour flavour, char *text, size_t size);
/* Reads the next token. It must not be called after TOKEN_CUT, TOKEN_TOO_DEEP, TOKEN_BAD or the end
 * of the document. */
enum json_token json_next(struct json_reader *reader);
/* Whether nothing but blanks stands after the document, whose last token was read. */
bool json_has_ended(struct json_reader *reader);
/* Reads the rest of the value that token began. Returns its last token, or one of the last
 * three. */
enum json_token json_skip(struct json_reader *reader, enum json_token token);

#endif
