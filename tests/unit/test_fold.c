#include "unit.h"

#include "fold.h"
#include "str.h"
#include "str.h"

static void check_point(uint32_t point, bool is_blank)
{
	char text[8] = "";

	*str_put_utf8(text, point) = '\0';
	if (fold_is_blank(text) != is_blank)
		fail_msg("U+%04X %s", point, is_blank ? "can be seen" : "is blank");
}

static void what_cannot_be_seen_is_blank(void **state)
{
	static const uint32_t points[] = {
		0x1, '\t', '\n', '\r', ' ', 0x1f, 0x7f, 0x85, 0x9f, 0xa0, 0xad, 0x34f, 0x61c,
		0x115f, 0x1160, 0x1680, 0x17b4, 0x17b5, 0x180e, 0x2000, 0x2001, 0x2002, 0x2003,
		0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x200b, 0x200c, 0x200d,
		0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x202f,
		0x205f, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069,
		0x206a, 0x206f, 0x2800, 0x3000, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0x1d173,
		0xe0001, 0xe007f,
	};

	(void)state;
	for (size_t i = 0; i < N_OF(points); i++)
		check_point(points[i], true);
	assert_true(fold_is_blank(NULL));
	assert_true(fold_is_blank(""));
	assert_true(fold_is_blank(" \xe3\x80\x80\xe2\x80\x8b\xc2\xa0\xef\xbb\xbf"));
	assert_false(fold_is_blank("\xe3\x80\x80.\xe3\x80\x80"));
}

static void all_else_can_be_seen(void **state)
{
	static const uint32_t points[] = {
		'!', '*', '/', '~', 'a', 'z', 0xa1, 0xac, 0xae, 0xd7, 0xe9, 0x200, 0x1fff, 0x2016,
		0x2027 + 0x1000, 0x2070, 0x27ff, 0x2801, 0x2fff, 0x3001, 0x4e00, 0x5f20, 0xfe10,
		0xfefe, 0xff5f, 0xfffd, 0x1f600, 0x20000, 0x10ffff,
	};

	(void)state;
	for (size_t i = 0; i < N_OF(points); i++)
		check_point(points[i], false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_seen_is_blank),
		cmocka_unit_test(all_else_can_be_seen),
	};

	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
