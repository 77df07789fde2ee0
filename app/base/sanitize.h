/*
 * Makes UTF-8 without control characters of any bytes. WeChat and SMS gateways send such bytes:
 * people put control characters into their names, and names are cut in the middle of a character.
 *
 * A surrogate pair that was written as two characters of three bytes (CESU-8) becomes the character
 * that it stands for. Each other character that is not well-formed becomes U+FFFD. Control
 * characters, U+FFFE, U+FFFF and a byte order mark in front are dropped.
 */
#ifndef SANITIZE_H
#define SANITIZE_H

#include <stddef.h>

struct buf;

/* Appends the text. Tabs and line breaks are kept. */
void sanitize_text(struct buf *out, const char *bytes, size_t size);
/* Appends the JSON. Escapes are sanitized in the same way: half a surrogate pair becomes U+FFFD, a
 * backslash that escapes nothing is dropped. */
void sanitize_json(struct buf *out, const char *bytes, size_t size);
/* Returns the first byte after a byte order mark, blanks and controls, or NUL if there is none. */
char sanitize_first(const char *bytes, size_t size);

#endif
