#include <stdio.h>

#include "ascii.h"
#include "fold.h"
#include "str.h"

#define ZERO_WIDTH_JOINER 0x200d

/* Tables of ranges are sorted and end with {0}. */
struct range {
	uint32_t first, last;
};

/* White_Space and Default_Ignorable_Code_Point of Unicode 15, the controls, and the blank of
 * Braille. */
static const struct range invisible[] = {
	{0x01, 0x20}, {0x7f, 0xa0}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c},
	{0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
	{0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800},
	{0x3000, 0x3000}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
	{0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff}, {0},
};

/* Those of them that have a width. */
static const struct range blanks[] = {
	{0x20, 0x20}, {0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x202f, 0x202f},
	{0x205f, 0x205f}, {0x3000, 0x3000}, {0},
};

static const struct range dashes[] = {
	{0x2010, 0x2015}, {0x2043, 0x2043}, {0x2212, 0x2212}, {0xfe58, 0xfe58},
	{0xfe63, 0xfe63}, {0},
};

static const struct range dots[] = {
	{0xb7, 0xb7}, {0x2d9, 0x2d9}, {0x387, 0x387}, {0x1427, 0x1427}, {0x16eb, 0x16eb},
	{0x2022, 0x2022}, {0x2024, 0x2024}, {0x2027, 0x2027}, {0x2219, 0x2219},
	{0x22c5, 0x22c5}, {0x25cf, 0x25cf}, {0x25e6, 0x25e6}, {0x2e31, 0x2e31},
	{0x2e33, 0x2e33}, {0x3002, 0x3002}, {0x30fb, 0x30fb}, {0x318d, 0x318d},
	{0xa78f, 0xa78f}, {0xfe52, 0xfe52}, {0xff61, 0xff61}, {0xff65, 0xff65},
	{0x10101, 0x10101}, {0},
};

/* Ten digits each: Arabic, Persian, Devanagari, Thai, Lao, Tibetan, Mongolian, mathematical. */
static const struct range digits[] = {
	{0x660, 0x669}, {0x6f0, 0x6f9}, {0x966, 0x96f}, {0xe50, 0xe59}, {0xed0, 0xed9},
	{0xf20, 0xf29}, {0x1810, 0x1819}, {0x1d7ce, 0x1d7ff}, {0},
};

/* Multiplication sign, Roman ten and Cyrillic: people type them if a keyboard hides the Latin
 * letter. */
static const struct range exes[] = {
	{0xd7, 0xd7}, {0x425, 0x425}, {0x445, 0x445}, {0x2169, 0x2169}, {0x2179, 0x2179}, {0},
};

static const struct range *range_of(const struct range *ranges, uint32_t point)
{
	for (; ranges->first != 0 && ranges->first <= point; ranges++)
		if (point <= ranges->last)
			return ranges;
	return NULL;
}

/* Reads a character. Bytes that are not well-formed give some character; the NUL at the end is
 * never passed. */
static uint32_t next_point(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	uint32_t point = *at;

	if (point == 0)
		return 0;
	if (point >= 0xc0)
		point &= 0x1fu >> (point >= 0xe0) >> (point >= 0xf0);
	for (at++; (*at & 0xc0) == 0x80; at++)
		point = point << 6 | (*at & 0x3f);
	*text = (const char *)at;
	return point;
}

static uint32_t fold_point(uint32_t point)
{
	const struct range *ten;

	if (point >= 0xff01 && point <= 0xff5e)
		point -= 0xff01 - '!';
	if (point < 0x80)
		return (uint32_t)ascii_lower((char)point);
	ten = range_of(digits, point);
	if (ten != NULL)
		return '0' + (point - ten->first) % 10;
	if (range_of(dashes, point) != NULL)
		return '-';
	if (range_of(exes, point) != NULL)
		return 'x';
	return range_of(dots, point) != NULL ? '.' : point;
}

/* Returns the next character that can be seen, folded, or 0 at the end. */
static uint32_t next_folded(const char **text)
{
	uint32_t point;

	do
		point = next_point(text);
	while (range_of(invisible, point) != NULL);
	return fold_point(point);
}

bool fold_is_blank(const char *text)
{
	return text == NULL || next_folded(&text) == 0;
}

bool fold_has_control(const char *text)
{
	uint32_t point;

	while ((point = next_point(&text)) != 0)
		if (point < ' ' || (point >= 0x7f && point < 0xa0) || point == 0x2028 ||
			point == 0x2029)
			return true;
	return false;
}

bool fold_is_plain(const char *text, size_t n_chars_max)
{
	return str_is_utf8(text, strlen(text)) && str_n_chars(text) <= n_chars_max &&
		!fold_is_blank(text) && !fold_has_control(text);
}

static bool is_variation_selector(uint32_t point)
{
	return (point >= 0xfe00 && point <= 0xfe0f) || (point >= 0xe0100 && point <= 0xe01ef);
}

/* Reads a character, and whether it is hidden. *before: the one that it may join or change. */
static uint32_t next_in_name(const char **text, uint32_t *before, bool *is_hidden_r)
{
	const uint32_t point = next_point(text);
	const bool is_invisible = range_of(invisible, point) != NULL;
	const bool is_joined = *before >= 0x80 &&
		(point == ZERO_WIDTH_JOINER || is_variation_selector(point));

	*is_hidden_r = is_invisible && !is_joined && range_of(blanks, point) == NULL;
	if (!is_invisible)
		*before = point;
	else if (!is_variation_selector(point))
		*before = 0;
	return point;
}

bool fold_find_hidden(const char *text, uint32_t *point_r)
{
	uint32_t before = 0;
	bool is_hidden;

	while ((*point_r = next_in_name(&text, &before, &is_hidden)) != 0)
		if (is_hidden)
			return true;
	return false;
}

bool fold_is_name(const char *text, size_t n_chars_max)
{
	uint32_t hidden;

	return fold_is_plain(text, n_chars_max) && !fold_find_hidden(text, &hidden);
}

/* What is not well-formed may be longer. */
static size_t size_of_char(const char *text, const char *end)
{
	const size_t size = (size_t)(end - text);

	return size < FOLD_ESCAPE_SIZE ? size : FOLD_ESCAPE_SIZE - 1;
}

void fold_show(const char *text, char *shown_r, size_t size)
{
	char *const last = shown_r + size - FOLD_ESCAPE_SIZE;
	uint32_t before = 0, point;
	const char *at = text;
	bool is_hidden;

	while (shown_r <= last && (point = next_in_name(&at, &before, &is_hidden)) != 0) {
		if (is_hidden)
			shown_r += snprintf(shown_r, FOLD_ESCAPE_SIZE, "\\u%04x", (unsigned)point);
		else
			shown_r = mempcpy(shown_r, text, size_of_char(text, at));
		text = at;
	}
	*shown_r = '\0';
}

const char *fold_trim(const char *text, size_t *size_r)
{
	const char *begin = NULL, *end = text;
	uint32_t point;

	for (const char *at = text, *next = text; (point = next_point(&next)) != 0; at = next) {
		if (range_of(invisible, point) != NULL &&
			(begin == NULL || !is_variation_selector(point)))
			continue;
		if (begin == NULL)
			begin = at;
		end = next;
	}
	*size_r = begin == NULL ? 0 : (size_t)(end - begin);
	return begin == NULL ? end : begin;
}

char *fold_trim_here(char *text)
{
	size_t size;
	const char *begin = fold_trim(text, &size);

	memmove(text, begin, size);
	text[size] = '\0';
	return text;
}

size_t fold_n_chars(const char *text)
{
	size_t n = 0;
	uint32_t point;

	while ((point = next_folded(&text)) != 0)
		n += point != '-';
	return n;
}

bool fold_text(const char *text, const char *dropped, char *folded_r, size_t size)
{
	char *to = folded_r;
	uint32_t point;

	while ((point = next_folded(&text)) != 0) {
		char bytes[4];
		size_t n_bytes = (size_t)(str_put_utf8(bytes, point) - bytes);

		if (point < 0x80 && strchr(dropped, (int)point) != NULL)
			continue;
		if (n_bytes >= size - (size_t)(to - folded_r))
			break;
		memcpy(to, bytes, n_bytes);
		to += n_bytes;
	}
	*to = '\0';
	return point == 0;
}

static uint32_t next_compared(const char **text)
{
	uint32_t point;

	do
		point = next_folded(text);
	while (point == '.');
	return point;
}

bool fold_equal(const char *a, const char *b)
{
	uint32_t of_a, of_b, difference = 0;

	do {
		of_a = next_compared(&a);
		of_b = next_compared(&b);
		difference |= of_a ^ of_b;
	} while (of_a != 0 || of_b != 0);
	return difference == 0;
}
