#include "ascii.h"
#include "buf.h"
#include "sanitize.h"
#include "str.h"

#define REPLACEMENT 0xfffd
#define REPLACEMENT_SIZE 3
#define MARK_SIZE (sizeof(STR_BYTE_ORDER_MARK) - 1)

/* What is left to be read. A NUL need not follow. */
struct rest {
	const char *at, *end;
	bool is_json;
};

static unsigned char byte_at(const struct rest *rest, size_t i)
{
	return i < (size_t)(rest->end - rest->at) ? (unsigned char)rest->at[i] : 0;
}

static bool is_continued(const struct rest *rest, size_t i)
{
	return (byte_at(rest, i) & 0xc0) == 0x80;
}

static struct rest rest_of(const char *bytes, size_t size, bool is_json)
{
	struct rest rest = {bytes, bytes + size, is_json};

	if (size >= MARK_SIZE && memcmp(bytes, STR_BYTE_ORDER_MARK, MARK_SIZE) == 0)
		rest.at += MARK_SIZE;
	return rest;
}

/* Of "\u" and four hexadecimal digits; -1: something else. */
static int32_t escaped_unit(const struct rest *rest)
{
	int32_t unit = 0;

	if (byte_at(rest, 0) != '\\' || byte_at(rest, 1) != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int digit = ascii_hex_digit((char)byte_at(rest, i));

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* Well-formed UTF-8, or half a surrogate pair in the three bytes that it would have: its size and
 * what it stands for; 0: neither. */
static size_t read_bytes(const struct rest *rest, uint32_t *point_r)
{
	uint32_t lead = byte_at(rest, 0);
	size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	bool is_half = lead == 0xed && byte_at(rest, 1) >= 0xa0 && is_continued(rest, 1) &&
		is_continued(rest, 2);

	if (!is_half && (size > (size_t)(rest->end - rest->at) || !str_is_utf8(rest->at, size)))
		return 0;
	*point_r = size == 1 ? lead : lead & (0x7fu >> size);
	for (size_t i = 1; i < size; i++)
		*point_r = *point_r << 6 | (byte_at(rest, i) & 0x3f);
	return size;
}

/* The size of what is no UTF-8: a lead byte with what could continue it, or one stray byte. */
static size_t broken_size(const struct rest *rest)
{
	size_t size = 1;

	while (byte_at(rest, 0) >= 0xc0 && size < 3 && is_continued(rest, size))
		size++;
	return size;
}

/* A character, or half a surrogate pair. */
static uint32_t take_unit(struct rest *rest)
{
	int32_t unit = rest->is_json ? escaped_unit(rest) : -1;
	uint32_t point = REPLACEMENT;
	size_t size;

	if (unit >= 0) {
		rest->at += 6;
		return (uint32_t)unit;
	}
	size = read_bytes(rest, &point);
	rest->at += size > 0 ? size : broken_size(rest);
	return point;
}

static bool is_high(uint32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

static uint32_t take_point(struct rest *rest)
{
	uint32_t unit = take_unit(rest), low;
	struct rest behind = *rest;

	if (!is_high(unit))
		return is_low(unit) ? REPLACEMENT : unit;
	low = behind.at < behind.end ? take_unit(&behind) : 0;
	if (!is_low(low))
		return REPLACEMENT;
	*rest = behind;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

static bool is_blank(uint32_t point)
{
	return point == '\t' || point == '\n' || point == '\r';
}

static bool is_text(uint32_t point)
{
	if (point < 0xa0)
		return (point >= 0x20 && point < 0x7f) || is_blank(point);
	return point != 0xfffe && point != 0xffff;
}

/* An escape in ASCII, which stays one. False: something else stands here. */
static bool take_escape(struct rest *rest, char **to)
{
	char letter = (char)byte_at(rest, 1);
	int32_t unit = escaped_unit(rest);
	bool is_letter = letter != '\0' && strchr("\"\\/bfnrt", letter) != NULL;
	size_t size = unit >= 0 ? 6 : is_letter ? 2 : 1;

	if (*rest->at != '\\' || unit >= 0x80)
		return false;
	if (unit >= 0 ? is_text((uint32_t)unit) : is_letter && letter != 'b' && letter != 'f')
		*to = mempcpy(*to, rest->at, size);
	rest->at += size;
	return true;
}

static void sanitize(struct buf *out, struct rest *rest)
{
	char *start = buf_reserve(out, (size_t)(rest->end - rest->at) * REPLACEMENT_SIZE);
	char *to = start;

	while (rest->at < rest->end) {
		uint32_t point;

		if (rest->is_json && take_escape(rest, &to))
			continue;
		point = take_point(rest);
		/* In JSON a raw one is not allowed in a string, and not needed elsewhere. */
		if (is_text(point) && !(rest->is_json && is_blank(point)))
			to = str_put_utf8(to, point);
	}
	out->size += (size_t)(to - start);
	buf_append(out, "", 0);
}

void sanitize_text(struct buf *out, const char *bytes, size_t size)
{
	struct rest rest = rest_of(bytes, size, false);

	sanitize(out, &rest);
}

void sanitize_json(struct buf *out, const char *bytes, size_t size)
{
	struct rest rest = rest_of(bytes, size, true);

	sanitize(out, &rest);
}

char sanitize_first(const char *bytes, size_t size)
{
	struct rest rest = rest_of(bytes, size, false);

	while (rest.at < rest.end && byte_at(&rest, 0) <= ' ')
		rest.at++;
	return (char)byte_at(&rest, 0);
}
