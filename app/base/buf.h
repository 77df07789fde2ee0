/*
 * A buffer that grows: an answer, a log line or a URL is built in it piece by piece.
 *
 * A buffer of zeros is empty and needs no other initialization. buf_release() frees its memory. A
 * buffer whose arena is set takes its memory from there and needs no release. data[size] is NUL as
 * soon as something was appended, so text can be used as a C string. The process aborts if the heap
 * is exhausted.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct buf {
	char *data;
	size_t size;
	size_t capacity;
	struct arena *arena; /* NULL: the heap */
};

/* Frees memory of the heap. The buffer is empty after that and may be used again. */
void buf_release(struct buf *buf);
/* Empties the buffer but keeps its memory. */
void buf_reset(struct buf *buf);
/* Wipes what the buffer holds and empties it, for secrets. It keeps memory of kept_max bytes at
 * most. A buffer that grows wipes the memory that it leaves. */
void buf_wipe(struct buf *buf, size_t kept_max);
/* Makes room for size more bytes and returns their place. The caller increases buf->size. */
char *buf_reserve(struct buf *buf, size_t size);

/* bytes may be NULL if size is 0. They are not the buffer's own. */
static inline void buf_append(struct buf *buf, const void *bytes, size_t size)
{
	bool fits = buf->capacity - buf->size > size;
	char *end = fits ? buf->data + buf->size : buf_reserve(buf, size);

	if (size > 0)
		memcpy(end, bytes, size);
	end[size] = '\0';
	buf->size += size;
}

/* Inline, so that the size of a constant is known to the compiler. */
static inline void buf_append_str(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

static inline void buf_append_char(struct buf *buf, char c)
{
	buf_append(buf, &c, 1);
}

/* Appends the number in decimal. */
void buf_append_int(struct buf *buf, int64_t value);
/* Appends size bytes of the buffer once more, which begin at offset. */
void buf_append_again(struct buf *buf, size_t offset, size_t size);
/* Appends text in the percent-encoding of RFC 3986: all but unreserved characters as %XX. */
void buf_append_encoded(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
