#include "unit.h"

#include <stdbool.h>

#include "buf.h"
#include "sanitize.h"

#define BYTES(text) {(text), sizeof(text) - 1}
#define R "\xef\xbf\xbd"

struct bytes {
	const char *at;
	size_t size;
};

static void check(void (*sanitize)(struct buf *out, const char *bytes, size_t size),
	const struct bytes *bytes, const char *expected)
{
	struct buf out = {0};
	/* So that reading beyond them is seen. */
	char *copy = malloc(bytes->size + (bytes->size == 0));

	memcpy(copy, bytes->at, bytes->size);
	sanitize(&out, copy, bytes->size);
	assert_string_equal(out.data, expected);
	assert_int_equal(out.size, strlen(expected));
	free(copy);
	buf_release(&out);
}

static const struct {
	struct bytes bytes;
	const char *text;
} texts[] = {
	{BYTES(""), ""},
	{BYTES("小明😀 <a>\t\r\n"), "小明😀 <a>\t\r\n"},
	{BYTES("\xef\xbb\xbf" "a\xef\xbb\xbf"), "a\xef\xbb\xbf"},
	{BYTES("a\0b"), "ab"},
	{BYTES("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), R},
	{BYTES("\x7f\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0"), "\xc2\xa0"},
	/* Cut, stray, overlong, beyond the last character. */
	{BYTES("\xe5\xb0"), R}, {BYTES("\xe5"), R}, {BYTES("a\xf0\x9f\x98" "b"), "a" R "b"},
	{BYTES("\xe5\xb0\""), R "\""}, {BYTES("\x80\xbf"), R R}, {BYTES("\xc0\x80"), R},
	{BYTES("\xc1\xbf"), R}, {BYTES("\xe0\x80\x80"), R}, {BYTES("\xf5\x80\x80\x80"), R R},
	{BYTES("\xff\xfe"), R R}, {BYTES("\xe5\xe5\xb0\x8f"), R "小"},
	/* Surrogates. */
	{BYTES("\xed\xa0\xbd\xed\xb8\x80"), "😀"}, {BYTES("\xed\xa0\xbd"), R},
	{BYTES("\xed\xb8\x80"), R}, {BYTES("\xed\xa0\xbd" "a\xed\xb8\x80"), R "a" R},
	{BYTES("\xed\xa0\xbd\xed\xa0\xbd\xed\xb8\x80"), R "😀"}, {BYTES("\xed\xa0"), R},
	/* Nothing is escaped in text. */
	{BYTES("\\u0041\\ud83d\\x"), "\\u0041\\ud83d\\x"},
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++)
		check(sanitize_text, &texts[i].bytes, texts[i].text);
}

static const struct {
	struct bytes bytes;
	const char *text;
} jsons[] = {
	{BYTES(""), ""},
	{BYTES("\xef\xbb\xbf{\"a\":\t\"小\"}\r\n"), "{\"a\":\"小\"}"},
	{BYTES("\\\"\\\\\\/\\n\\r\\t"), "\\\"\\\\\\/\\n\\r\\t"},
	{BYTES("\"a\0b\nc\""), "\"abc\""},
	{BYTES("\\b\\f\\u0000\\u0008\\u001f\\u007f\\u0085\\ufffe\\uFFFF"), ""},
	{BYTES("\\u0009\\u000A\\u000d"), "\\u0009\\u000A\\u000d"},
	{BYTES("\\u0022\\u005c\\u0041"), "\\u0022\\u005c\\u0041"},
	{BYTES("\\u5c0f\\u660E"), "小明"},
	{BYTES("\\ud83d\\ude00"), "😀"}, {BYTES("\\ud83d"), R}, {BYTES("\\uDE00"), R},
	{BYTES("\\ud83d\\ud83d\\ude00"), R "😀"}, {BYTES("\\ud83d\\u0041"), R "\\u0041"},
	{BYTES("\\ud83d\xed\xb8\x80"), "😀"}, {BYTES("\\ud83d\\n"), R "\\n"},
	{BYTES("\\\\ud83d"), "\\\\ud83d"},
	/* What escapes nothing. */
	{BYTES("\\x41\\'"), "x41'"}, {BYTES("\\u12g4"), "u12g4"}, {BYTES("\\ud83"), "ud83"},
	{BYTES("\\"), ""}, {BYTES("\\\0n"), "n"}, {BYTES("\\小"), "小"},
};

static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(jsons); i++)
		check(sanitize_json, &jsons[i].bytes, jsons[i].text);
}

static void test_controls_are_left_out(void **state)
{
	(void)state;
	for (int c = 0; c < 0x20; c++) {
		const char text[] = {'"', (char)c, 'a', '"'};
		const struct bytes bytes = {text, sizeof(text)};
		bool is_blank = c == '\t' || c == '\n' || c == '\r';

		check(sanitize_json, &bytes, "\"a\"");
		check(sanitize_text, &bytes,
			is_blank ? (char[]){'"', (char)c, 'a', '"', 0} : "\"a\"");
	}
}

static void test_the_first_that_says_something(void **state)
{
	(void)state;
	assert_int_equal(sanitize_first("\xef\xbb\xbf\r\n\x1d <xml>", 12), '<');
	assert_int_equal(sanitize_first("{", 1), '{');
	assert_int_equal(sanitize_first("\0{", 2), '{');
	assert_int_equal(sanitize_first(" ", 1), '\0');
	assert_int_equal(sanitize_first(NULL, 0), '\0');
	assert_int_equal(sanitize_first("\xef\xbb", 2), (char)0xef);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_controls_are_left_out),
		cmocka_unit_test(test_the_first_that_says_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
