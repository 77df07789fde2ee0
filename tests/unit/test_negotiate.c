#include "unit.h"

#include <sys/resource.h>

#include "arena.h"
#include "buf.h"
#include "charset.h"
#include "negotiate.h"

#define ALL (FORMAT_JSON | FORMAT_XML | FORMAT_FORM)
#define NO_XML (FORMAT_JSON | FORMAT_FORM)

#define JSON "application/json; charset=utf-8"
#define TEXT_JSON "text/json; charset=utf-8"
#define XML "application/xml; charset=utf-8"
#define TEXT_XML "text/xml; charset=utf-8"
#define JSON_16 "application/json; charset=utf-16"

static void assert_answer(
	unsigned formats, const struct negotiate_headers *headers, const char *expected)
{
	struct media media;

	negotiate_response(formats, headers, &media);
	if (strcmp(media.content_type, expected) != 0)
		fail_msg("Accept %s, Content-Type %s: %s instead of %s",
			headers->accept != NULL ? headers->accept : "-",
			headers->content_type != NULL ? headers->content_type : "-",
			media.content_type, expected);
}

static void accept_decides(void **state)
{
	static const struct {
		const char *accept, *with_xml, *without_xml;
	} answers[] = {
		{NULL, JSON, JSON},
		{"", JSON, JSON},
		{"*/*", JSON, JSON},
		{"application/json", JSON, JSON},
		{"application/*", JSON, JSON},
		{"text/json", TEXT_JSON, TEXT_JSON},
		{"text/*", TEXT_JSON, TEXT_JSON},
		{"application/json, text/plain, */*", JSON, JSON},
		{"text/json, application/json", TEXT_JSON, TEXT_JSON},
		{"application/json, text/json", JSON, JSON},
		{"application/xml", XML, JSON},
		{"APPLICATION/XML; Level=1", XML, JSON},
		{"text/xml", TEXT_XML, JSON},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML, JSON},
		{"application/xml, application/json", JSON, JSON},
		{"text/xml, application/json", JSON, JSON},
		{"application/json;q=0.5, application/xml;q=0.6", XML, JSON},
		{"application/xml;q=0.5, */*;q=0.8", JSON, JSON},
		{"application/xml;q=0.5,application/json;q=0.4", XML, JSON},
		{"application/*;q=0.5, text/*;q=0.9", TEXT_JSON, TEXT_JSON},
		{"application/xml, */*;q=0.5", XML, JSON},
		{"text/xml, */*", TEXT_XML, JSON},
		{"*/*, application/xml", XML, JSON},
		{"text/html", JSON, JSON},
		{"image/*", JSON, JSON},
		{"application/soap+xml", JSON, JSON},
		{"application/xhtml+xml", JSON, JSON},
		{"garbage", JSON, JSON},
		{"application/xml, garbage", JSON, JSON},
		{"application/xml application/json", JSON, JSON},
		{"application/xml;;", JSON, JSON},
		{"application/xml;q=", JSON, JSON},
		{"application/xml; a=\"b,c\"; q=1", XML, JSON},
		{"application/xml; a=\"b", JSON, JSON},
		{", ,application/xml,", XML, JSON},
		{"application/json;q=0", JSON, JSON},
		{"text/xml;q=0", JSON, JSON},
		{"*/*;q=0", JSON, JSON},
		{"application/xml;q=0.001, text/xml;q=0", XML, JSON},
		{"application/xml;q=x", XML, JSON},
		{"application/json; charset=utf-16", JSON, JSON},
		{"text/xml; charset=gbk", TEXT_XML, JSON},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(answers); i++) {
		const struct negotiate_headers headers = {.accept = answers[i].accept};

		assert_answer(ALL, &headers, answers[i].with_xml);
		assert_answer(NO_XML, &headers, answers[i].without_xml);
	}
}

static void without_a_match_the_requests_type_decides(void **state)
{
	static const struct {
		const char *content_type, *accept, *requested_with, *answer;
	} answers[] = {
		{"text/xml", NULL, NULL, TEXT_XML},
		{"application/xml", NULL, NULL, XML},
		{"text/json", NULL, NULL, TEXT_JSON},
		{"application/x-www-form-urlencoded", NULL, NULL, JSON},
		{"application/xml", "text/html", NULL, XML},
		{"application/xml", "garbage", NULL, XML},
		{"application/xml", "*/*", NULL, JSON},
		{"application/xml", NULL, "XMLHttpRequest", JSON},
		{"application/xml", "*/*", "xmlhttprequest", JSON},
		{"application/xml", "text/html", "XMLHttpRequest", XML},
		{"application/xml", NULL, "something", XML},
		{"text/json", NULL, "XMLHttpRequest", JSON},
		{"application/json", "application/xml", "XMLHttpRequest", XML},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(answers); i++) {
		const struct negotiate_headers headers = {
			.content_type = answers[i].content_type,
			.accept = answers[i].accept,
			.requested_with = answers[i].requested_with,
		};

		assert_answer(ALL, &headers, answers[i].answer);
	}
}

static void charset_of_the_answer(void **state)
{
	static const struct {
		const char *accept_charset, *content_type, *answer;
	} answers[] = {
		{NULL, NULL, JSON},
		{"utf-16", NULL, JSON_16},
		{"UTF-16", NULL, JSON_16},
		{"utf-8;q=0, utf-16", NULL, JSON_16},
		{"utf-8, utf-16", NULL, JSON},
		{"utf-8;q=0.5, utf-16;q=0.6", NULL, JSON_16},
		{"utf-16;q=0", NULL, JSON},
		{"*, utf-16", NULL, JSON_16},
		{"gb2312", NULL, JSON},
		{"gb2312,utf-8;q=0.5", NULL, JSON},
		{"*", NULL, JSON},
		{"utf-16, ;", NULL, JSON},
		{NULL, "application/json; charset=utf-16", JSON_16},
		{NULL, "application/json; charset=\"utf-16\"", JSON_16},
		{NULL, "application/x-www-form-urlencoded; charset=utf-16", JSON_16},
		{"gb2312", "application/json; charset=utf-16", JSON_16},
		{"utf-8", "application/json; charset=utf-16", JSON},
		{NULL, "application/json; charset=unicode", JSON},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(answers); i++) {
		const struct negotiate_headers headers = {
			.accept_charset = answers[i].accept_charset,
			.content_type = answers[i].content_type,
		};

		assert_answer(ALL, &headers, answers[i].answer);
	}
}

static void request_types(void **state)
{
	static const char none[] =
		"The request contains an entity body but no Content-Type header. The inferred "
		"media type 'application/octet-stream' is not supported for this resource.";
	static const char plain[] =
		"The request entity's media type 'text/plain' is not supported for this resource.";
	static const struct {
		const char *type;
		enum format with_xml, without_xml;
		const char *text;
	} requests[] = {
		{"application/json", FORMAT_JSON, FORMAT_JSON, NULL},
		{"Text/JSON; odata=verbose; v=1", FORMAT_JSON, FORMAT_JSON, NULL},
		{" application/json ; charset=utf-8", FORMAT_JSON, FORMAT_JSON, NULL},
		{"application/json;", FORMAT_JSON, FORMAT_JSON, NULL},
		{"application/json; ", FORMAT_JSON, FORMAT_JSON, NULL},
		{"APPLICATION/JSON ; ; charset=\"utf-8\" ;", FORMAT_JSON, FORMAT_JSON, NULL},
		{"application/json;;charset=UTF-8", FORMAT_JSON, FORMAT_JSON, NULL},
		{"application/xml;", FORMAT_XML, FORMAT_NONE, NULL},
		{"application/x-www-form-urlencoded;", FORMAT_FORM, FORMAT_FORM, NULL},
		{"text/plain;", FORMAT_NONE, FORMAT_NONE, plain},
		{"*/*", FORMAT_JSON, FORMAT_JSON, NULL},
		{"application/*", FORMAT_JSON, FORMAT_JSON, NULL},
		{"application/xml", FORMAT_XML, FORMAT_NONE, NULL},
		{"text/xml; charset=utf-8", FORMAT_XML, FORMAT_NONE, NULL},
		{"application/x-www-form-urlencoded", FORMAT_FORM, FORMAT_FORM, NULL},
		{"text/plain;charset=UTF-8", FORMAT_NONE, FORMAT_NONE, plain},
		{"text/html", FORMAT_NONE, FORMAT_NONE, NULL},
		{"multipart/form-data; boundary=b", FORMAT_NONE, FORMAT_NONE, NULL},
		{"application/octet-stream", FORMAT_NONE, FORMAT_NONE, NULL},
		{"application/vnd.x+json", FORMAT_NONE, FORMAT_NONE, NULL},
		{"application/javascript", FORMAT_NONE, FORMAT_NONE, NULL},
		{NULL, FORMAT_NONE, FORMAT_NONE, none},
		{"", FORMAT_NONE, FORMAT_NONE, none},
		{"garbage", FORMAT_NONE, FORMAT_NONE, none},
		{"application/json, text/json", FORMAT_NONE, FORMAT_NONE, none},
		{"application/json;,", FORMAT_NONE, FORMAT_NONE, none},
		{";", FORMAT_NONE, FORMAT_NONE, none},
		{"application/json; charset=", FORMAT_NONE, FORMAT_NONE, none},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < N_OF(requests); i++) {
		struct body body = {.bytes = "{}", .size = 2, .content_type = requests[i].type};
		struct text text = {0};

		assert_int_equal(
			negotiate_request(ALL, &body, arena, &text), requests[i].with_xml);
		assert_int_equal(
			negotiate_request(NO_XML, &body, arena, &text), requests[i].without_xml);
		if (requests[i].text != NULL)
			assert_string_equal(text.en, requests[i].text);
		body.size = 0;
		assert_int_equal(negotiate_request(NO_XML, &body, arena, &text), FORMAT_JSON);
	}
	arena_free(arena);
}

static void strict_json_is_utf_8(void **state)
{
	static const struct {
		const char *type;
		enum format format;
	} requests[] = {
		{"application/json", FORMAT_STRICT_JSON},
		{"application/json; charset=UTF-8", FORMAT_STRICT_JSON},
		{"application/json; charset=\"utf-8\"", FORMAT_STRICT_JSON},
		{"application/json;charset=utf8", FORMAT_STRICT_JSON},
		{"application/json; version=1", FORMAT_STRICT_JSON},
		{"application/json; charset=gbk", FORMAT_NONE},
		{"application/json; charset=utf-16", FORMAT_NONE},
		{"application/json; charset=iso-8859-1", FORMAT_NONE},
		{"application/x-www-form-urlencoded; charset=UTF-8", FORMAT_FORM},
		{"application/x-www-form-urlencoded; charset=gb18030", FORMAT_NONE},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < N_OF(requests); i++) {
		struct body body = {.bytes = "{}", .size = 2, .content_type = requests[i].type};
		struct text text = {0};

		assert_int_equal(negotiate_request(
			FORMAT_STRICT_JSON | FORMAT_FORM, &body, arena, &text),
			requests[i].format);
	}
	arena_free(arena);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void bodies_are_decoded(void **state)
{
	static const struct {
		const char *type, *bytes;
		size_t size;
		const char *text, *emulated;
	} bodies[] = {
		{"application/json", BYTES("昵😀"), "昵😀", "昵😀"},
		{"application/json", BYTES("\xef\xbb\xbf{}"), "{}", "{}"},
		{"application/json", BYTES(""), "", ""},
		{"application/json", BYTES("\xff\xfe\x35\x66\x3d\xd8\x00\xde"), "昵😀", "昵😀"},
		{"application/json", BYTES("\xfe\xff\x66\x35"), "昵", "昵"},
		{"application/json; charset=utf-16", BYTES("\x35\x66"), "昵", "昵"},
		{"application/json; charset=UTF-16", BYTES("\xff\xfe\x35\x66"), "昵", "昵"},
		{"application/json; charset=utf-16", BYTES("\xef\xbb\xbf{}"), "{}", "{}"},
		{"application/json; charset=utf-16", BYTES("\x35\x66\x35"), NULL, NULL},
		{"application/json; charset=utf-16", BYTES("\x3d\xd8"), NULL, NULL},
		{"application/json; charset=utf-16", BYTES("\x3d\xd8\x35\x66"), NULL, NULL},
		{"application/json; charset=utf-16", BYTES("\x00\xde"), NULL, NULL},
		{"application/json; charset=utf-16BE", BYTES("\x66\x35"), "f5", "f5"},
		{"application/json; charset=iso-8859-1", BYTES("é"), "é", "é"},
		{"application/json; charset=iso-8859-1", BYTES("\xe9"), NULL, NULL},
		{"application/json", BYTES("\xc0\xaf"), NULL, NULL},
		{"application/json", BYTES("\xed\xa0\x80"), NULL, NULL},
		{"application/json", BYTES("\xc4\xe3"), NULL, NULL},
		{"application/json; charset=gb2312", BYTES("\xc4\xe3"), "你", NULL},
		{"application/json; charset=GBK", BYTES("\xc4\xe3\x95\x6b"), "你昸", NULL},
		{"application/json; charset=gb18030", BYTES("\x94\x39\xfc\x36"), "😀", NULL},
		{"application/json; charset=gbk", BYTES("你"), "你", "你"},
		{"application/json; charset=gbk", BYTES("\xff\xff"), NULL, NULL},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		const struct body body = {.bytes = bodies[i].bytes, .size = bodies[i].size,
			.content_type = bodies[i].type};

		for (int is_emulating = 0; is_emulating < 2; is_emulating++) {
			const char *expected =
				is_emulating ? bodies[i].emulated : bodies[i].text;
			size_t size = 0;
			const char *text = negotiate_decode(&body, is_emulating, arena, &size);

			assert_int_equal(text != NULL, expected != NULL);
			if (expected == NULL)
				continue;
			assert_string_equal(text, expected);
			assert_int_equal(size, strlen(expected));
		}
	}
	arena_free(arena);
}

static void answers_in_utf16_begin_with_a_mark(void **state)
{
	struct buf buf = {0};

	(void)state;
	buf_append_str(&buf, "A\xc3\xa9昵😀");
	negotiate_encode_utf16(&buf);
	assert_int_equal(buf.size, 12);
	assert_memory_equal(buf.data, "\xff\xfe" "A\0\xe9\0\x35\x66\x3d\xd8\x00\xde", 12);
	buf_release(&buf);
	negotiate_encode_utf16(&buf);
	assert_int_equal(buf.size, 2);
	buf_release(&buf);
}

/* The first test: a converter that is open stays so. */
static void conversions_need_no_file(void **state)
{
	struct rlimit limit, none;
	struct arena *arena = arena_new(1 << 20);
	struct buf buf = {0};
	size_t size;

	(void)state;
	assert_true(charset_open_utf16() && charset_open_gb18030());
	getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit){.rlim_max = limit.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	charset_append_utf16(&buf, "A", 1);
	assert_string_equal(charset_from_utf16(arena, buf.data, buf.size, false, &size), "A");
	assert_string_equal(charset_from_utf16(arena, "\0A", 2, true, &size), "A");
	assert_string_equal(charset_from_gb18030(arena, "\xd6\xd0", 2, &size), "中");
	setrlimit(RLIMIT_NOFILE, &limit);
	buf_release(&buf);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions_need_no_file),
		cmocka_unit_test(accept_decides),
		cmocka_unit_test(without_a_match_the_requests_type_decides),
		cmocka_unit_test(charset_of_the_answer),
		cmocka_unit_test(request_types),
		cmocka_unit_test(strict_json_is_utf_8),
		cmocka_unit_test(bodies_are_decoded),
		cmocka_unit_test(answers_in_utf16_begin_with_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
