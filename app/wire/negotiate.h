/*
 * Which format a body is in and which one the answer takes: the algorithm of Web API's
 * DefaultContentNegotiator. 406 never occurs: what nothing matches gets JSON.
 */
#ifndef NEGOTIATE_H
#define NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>

#include "bind.h"

struct arena;
struct buf;

enum format {
	FORMAT_NONE = 0,
	FORMAT_JSON = 1,
	FORMAT_XML = 2,
	FORMAT_FORM = 4, /* read only */
};

struct media {
	enum format format;
	const char *type; /* "application/json", "text/json", "application/xml", "text/xml" */
	bool is_utf16;    /* little-endian with byte order mark */
};

struct negotiate_headers {
	const char *accept, *accept_charset, *content_type, *requested_with; /* NULL: absent */
};

/* The format of a body among formats; FORMAT_NONE: 415, and text_r says why in the original's
 * words, the English ones exactly. An empty body is FORMAT_JSON whatever its type. */
enum format negotiate_request(
	unsigned formats, const struct body *body, struct arena *arena,
	struct bind_text *text_r);
void negotiate_response(
	unsigned formats, const struct negotiate_headers *headers, struct media *media_r);
/* "application/json; charset=utf-8" */
const char *negotiate_content_type(const struct media *media, struct arena *arena);

/* The body as well-formed UTF-8 in the arena, the caller's to change; byte order mark and declared
 * charset are obeyed. NULL: not decodable. With is_emulating GB18030 is not tried. */
char *negotiate_decode(
	const struct body *body, bool is_emulating, struct arena *arena, size_t *size_r);
/* Whether GB18030 or a subset of it is declared; it is tried where the text is not UTF-8. */
bool negotiate_is_gb18030(const char *content_type);
/* In place: UTF-8 to UTF-16LE with byte order mark. */
void negotiate_encode_utf16(struct buf *buf);

#endif
