/*
 * A growing run of bytes on the heap, for what is built piece by piece: an answer, a log line, a
 * URL.
 *
 * data[size] is always 0 once something was appended, so that text can be used as a C string. An
 * exhausted heap aborts the process. All zero makes one, buf_release() frees it.
 */
#ifndef BUF_H
#define BUF_H

#include <stddef.h>

struct buf {
	char *data;
	size_t size;
	size_t capacity;
};

void buf_release(struct buf *buf);
/* Empties it and keeps the memory. */
void buf_reset(struct buf *buf);
/* Makes room for size more bytes and returns where they go; buf->size is the caller's to move. */
char *buf_reserve(struct buf *buf, size_t size);

void buf_append(struct buf *buf, const void *bytes, size_t size);
void buf_append_str(struct buf *buf, const char *text);
void buf_append_char(struct buf *buf, char c);
/* As RFC 3986 wants it: all but unreserved characters as %XX. */
void buf_append_encoded(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
