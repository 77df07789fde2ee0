#include "ascii.h"
#include "buf.h"
#include "sanitize.h"
#include "str.h"

#define REPLACEMENT 0xfffd
#define REPLACEMENT_SIZE 3
#define MARK_SIZE (sizeof(STR_BYTE_ORDER_MARK) - 1)

/* The bytes that are not read yet. No NUL need follow them. */
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

/* Returns the value of "\u" and four hexadecimal digits, or -1 if something else is here. */
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

/* Reads well-formed UTF-8, or half a surrogate pair in three bytes. Returns its size, or 0 if
 * neither is here. */
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

/* Returns the size of what one broken character left: a lead byte with the bytes that continue it,
 * or one stray byte. */
static size_t sanitize_broken_size(const struct rest *rest)
{
	size_t size = 1;

	while (byte_at(rest, 0) >= 0xc0 && size < 3 && is_continued(rest, size))
		size++;
	return size;
}

/* Reads a character or half a surrogate pair. */
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
	rest->at += size > 0 ? size : sanitize_broken_size(rest);
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

static uint32_t sanitize_take_point(struct rest *rest)
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

static bool sanitize_is_blank(uint32_t point)
{
	return point == '\t' || point == '\n' || point == '\r';
}

static bool is_text(uint32_t point)
{
	if (point < 0xa0)
		return (point >= 0x20 && point < 0x7f) || sanitize_is_blank(point);
	return point != 0xfffe && point != 0xffff;
}

/* Copies an escape of an ASCII character. Returns false if something else is here. */
static bool sanitize_take_escape(struct rest *rest, char **to)
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

		if (rest->is_json && sanitize_take_escape(rest, &to))
			continue;
		point = sanitize_take_point(rest);
		/* JSON allows no raw blanks in strings, and needs none elsewhere. */
		if (is_text(point) && !(rest->is_json && sanitize_is_blank(point)))
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
