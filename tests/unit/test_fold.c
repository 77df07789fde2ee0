#include "unit.h"

#include "fold.h"
#include "str.h"

static void check_point(uint32_t point, uint32_t folded)
{
	char text[8] = "", expected[8] = "", seen[8];

	*str_put_utf8(text, point) = '\0';
	if (fold_is_blank(text) != (folded == 0))
		fail_msg("U+%04X %s", point, folded == 0 ? "can be seen" : "is blank");
	assert_int_equal(fold_n_chars(text), folded != 0 && folded != '-');
	*str_put_utf8(expected, folded) = '\0';
	assert_true(fold_text(text, "", seen, sizeof(seen)));
	assert_string_equal(seen, expected);
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
		check_point(points[i], 0);
	assert_true(fold_is_blank(NULL));
	assert_true(fold_is_blank(""));
	assert_true(fold_is_blank(" \u3000\u200b\u00a0\ufeff"));
	assert_false(fold_is_blank("\u3000.\u3000"));
}

static void all_else_is_seen_as_it_is(void **state)
{
	static const uint32_t points[] = {
		'!', '*', '/', '~', 'a', 'z', 0xa1, 0xac, 0xae, 0xe9, 0x200, 0x1fff, 0x2016,
		0x2027 + 0x1000, 0x2070, 0x27ff, 0x2801, 0x2fff, 0x3001, 0x4e00, 0x5f20, 0xfe10,
		0xfefe, 0xff5f, 0xfffd, 0x1f600, 0x20000, 0x10ffff,
	};

	(void)state;
	for (size_t i = 0; i < N_OF(points); i++)
		check_point(points[i], points[i]);
}

static void what_is_meant_is_one_character(void **state)
{
	static const struct {
		uint32_t first, last, folded, step;
	} ranges[] = {
		{'0', '9', '0', 1}, {'A', 'Z', 'a', 1}, {0xff01, 0xff20, '!', 1},
		{0xff21, 0xff3a, 'a', 1}, {0xff41, 0xff5e, 'a', 1}, {0x660, 0x669, '0', 1},
		{0x6f0, 0x6f9, '0', 1}, {0xf20, 0xf29, '0', 1}, {0x1810, 0x1819, '0', 1},
		{0x1d7ce, 0x1d7d7, '0', 1}, {0x1d7f6, 0x1d7ff, '0', 1}, {'-', '-', '-', 0},
		{0x2010, 0x2015, '-', 0}, {0x2212, 0x2212, '-', 0}, {0xfe63, 0xfe63, '-', 0},
		{'.', '.', '.', 0}, {0xb7, 0xb7, '.', 0}, {0x2022, 0x2022, '.', 0},
		{0x2027, 0x2027, '.', 0}, {0x2219, 0x2219, '.', 0}, {0x22c5, 0x22c5, '.', 0},
		{0xd7, 0xd7, 'x', 0}, {0x2169, 0x2169, 'x', 0}, {0x425, 0x425, 'x', 0},
		{0x3002, 0x3002, '.', 0}, {0x30fb, 0x30fb, '.', 0}, {0xff65, 0xff65, '.', 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(ranges); i++)
		for (uint32_t n = 0; n <= ranges[i].last - ranges[i].first; n++)
			check_point(ranges[i].first + n, ranges[i].folded + n * ranges[i].step);
}

static void text_that_does_not_fit_is_cut(void **state)
{
	char folded[8];

	(void)state;
	assert_true(fold_text(" Ａ\u200b-张・３", "-", folded, sizeof(folded)));
	assert_string_equal(folded, "a张.3");
	assert_true(fold_text("a张张", "", folded, sizeof(folded)));
	assert_false(fold_text("ab张张", "", folded, sizeof(folded)));
	assert_string_equal(folded, "ab张");
	assert_true(fold_text("ab- ", "-", folded, 3));
	assert_string_equal(folded, "ab");
	assert_false(fold_text("a", "", folded, 1));
	assert_string_equal(folded, "");
}

static void texts_are_compared_as_a_reader_does(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} rows[] = {
		{"阿依古丽·买买提", "阿依古丽•买买提", true},
		{"阿依古丽·买买提", "阿依古丽・买买提", true},
		{"阿依古丽·买买提", "阿依古丽‧买买提", true},
		{"阿依古丽·买买提", "阿依古丽．买买提", true},
		{"阿依古丽·买买提", "阿依古丽.买买提", true},
		{"阿依古丽·买买提", "阿依古丽˙买买提", true},
		{"阿依古丽·买买提", "阿依古丽ㆍ买买提", true},
		{"阿依古丽·买买提", "阿依古丽◦买买提", true},
		{"阿依古丽·买买提", "阿依古丽买买提", true},
		{"张三", "张三 ", true},
		{"张三", "张\u3000三", true},
		{"张三", "\u202d张三\u202c", true},
		{"Zhang San", "ＺＨＡＮＧ ＳＡＮ", true},
		{"张三", "张四", false},
		{"张三", "张", false},
		{"张", "张三", false},
		{"张三丰", "张三", false},
		{"", "张三", false},
		{"张三", "李三", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		if (fold_equal(rows[i].a, rows[i].b) != rows[i].is_same)
			fail_msg("\"%s\", \"%s\"", rows[i].a, rows[i].b);
}

static void what_stands_around_is_trimmed(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"a", "a"},
		{" \t\r\n", ""},
		{"\u3000\u00a0\ufeff张 \u3000三\u200b\t", "张 \u3000三"},
		{"\u202d139\u202c", "139"},
		{"\u845b\U000e0100", "\u845b\U000e0100"},
		{"\u2764\ufe0f \ufe0f", "\u2764\ufe0f \ufe0f"},
		{"\ufe0fa", "a"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		size_t size;
		const char *begin = fold_trim(cases[i][0], &size);

		assert_int_equal(size, strlen(cases[i][1]));
		assert_memory_equal(begin, cases[i][1], size);
	}
}

static void a_control_is_seen_at_its_edges(void **state)
{
	static const char *const with[] = {
		"a\x01", "a\x1f" "b", "\x7f", "张\xc2\x80三", "\xc2\x9f", "a\u2028" "b", "\u2029",
	};
	static const char *const without[] = {
		"", " ~", "张 三", "\u00a0", "\u2027", "\u202a", "\u2020", "😀",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(with); i++)
		assert_true(fold_has_control(with[i]));
	for (size_t i = 0; i < N_OF(without); i++)
		assert_false(fold_has_control(without[i]));
}

static void what_a_name_may_not_hold(void **state)
{
	static const struct {
		const char *text, *shown;
		uint32_t hidden; /* 0: none */
	} cases[] = {
		{"shop", "shop", 0},
		{"张 三\u3000\u00a0", "张 三\u3000\u00a0", 0},
		{"\u2764\ufe0f", "\u2764\ufe0f", 0},
		{"\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525", 0},
		{"\u845b\U000e0100", "\u845b\U000e0100", 0},
		{"a\u202eb", "a\\u202eb", 0x202e},
		{"\u202a", "\\u202a", 0x202a},
		{"\u2066x\u2069", "\\u2066x\\u2069", 0x2066},
		{"\u200e", "\\u200e", 0x200e},
		{"\u061c", "\\u061c", 0x61c},
		{"a\u200bb", "a\\u200bb", 0x200b},
		{"a\u200db", "a\\u200db", 0x200d},
		{"a\ufe0f", "a\\ufe0f", 0xfe0f},
		{"店\u200d\u200d", "店\u200d\\u200d", 0x200d},
		{"\ufeffa", "\\ufeffa", 0xfeff},
		{"\u2060", "\\u2060", 0x2060},
		{"\u00ad", "\\u00ad", 0xad},
		{"\u2028", "\\u2028", 0x2028},
		{"\U000e0041", "\\ue0041", 0xe0041},
		{"a\nb\x1b[2J\x7f", "a\\u000ab\\u001b[2J\\u007f", 0x0a},
		{"\xc2\x9b", "\\u009b", 0x9b},
	};
	char shown[64];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		uint32_t hidden;

		assert_int_equal(
			fold_find_hidden(cases[i].text, &hidden), cases[i].hidden != 0);
		assert_int_equal(hidden, cases[i].hidden);
		fold_show(cases[i].text, shown, sizeof(shown));
		assert_string_equal(shown, cases[i].shown);
		if (cases[i].hidden != 0)
			assert_false(fold_is_name(cases[i].text, 64));
	}
	assert_true(fold_is_name("张 三", 3));
	assert_false(fold_is_name("张 三", 2));
}

static void what_is_shown_fits(void **state)
{
	char shown[32];

	(void)state;
	for (size_t size = FOLD_ESCAPE_SIZE; size <= sizeof(shown); size++) {
		memset(shown, 'x', sizeof(shown));
		fold_show("\u202e张\u202e三\U0001f525"
			  "\xc2\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
			shown, size);
		assert_in_range(strlen(shown), 1, size - 1);
		for (size_t i = size; i < sizeof(shown); i++)
			assert_int_equal(shown[i], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_seen_is_blank),
		cmocka_unit_test(all_else_is_seen_as_it_is),
		cmocka_unit_test(what_is_meant_is_one_character),
		cmocka_unit_test(text_that_does_not_fit_is_cut),
		cmocka_unit_test(what_stands_around_is_trimmed),
		cmocka_unit_test(a_control_is_seen_at_its_edges),
		cmocka_unit_test(texts_are_compared_as_a_reader_does),
		cmocka_unit_test(what_a_name_may_not_hold),
		cmocka_unit_test(what_is_shown_fits),
	};

	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
