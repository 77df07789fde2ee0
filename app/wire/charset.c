#include <iconv.h>

#include "arena.h"
#include "buf.h"
#include "charset.h"
#include "err.h"
#include "str.h"

static const char replacement[] = "\xef\xbf\xbd";
#define REPLACEMENT_SIZE (sizeof(replacement) - 1)

/* A conversion of iconv, kept open, since opening one may load a library. */
struct converter {
	const char *to, *from;
	iconv_t cd; /* NULL: not opened yet */
};

static struct converter utf8_from_little = {.to = "UTF-8", .from = "UTF-16LE"};
static struct converter utf8_from_big = {.to = "UTF-8", .from = "UTF-16BE"};
static struct converter utf8_from_gb18030 = {.to = "UTF-8", .from = "GB18030"};
static struct converter little_from_utf8 = {.to = "UTF-16LE", .from = "UTF-8"};

static bool charset_open(struct converter *converter)
{
	iconv_t cd;

	if (converter->cd != NULL)
		return true;
	cd = iconv_open(converter->to, converter->from);
	if (cd == (iconv_t)-1)
		return false;
	converter->cd = cd;
	return true;
}

bool charset_open_utf16(void)
{
	return charset_open(&utf8_from_little) && charset_open(&utf8_from_big) &&
		charset_open(&little_from_utf8);
}

bool charset_open_gb18030(void)
{
	return charset_open(&utf8_from_gb18030);
}

/* Returns false if iconv does not know the encodings or the bytes are not well-formed. */
static bool charset_convert(
	struct converter *converter, char *from, size_t size, char **to, size_t room)
{
	if (!charset_open(converter))
		return false;
	iconv(converter->cd, NULL, NULL, NULL, NULL);
	return iconv(converter->cd, &from, &size, to, &room) != (size_t)-1;
}

static char *charset_decode(struct converter *converter, struct arena *arena, const char *bytes,
	size_t size, size_t *size_r)
{
	/* UTF-8 has at most three bytes for two of UTF-16 or GB18030. */
	const size_t room = size + size / 2;
	char *text = arena_alloc(arena, room + 1);
	char *end = text;

	if (!charset_convert(converter, (char *)bytes, size, &end, room))
		return NULL;
	*size_r = (size_t)(end - text);
	return text;
}

char *charset_from_utf16(
	struct arena *arena, const char *bytes, size_t size, bool is_big_endian, size_t *size_r)
{
	return charset_decode(
		is_big_endian ? &utf8_from_big : &utf8_from_little, arena, bytes, size, size_r);
}

char *charset_from_gb18030(struct arena *arena, const char *bytes, size_t size, size_t *size_r)
{
	return charset_decode(&utf8_from_gb18030, arena, bytes, size, size_r);
}

/* The size of what one broken character left: a lead byte with the bytes that continue it, or one
 * stray byte. */
static size_t broken_size(const char *text, size_t size)
{
	size_t n = 1;

	if ((unsigned char)text[0] < 0xc0)
		return n;
	while (n < size && n < 3 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

char *charset_repair_utf8(struct arena *arena, const char *bytes, size_t size, size_t *size_r)
{
	char *text = arena_alloc(arena, size * REPLACEMENT_SIZE + 1);
	char *to = text;

	for (size_t i = 0; i < size;) {
		unsigned char lead = (unsigned char)bytes[i];
		size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

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

void charset_append_utf16(struct buf *buf, const char *text, size_t size)
{
	char *end = buf_reserve(buf, size * 2);

	if (!charset_convert(&little_from_utf8, (char *)text, size, &end, size * 2))
		BUG("iconv cannot write UTF-16");
	buf->size = (size_t)(end - buf->data);
	*end = '\0';
}
