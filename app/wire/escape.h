/*
 * Writes text and escapes some of its characters, for the writers of JSON and XML. The text between
 * two such characters is copied in one piece.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "buf.h"

/* special_size() returns the number of bytes at text that must be escaped, or 0; write() writes
 * what stands for them. The function is inline so that the compiler inlines both. */
static inline void escape_text(struct buf *buf, const char *text,
	size_t (*special_size)(const char *text), void (*write)(struct buf *buf, const char *text))
{
	const char *start = text;

	while (*text != '\0') {
		size_t n = special_size(text);

		if (n == 0) {
			text++;
			continue;
		}
		buf_append(buf, start, (size_t)(text - start));
		write(buf, text);
		text += n;
		start = text;
	}
	buf_append(buf, start, (size_t)(text - start));
}

#endif
