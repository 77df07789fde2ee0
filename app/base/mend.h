/*
 * Text from WeChat and SMS gateways, which may be any bytes: people put control characters into
 * their names, and names are cut in the middle of a character. What comes out is UTF-8 without
 * control characters.
 *
 * A surrogate pair that was written as two characters of three bytes (CESU-8) is the one character
 * that it stands for; what is no UTF-8 becomes U+FFFD, once for what one character left behind.
 * Control characters, U+FFFE, U+FFFF and a byte order mark in front are left out.
 */
#ifndef MEND_H
#define MEND_H

#include <stddef.h>

struct buf;

/* Appends the text; tabs and line breaks stay. */
void mend_text(struct buf *out, const char *bytes, size_t size);
/* Appends the JSON. The same holds for what is escaped: half a surrogate pair becomes U+FFFD, a
 * backslash that escapes nothing is left out. */
void mend_json(struct buf *out, const char *bytes, size_t size);
/* The first byte that says something, behind a byte order mark, blanks and controls; NUL: none. */
char mend_first(const char *bytes, size_t size);

#endif
