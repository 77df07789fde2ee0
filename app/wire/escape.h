/*
 * Writes text and escapes some of its characters, for the writers of JSON and XML. What stands
 * between two such characters is copied in one piece.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <limits.h>

#include "buf.h"

/* is_special: for each byte whether a character that must be escaped may begin with it, or the text
 * ends. write() writes what stands for the character at text and returns its size, or returns 0 if
 * it is another character, which stays. The function is inline so that the compiler inlines
 * write(). */
static inline void escape_text(struct buf *buf, const char *text,
	const bool is_special[UCHAR_MAX + 1], size_t (*write)(struct buf *buf, const char *text))
{
	for (const char *start = text;; start = text) {
		size_t n;

		while (!is_special[(unsigned char)*text])
			text++;
		buf_append(buf, start, (size_t)(text - start));
		if (*text == '\0')
			return;
		n = write(buf, text);
		if (n == 0) {
			buf_append_char(buf, *text);
			n = 1;
		}
		text += n;
	}
}

#endif
