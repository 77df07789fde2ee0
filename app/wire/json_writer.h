/*
 * Writes JSON byte for byte as Json.NET does: without blanks, with members that are null. Only '"',
 * '\\', controls, U+0085, U+2028 and U+2029 are escaped.
 */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include "shape.h"

struct buf;

/* Appends the text as a string, or null if it is NULL. */
void json_write_string(struct buf *buf, const char *text);
/* Appends the message, or null if model is NULL. */
void json_write(struct buf *buf, const struct shape *shape, const void *model);
/* Appends the members of an object without its braces, for an envelope that adds its own. */
void json_write_members(struct buf *buf, const struct shape *shape, const void *model);

#endif
