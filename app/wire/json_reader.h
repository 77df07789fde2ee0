/*
 * JSON in, token by token, from one pass over text that is UTF-8 already: the superset of JSON
 * that Json.NET reads, or RFC 8259 for JSON_JACKSON. No tree and no copies: names and strings
 * are unescaped where they stand, and half surrogate pairs become U+FFFD, so that what comes out
 * is UTF-8, too.
 *
 * Json.NET beyond RFC 8259: comments between tokens but not before a colon, a comma before the
 * closing bracket, 'single quotes', unquoted names, control characters in strings, \', NaN and
 * Infinity, .5, 010 and 0x10, and all of Unicode's blanks and NUL between tokens. Text after the
 * document is not looked at, in any flavour. JSON_LOOSE reads as Json.NET does.
 */
#ifndef JSON_READER_H
#define JSON_READER_H

#include <stddef.h>
#include <stdint.h>

#include "bind.h"

#define JSON_DEPTH_MAX 256

enum json_token {
	TOKEN_OBJECT,
	TOKEN_OBJECT_END,
	TOKEN_ARRAY,
	TOKEN_ARRAY_END,
	TOKEN_NAME,     /* text, size; the colon is taken, too */
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
	/* Of the token; names and strings may hold NUL and have one more after them. */
	const char *text;
	size_t size;

	char *at, *end;
	enum json_flavour flavour;
	int expected;
	unsigned depth;
	uint64_t arrays[JSON_DEPTH_MAX / 64]; /* a bit a level: array, not object */
};

/* text is overwritten; text[size] must be NUL. */
void json_reader_init(
	struct json_reader *reader, enum json_flavour flavour, char *text, size_t size);
/* Not to be called again after TOKEN_CUT, TOKEN_TOO_DEEP, TOKEN_BAD or the document's end. */
enum json_token json_next(struct json_reader *reader);
/* The rest of the value that token began: its last token, or one of the last three. */
enum json_token json_skip(struct json_reader *reader, enum json_token token);

#endif
