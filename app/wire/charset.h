/*
 * Converts text between UTF-8 and other encodings. Decoded text is in the arena, well-formed,
 * terminated by NUL, and the caller may change it.
 */
#ifndef CHARSET_H
#define CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/* Opens the converters of UTF-16, so that later conversions need no file. Returns false if the C
 * library has none. */
bool charset_open_utf16(void);
/* Does the same for GB18030. */
bool charset_open_gb18030(void);

/* Returns NULL if the number of bytes is odd or half a surrogate pair is among them. */
char *charset_from_utf16(
	struct arena *arena, const char *bytes, size_t size, bool is_big_endian, size_t *size_r);
/* Decodes GB18030, of which GB2312 and GBK are subsets. Returns NULL if it is not well-formed. */
char *charset_from_gb18030(struct arena *arena, const char *bytes, size_t size, size_t *size_r);
/* Copies UTF-8. Each character that is not well-formed becomes U+FFFD. */
char *charset_repair_utf8(struct arena *arena, const char *bytes, size_t size, size_t *size_r);

/* Appends text, which is well-formed UTF-8, as little-endian UTF-16. */
void charset_append_utf16(struct buf *buf, const char *text, size_t size);

#endif
