#include "unit.h"

#include <time.h>

#include "arena.h"
#include "bind.h"
#include "scratch.h"

struct message {
	const char *event, *from, *encrypted;
};

static const struct field fields[] = {
	FIELD(struct message, event, STR, .name = "Event", .max = 16),
	FIELD(struct message, from, STR, .name = "From", .max = 128),
	FIELD(struct message, encrypted, STR, .name = "Encrypt", .max = 1000),
	FIELD_END
};

static const struct shape shape = {
	.name = "Push", .size = sizeof(struct message), .fields = fields, .xml_root = "xml",
};

/* NULL: it cannot be read. Else event and from. */
static const char *read_bytes(const char *bytes, size_t size)
{
	const struct body body = {.bytes = bytes, .size = size};
	const struct message *message;
	struct binding binding;

	bind_loosely(&shape, arena, &body, &binding);
	message = binding.model;
	if (message == NULL)
		return NULL;
	return arena_printf(arena, "%s|%s", message->event == NULL ? "-" : message->event,
		message->from == NULL ? "-" : message->from);
}

#define CDATA(text) "<![CDATA[" text "]]>"
#define EVENT "<Event>" CDATA("e") "</Event>"
#define FROM "<From>" CDATA("f") "</From>"
#define CONTENT(text) "<Content>" text "</Content>"
#define XML(text) "<xml>" text "</xml>"

static const struct {
	const char *text, *read;
} messages[] = {
	{XML(EVENT FROM), "e|f"}, {XML(FROM EVENT), "e|f"}, {XML(""), "-|-"}, {"<xml/>", "-|-"},
	{XML("<Event> e\n</Event><From>" CDATA(" f ") "</From>"), "e|f"},
	{XML("<Event>a" CDATA("b") "c" CDATA("") CDATA("d") "</Event>"), "abcd|-"},
	{XML("<Event/><From />") , "-|-"}, {XML("<Event></Event>"), "|-"},
	{XML("<Event x='1' >e</Event ><From\n>f</From\n>"), "e|f"},
	{"\xef\xbb\xbf\r\n<?xml version=\"1.0\" encoding=\"GBK\"?>" XML(EVENT), "e|-"},
	{"<!-- <xml> -->\n" XML(EVENT), "e|-"},
	{XML("\n" EVENT "\n<!-- <From>x</From> -->" FROM "\n") "\n", "e|f"},
	{XML(EVENT FROM) "trailing <", "e|f"},
	/* The first counts, and beneath the root alone. */
	{XML(EVENT "<Event>x</Event>"), "e|-"},
	{XML("<Sub><Event>x</Event></Sub>" EVENT), "e|-"},
	{XML("<List><item><From>x</From></item></List>" FROM), "-|f"},
	{XML("<Events>x</Events><event>x</event>"), "-|-"},
	/* What users type. */
	{XML(CONTENT(CDATA("<a>" CDATA("b") "</a></xml>]]>")) EVENT), "e|-"},
	{XML(CONTENT(CDATA("]]></a><Event>x</Event>")) EVENT), "e|-"},
	{XML(CONTENT(CDATA("</Content><Event>x</Event>")) EVENT), "e|-"},
	{XML(CONTENT("a < b && c > d <b> </c> &nope; &#0; &#xfffe;") EVENT), "e|-"},
	{XML(CONTENT("<? <!-- <!DOCTYPE") EVENT), "e|-"},
	{XML("text < between " EVENT " ]]> & " FROM), "e|f"},
	{XML(EVENT CONTENT("<![CDATA[without an end")), "e|-"},
	{XML("<Event>&e;</Event><From>a&amp;b</From>"), "&e;|a&amp;b"},
	/* A member that cannot be one. */
	{XML("<Event>12345678901234567</Event>" FROM), "-|f"},
	/* Cut, or something else. */
	{"<xml>", NULL}, {"<xml", NULL}, {"<xml>" EVENT, NULL}, {"<xml>" EVENT FROM "</xm", NULL},
	{XML("<Content>" CDATA("a") EVENT), NULL}, {"<xml><Event", NULL},
	{"<xml><!-- </xml>", NULL},
	{"<a/>", NULL}, {"<xmls></xmls>", NULL}, {"<a>" XML(EVENT) "</a>", NULL}, {"<", NULL},
	{"<!DOCTYPE xml><xml></xml>", NULL},
	{"<!DOCTYPE x [<!ENTITY e \"x\">]>" XML("<Event>&e;</Event>"), NULL},
	{"", NULL}, {" ", NULL}, {"x", NULL}, {"\xff", NULL},
	/* JSON. */
	{"{\"Event\":\"e\",\"From\":\"f\"}", "e|f"}, {"{}", "-|-"}, {"{}x", "-|-"},
	{"\xef\xbb\xbf {\"Event\":\"e\"}", "e|-"}, {"{\"Event\":7,\"From\":null}", "7|-"},
	{"{\"Content\":\"\\ud83d \xff \x1d\n \\x \\u00\",\"Event\":\"e\"}", "e|-"},
	{"{\"MsgId\":123456789012345678901234567890,\"X\":1e999,\"Event\":\"e\"}", "e|-"},
	{"{\"Event\":{\"a\":1}}", NULL},
	{"{\"Event\":\"x\",\"Event\":\"e\"}", "e|-"},
	/* As Tencent prints it. */
	{"{\n\n\" Event\": \"e\",\n\n\"From \": \"f\",\n\n}\n", "e|f"},
	{"{\"event\":\"x\",\"Event\":\"e\"}", "e|-"}, {"{Event:'e'}", "e|-"},
	{"{\"$ref\":\"x\",\"Event\":\"e\"}", "e|-"},
	{"[]", NULL}, {"\"e\"", NULL}, {"{\"Event\":\"e\"", NULL}, {"null", NULL},
};

static void test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(messages); i++) {
		const char *read = read_bytes(messages[i].text, strlen(messages[i].text));

		if (read == NULL || messages[i].read == NULL ? read != messages[i].read
							     : strcmp(read, messages[i].read) != 0)
			fail_msg("%s: %s instead of %s", messages[i].text, read, messages[i].read);
	}
}

/* Every byte, in XML and JSON, in a section and outside, and cut off after it. */
static void test_any_byte_may_stand_in_other_members(void **state)
{
	static const char *const frames[] = {
		XML(CONTENT(CDATA("@")) EVENT), XML(CONTENT("@") EVENT),
		XML("<Event>" CDATA("e@") "</Event>"), XML("@" EVENT),
		"{\"Content\":\"@\",\"Event\":\"e\"}",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(frames); i++)
		for (int c = 0; c < 256; c++) {
			char *text = arena_strdup(arena, frames[i]);
			const char *read;

			*strchr(text, '@') = (char)c;
			read = read_bytes(text, strlen(frames[i]));
			if ((c == '"' || c == '\\') && *text == '{')
				continue;
			if (read == NULL || *read != 'e')
				fail_msg("%s with %d: %s", frames[i], c, read);
		}
}

/* Else the address sanitizer measures the whole rest of the text at each strstr(). */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "intercept_strstr=0";
}

/* Of the processor, for a message that is the piece over and over. */
static int64_t time_of_reading(const char *piece, size_t size)
{
	size_t piece_size = strlen(piece), n = size / piece_size;
	char *text = malloc(5 + n * piece_size);
	struct timespec before, after;

	memcpy(text, "<xml>", 5);
	for (size_t i = 0; i < n; i++)
		memcpy(text + 5 + i * piece_size, piece, piece_size);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	assert_null(read_bytes(text, 5 + n * piece_size));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	free(text);
	arena_reset(arena);
	return (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + after.tv_nsec -
		before.tv_nsec;
}

/* The time grows with the size and not with its square: 32 times, where 1024 were. */
static void test_a_message_that_is_made_to_be_slow(void **state)
{
	static const char *const pieces[] = {
		"<a>", "<a><![CDATA[", "<![CDATA[", "<a></a><![CDATA[", "<!--", "<?", "<", "</",
		"<a/>", "]]>", "<a>]]></a>", "</xml ", "{\"a\":",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(pieces); i++) {
		int64_t small_ns = time_of_reading(pieces[i], 16 << 10);
		int64_t large_ns = time_of_reading(pieces[i], 512 << 10);

		if (large_ns > 128 * small_ns)
			fail_msg("%s: %lld and %lld ns", pieces[i], (long long)small_ns,
				(long long)large_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages, scratch_set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(test_any_byte_may_stand_in_other_members,
			scratch_set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(test_a_message_that_is_made_to_be_slow,
			scratch_set_up, scratch_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
