/*
 * Text in which some characters cannot stand as they are, for the writers: what lies between them
 * is copied in one piece.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "buf.h"

/* special_size: how many bytes at text must be escaped; write: what stands for them. Inline, so
 * that neither is called through a pointer for each byte. */
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
