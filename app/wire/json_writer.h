/*
 * JSON out, byte for byte as Json.NET writes it: compact, nulls written, only '"', '\\',
 * controls, U+0085, U+2028 and U+2029 escaped, everything else raw UTF-8.
 */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include "shape.h"

struct buf;

/* text NULL: null. */
void json_write_string(struct buf *buf, const char *text);
/* A whole message; model NULL: null. */
void json_write(struct buf *buf, const struct shape *shape, const void *model);
/* The members without braces, comma between, for an envelope that adds its own. */
void json_write_members(struct buf *buf, const struct shape *shape, const void *model);

#endif
