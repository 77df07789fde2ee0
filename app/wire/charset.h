/*
 * Text in other encodings to UTF-8 and back. What comes out is in the arena, terminated by NUL,
 * well-formed, and the caller's to change.
 */
#ifndef CHARSET_H
#define CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/* NULL: an odd number of bytes, or half a surrogate pair. */
char *charset_from_utf16(
	struct arena *arena, const char *bytes, size_t size, bool is_big_endian, size_t *size_r);
/* GB2312 and GBK are subsets of it. NULL: not well-formed. */
char *charset_from_gb18030(struct arena *arena, const char *bytes, size_t size, size_t *size_r);
/* UTF-8 whose bad bytes become U+FFFD. */
char *charset_mend_utf8(struct arena *arena, const char *bytes, size_t size, size_t *size_r);

/* Little-endian; text is well-formed UTF-8. */
void charset_append_utf16(struct buf *buf, const char *text, size_t size);

#endif
