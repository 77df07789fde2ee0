/*
 * Media types, and lists of them, as HTTP headers carry them; read as strictly as .NET reads them,
 * but for "application/json;".
 */
#ifndef MEDIA_TYPE_H
#define MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a header's text; size 0: not there. */
struct slice {
	const char *at;
	size_t size;
};

#define QUALITY_ONE 1000

struct media_type {
	struct slice type, subtype; /* around the '/' */
	struct slice charset;       /* without quotes */
	unsigned quality;           /* in thousandths; QUALITY_ONE where none is given */
};

/* In any case of letters. */
bool slice_equals(const struct slice *slice, const char *text);

/* All of header is one type, also with a parameter that is empty, as Spring reads it; false: it is
 * not, or is NULL or empty. */
bool media_type_parse(const char *header, struct media_type *type_r);
/* An element of a list and the comma after it. 1: one more; 0: the end; -1: malformed, and then
 * nothing of the header counts. */
int media_type_next(const char **at, struct media_type *type_r);
/* The same for Accept-Charset and Accept-Language; the element is in charset. */
int media_charset_next(const char **at, struct media_type *charset_r);

#endif
