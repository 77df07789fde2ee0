/*
 * Reads media types and lists of them from HTTP headers, as strictly as .NET does. Only
 * "application/json;" is accepted although .NET refuses it.
 */
#ifndef MEDIA_TYPE_H
#define MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a header's text. Its size is 0 if it is absent. */
struct slice {
	const char *at;
	size_t size;
};

#define QUALITY_ONE 1000

struct media_type {
	struct slice type, subtype; /* around the '/' */
	struct slice charset;       /* without quotes */
	unsigned quality;           /* in thousandths; QUALITY_ONE if none is given */
};

/* Compares letters without case. */
bool slice_equals(const struct slice *slice, const char *text);

/* Reads a header that is one type. A parameter may be empty, as Spring reads it. Returns false if
 * the header is NULL, empty or anything else. */
bool media_type_parse(const char *header, struct media_type *type_r);
/* Reads the next element of a list and the comma after it. Returns 1, 0 at the end, or -1 if the
 * list is malformed; then nothing of the header counts. */
int media_type_next(const char **at, struct media_type *type_r);
/* Does the same for Accept-Charset and Accept-Language. The element is in charset. */
int media_charset_next(const char **at, struct media_type *charset_r);

#endif
