#include <iconv.h>

#include "arena.h"
#include "buf.h"
#include "charset.h"
#include "str.h"

static const char replacement[] = "\xef\xbf\xbd";
#define REPLACEMENT_SIZE (sizeof(replacement) - 1)

static uint32_t unit_at(const char *bytes, bool is_big_endian)
{
	unsigned char first = (unsigned char)bytes[0];
	unsigned char second = (unsigned char)bytes[1];

	return is_big_endian ? (uint32_t)first << 8 | second : (uint32_t)second << 8 | first;
}

char *charset_from_utf16(
	struct arena *arena, const char *bytes, size_t size, bool is_big_endian, size_t *size_r)
{
	char *text = arena_alloc(arena, size + size / 2 + 1);
	char *to = text;

	if (size % 2 != 0)
		return NULL;
	for (size_t i = 0; i < size; i += 2) {
		uint32_t point = unit_at(bytes + i, is_big_endian);

		if (point >= 0xd800 && point < 0xe000) {
			uint32_t low = 0;

			i += 2;
			if (i < size)
				low = unit_at(bytes + i, is_big_endian);
			if (point >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
				return NULL;
			point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
		}
		to = str_put_utf8(to, point);
	}
	*size_r = (size_t)(to - text);
	return text;
}

char *charset_from_gb18030(struct arena *arena, const char *bytes, size_t size, size_t *size_r)
{
	/* Kept open: opening loads a library. */
	static iconv_t cd;
	/* At most three bytes for two. */
	size_t left = size + size / 2;
	char *text = arena_alloc(arena, left + 1);
	char *from = (char *)bytes;
	char *to = text;
	size_t rc;

	if (cd == NULL)
		cd = iconv_open("UTF-8", "GB18030");
	if (cd == (iconv_t)-1)
		return NULL;
	iconv(cd, NULL, NULL, NULL, NULL);
	rc = iconv(cd, &from, &size, &to, &left);
	*size_r = (size_t)(to - text);
	return rc == (size_t)-1 ? NULL : text;
}

/* What a lead byte promises. */
static size_t sequence_size(unsigned char lead)
{
	return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* A lead byte with the bytes that continue it, or one stray byte. */
static size_t broken_size(const char *text, size_t size)
{
	size_t n = 1;

	if ((unsigned char)text[0] < 0xc0)
		return n;
	while (n < size && n < 3 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

char *charset_mend_utf8(struct arena *arena, const char *bytes, size_t size, size_t *size_r)
{
	char *text = arena_alloc(arena, size * REPLACEMENT_SIZE + 1);
	char *to = text;

	for (size_t i = 0; i < size;) {
		size_t n = sequence_size((unsigned char)bytes[i]);

		if (n <= size - i && str_is_utf8(bytes + i, n)) {
			memcpy(to, bytes + i, n);
			to += n;
			i += n;
		} else {
			memcpy(to, replacement, REPLACEMENT_SIZE);
			to += REPLACEMENT_SIZE;
			i += broken_size(bytes + i, size - i);
		}
	}
	*size_r = (size_t)(to - text);
	return text;
}

static char *put_unit(char *to, uint32_t unit)
{
	*to++ = (char)unit;
	*to++ = (char)(unit >> 8);
	return to;
}

static char *put_utf16(char *to, uint32_t point)
{
	if (point < 0x10000)
		return put_unit(to, point);
	point -= 0x10000;
	to = put_unit(to, 0xd800 + (point >> 10));
	return put_unit(to, 0xdc00 + (point & 0x3ff));
}

void charset_append_utf16(struct buf *buf, const char *text, size_t size)
{
	char *start = buf_reserve(buf, size * 2);
	char *to = start;

	for (size_t i = 0; i < size;) {
		unsigned char lead = (unsigned char)text[i];
		size_t n = sequence_size(lead);
		uint32_t point = n == 1 ? lead : lead & (0x7fu >> n);

		for (size_t k = 1; k < n; k++)
			point = point << 6 | ((unsigned char)text[i + k] & 0x3f);
		to = put_utf16(to, point);
		i += n;
	}
	buf->size += (size_t)(to - start);
	buf->data[buf->size] = '\0';
}
