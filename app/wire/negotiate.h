/*
 * Finds the format of a request's body and of its answer by the algorithm of Web API's
 * DefaultContentNegotiator. The answer is JSON if nothing matches; 406 never occurs.
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
	/* Read, never written. */
	FORMAT_FORM = 4,
	FORMAT_STRICT_JSON = 8, /* application/json and no other type, in UTF-8 */
	FORMAT_MERGE_PATCH = 16, /* application/merge-patch+json (RFC 7396) */
};

struct media {
	enum format format;
	const char *content_type; /* of the answer: "application/json; charset=utf-8" */
	bool is_utf16; /* the answer is little-endian UTF-16 with byte order mark */
};

struct negotiate_headers {
	const char *accept, *accept_charset, *content_type, *requested_with; /* NULL: absent */
};

/* Why a body without a type, or with one that cannot be read, is refused. */
extern const struct text negotiate_untyped;
/* Returns the format of the body, one of formats. Beside FORMAT_STRICT_JSON all are UTF-8. An
 * empty body is FORMAT_JSON whatever its type. Returns FORMAT_NONE for 415; text_r then says why
 * in the words of the original, in English exactly in its words. */
enum format negotiate_request(
	unsigned formats, const struct body *body, struct arena *arena,
	struct text *text_r);
/* Chooses the media type of the answer among formats. */
void negotiate_response(
	unsigned formats, const struct negotiate_headers *headers, struct media *media_r);

/* Decodes the body by its byte order mark or declared charset. Returns well-formed UTF-8 in the
 * arena, which the caller may change, or NULL if it cannot be decoded. is_emulating does not try
 * GB18030. */
char *negotiate_decode(
	const struct body *body, bool is_emulating, struct arena *arena, size_t *size_r);
/* Returns whether GB18030 or a subset of it is declared. It is tried if the text is not UTF-8. */
bool negotiate_is_gb18030(const char *content_type);
/* Converts UTF-8 to little-endian UTF-16 with byte order mark in place. */
void negotiate_encode_utf16(struct buf *buf);

#endif
