#include <stddef.h>
#include <stdint.h>

#include "fold.h"

struct range {
	uint32_t first, last;
};

/* White_Space and Default_Ignorable_Code_Point of Unicode 15, the controls, and the blank of
 * Braille. */
static const struct range invisible[] = {
	{0x01, 0x20},
	{0x7f, 0xa0},
	{0xad, 0xad},
	{0x34f, 0x34f},
	{0x61c, 0x61c},
	{0x115f, 0x1160},
	{0x1680, 0x1680},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x2000, 0x200f},
	{0x2028, 0x202f},
	{0x205f, 0x206f},
	{0x2800, 0x2800},
	{0x3000, 0x3000},
	{0x3164, 0x3164},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfff8},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
	{0},
};

static const struct range *range_of(const struct range *ranges, uint32_t point)
{
	for (; ranges->first != 0; ranges++)
		if (point >= ranges->first && point <= ranges->last)
			return ranges;
	return NULL;
}

/* What is not well-formed is read as some character, and never beyond the end. */
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

bool fold_is_blank(const char *text)
{
	uint32_t point;

	if (text == NULL)
		return true;
	do
		point = next_point(&text);
	while (range_of(invisible, point) != NULL);
	return point == 0;
}
