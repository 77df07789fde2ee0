#include <limits.h>
#include <stdarg.h>

#include "arena.h"
#include "buf.h"
#include "crypto.h"
#include "str.h"

#define FIRST_CAPACITY 256

void buf_release(struct buf *buf)
{
	if (buf->arena == NULL)
		free(buf->data);
	*buf = (struct buf){.arena = buf->arena};
}

void buf_reset(struct buf *buf)
{
	buf->size = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void buf_wipe(struct buf *buf, size_t kept_max)
{
	if (buf->size > 0)
		crypto_wipe(buf->data, buf->size);
	if (buf->capacity > kept_max)
		buf_release(buf);
	buf_reset(buf);
}

/* An arena keeps the old bytes until it is reset. */
static void buf_grow(struct buf *buf, size_t capacity)
{
	char *data = buf->arena != NULL ? arena_alloc(buf->arena, capacity) : malloc(capacity);

	if (data == NULL)
		abort();
	if (buf->size > 0)
		memcpy(data, buf->data, buf->size);
	data[buf->size] = '\0';
	if (buf->arena == NULL && buf->data != NULL) {
		crypto_wipe(buf->data, buf->size);
		free(buf->data);
	}
	buf->data = data;
	buf->capacity = capacity;
}

char *buf_reserve(struct buf *buf, size_t size)
{
	size_t capacity = buf->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buf->capacity;

	if (size > SIZE_MAX / 2 - buf->size - 1)
		abort();
	while (capacity - buf->size <= size)
		capacity *= 2;
	if (capacity != buf->capacity)
		buf_grow(buf, capacity);
	return buf->data + buf->size;
}

void buf_append_int(struct buf *buf, int64_t value)
{
	char *end = str_put_int(buf_reserve(buf, STR_INT_MAX), value);

	*end = '\0';
	buf->size = (size_t)(end - buf->data);
}

void buf_append_again(struct buf *buf, size_t offset, size_t size)
{
	buf_reserve(buf, size);
	buf_append(buf, buf->data + offset, size);
}

void buf_append_encoded(struct buf *buf, const char *text)
{
	static const bool is_unreserved[UCHAR_MAX + 1] = {
		['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true,
		['-'] = true, ['.'] = true, ['_'] = true, ['~'] = true,
	};
	static const char digits[] = "0123456789ABCDEF";
	char *to = buf_reserve(buf, 3 * strlen(text));

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved[c]) {
			*to++ = *text;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	*to = '\0';
	buf->size = (size_t)(to - buf->data);
}

/* Most texts fit into the room that there is, so they are formatted once. */
void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;
	char *end = buf_reserve(buf, 0);
	size_t room = buf->capacity - buf->size;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(end, room, format, args);
	va_end(args);
	if (size < 0)
		abort();
	if ((size_t)size >= room)
		vsnprintf(buf_reserve(buf, (size_t)size), (size_t)size + 1, format, again);
	va_end(again);
	buf->size += (size_t)size;
}
