#include "unit.h"

#include "buf.h"
#include "json_writer.h"


struct inner {
	int32_t id;
};

static const struct field inner_fields[] = {
	FIELD(struct inner, id, INT32, .name = "id"),
	FIELD_END
};

static const struct shape inner_shape = {
	.name = "Inner", .size = sizeof(struct inner), .fields = inner_fields,
};

struct everything {
	const char *text;
	int32_t number;
	int64_t big;
	bool is_true, is_one;
	struct date date;
	struct int32_list numbers;
	struct int64_list bigs;
	struct string_list texts;
	const void *object;
	struct object_list objects;
	const void *nothing;
};

static const struct field everything_fields[] = {
	FIELD(struct everything, text, STR, .name = "text"),
	FIELD(struct everything, number, INT32, .name = "number"),
	FIELD(struct everything, big, INT64, .name = "Big"),
	FIELD(struct everything, is_true, BOOL, .name = "isTrue"),
	FIELD(struct everything, is_one, FLAG, .name = "isOne"),
	FIELD(struct everything, date, DATE, .name = "date"),
	FIELD(struct everything, numbers, INT32_LIST, .name = "numbers"),
	FIELD(struct everything, bigs, INT64_LIST, .name = "bigs"),
	FIELD(struct everything, texts, STR_LIST, .name = "texts"),
	FIELD(struct everything, object, OBJECT, .name = "object", .shape = &inner_shape),
	FIELD(struct everything, objects, OBJECT_LIST, .name = "objects", .shape = &inner_shape),
	FIELD(struct everything, nothing, NULL, .name = "nothing"),
	FIELD_END
};

static const struct shape everything_shape = {
	.name = "Everything", .size = sizeof(struct everything), .fields = everything_fields,
};

static const struct shape list_shape = {
	.name = "List", .size = sizeof(struct everything), .kind = SHAPE_LIST,
	.fields = &everything_fields[10],
};

static void assert_written(
	const struct shape *shape, const void *model, const char *expected)
{
	struct buf buf = {0};

	json_write(&buf, shape, model);
	assert_string_equal(buf.data, expected);
	buf_release(&buf);
}

static void strings_are_escaped_as_json_net_does(void **state)
{
	static const struct {
		const char *text, *json;
	} strings[] = {
		{"", "\"\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
		{"\x01\x0b\x0e\x1f", "\"\\u0001\\u000b\\u000e\\u001f\""},
		{"\xc2\x85\xe2\x80\xa8\xe2\x80\xa9", "\"\\u0085\\u2028\\u2029\""},
		{"</script>/&'\x7f", "\"</script>/&'\x7f\""},
		{"中文é昵😀", "\"中文é昵😀\""},
		{"\xc2\x84\xe2\x80\xa7\xe2\x80\xaa", "\"\xc2\x84\xe2\x80\xa7\xe2\x80\xaa\""},
		{"中文 </script>\"\\", "\"中文 </script>\\\"\\\\\""},
		{"\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
		{"“中文”…", "\"“中文”…\""},
		{"\xc2", "\"\xc2\""}, /* cut off */
		{"\xe2\x80", "\"\xe2\x80\""},
		{NULL, "null"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(strings); i++) {
		struct buf buf = {0};

		json_write_string(&buf, strings[i].text);
		assert_string_equal(buf.data, strings[i].json);
		buf_release(&buf);
	}
}

static void each_control_is_escaped_anywhere_in_a_text(void **state)
{
	static const char *const escapes[' '] = {['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",
		['\f'] = "\\f", ['\r'] = "\\r"};

	(void)state;
	for (int c = 1; c < 0x80; c++) {
		const char text[] = {(char)c, 'a', (char)c, (char)c, '\0'};
		char escape[8], expected[64];
		struct buf buf = {0};

		snprintf(escape, sizeof(escape), c == '"' || c == '\\' ? "\\%c" : "%c", c);
		if (c < ' ' && escapes[c] != NULL)
			snprintf(escape, sizeof(escape), "%s", escapes[c]);
		else if (c < ' ')
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c);
		snprintf(expected, sizeof(expected), "\"%sa%s%s\"", escape, escape, escape);
		json_write_string(&buf, text);
		assert_string_equal(buf.data, expected);
		buf_release(&buf);
	}
}

static void every_kind_is_written_in_the_order_of_the_table(void **state)
{
	static const int32_t numbers[] = {1, INT32_MIN};
	static const int64_t bigs[] = {INT64_MAX, INT64_MIN};
	static const char *const texts[] = {"a", NULL};
	static const struct inner inners[] = {{1}, {2}};
	const struct everything model = {
		.text = "t",
		.number = INT32_MAX,
		.big = INT64_C(9223372036854775807),
		.is_true = true,
		.is_one = true,
		.date = {.ticks = INT64_C(638948934921234567), .zone = DATE_UTC},
		.numbers = {.items = numbers, .n_items = 2},
		.bigs = {.items = bigs, .n_items = 2},
		.texts = {.items = texts, .n_items = 2},
		.object = inners,
		.objects = {.items = inners, .n_items = 2},
	};

	(void)state;
	assert_written(&everything_shape, &model,
		"{\"text\":\"t\",\"number\":2147483647,\"Big\":\"9223372036854775807\","
		"\"isTrue\":true,\"isOne\":1,\"date\":\"2025-10-01 05:31:32\","
		"\"numbers\":[1,-2147483648],"
		"\"bigs\":[\"9223372036854775807\",\"-9223372036854775808\"],"
		"\"texts\":[\"a\",null],\"object\":{\"id\":1},"
		"\"objects\":[{\"id\":1},{\"id\":2}],\"nothing\":null}");
}

static void what_is_unset_is_written_too(void **state)
{
	const struct everything empty = {0};
	const struct everything nulls = {
		.numbers.is_null = true,
		.bigs.is_null = true,
		.texts.is_null = true,
		.objects.is_null = true,
	};

	(void)state;
	assert_written(&everything_shape, &empty,
		"{\"text\":null,\"number\":0,\"Big\":\"0\",\"isTrue\":false,\"isOne\":0,"
		"\"date\":\"0001-01-01 00:00:00\",\"numbers\":[],\"bigs\":[],\"texts\":[],"
		"\"object\":null,\"objects\":[],\"nothing\":null}");
	assert_written(&everything_shape, &nulls,
		"{\"text\":null,\"number\":0,\"Big\":\"0\",\"isTrue\":false,\"isOne\":0,"
		"\"date\":\"0001-01-01 00:00:00\",\"numbers\":null,\"bigs\":null,\"texts\":null,"
		"\"object\":null,\"objects\":null,\"nothing\":null}");
	assert_written(&everything_shape, NULL, "null");
}

static void a_list_is_its_only_field(void **state)
{
	static const struct inner inners[] = {{1}, {2}};
	const struct everything model = {.objects = {.items = inners, .n_items = 2}};
	const struct everything empty = {0};
	const struct everything null = {.objects.is_null = true};

	(void)state;
	assert_written(&list_shape, &model, "[{\"id\":1},{\"id\":2}]");
	assert_written(&list_shape, &empty, "[]");
	assert_written(&list_shape, &null, "null");
}

static void an_optional_member_may_be_absent(void **state)
{
	struct optional {
		const char *text;
		const void *object;
		int64_t instant_us, epoch_us;
		struct string_list texts;
		int32_t seconds, number;
	};
	static const struct field fields[] = {
		FIELD(struct optional, text, STR, .name = "text", .is_optional = true),
		FIELD(struct optional, object, OBJECT, .name = "object", .shape = &inner_shape,
			.is_optional = true),
		FIELD(struct optional, instant_us, INSTANT, .name = "at", .is_optional = true),
		FIELD(struct optional, epoch_us, EPOCH, .name = "epoch", .is_optional = true),
		FIELD(struct optional, texts, STR_LIST, .name = "texts", .is_optional = true),
		FIELD(struct optional, seconds, INT32, .name = "seconds", .is_optional = true),
		FIELD(struct optional, number, INT32, .name = "number"),
		FIELD_END
	};
	static const struct shape shape = {
		.name = "Optional", .size = sizeof(struct optional), .fields = fields,
	};
	static const struct inner inner = {1};
	const struct string_list none = {.is_null = true};
	const struct optional empty = {.texts = none}, list = {0};
	const struct optional some = {.texts = none, .object = &inner};
	const struct optional text = {.texts = none, .text = ""};
	const struct optional instant = {.texts = none, .instant_us = 1000};
	const struct optional epoch = {.texts = none, .epoch_us = CLOCK_SECOND_US};
	const struct optional seconds = {.texts = none, .seconds = -1};

	(void)state;
	assert_written(&shape, &empty, "{\"number\":0}");
	assert_written(&shape, &some, "{\"object\":{\"id\":1},\"number\":0}");
	assert_written(&shape, &text, "{\"text\":\"\",\"number\":0}");
	assert_written(
		&shape, &instant, "{\"at\":\"1970-01-01T00:00:00.001Z\",\"number\":0}");
	assert_written(&shape, &epoch, "{\"epoch\":1,\"number\":0}");
	assert_written(&shape, &list, "{\"texts\":[],\"number\":0}");
	assert_written(&shape, &seconds, "{\"seconds\":-1,\"number\":0}");
}

static void members_come_without_braces(void **state)
{
	const struct inner model = {7};
	struct buf buf = {0};

	(void)state;
	json_write_members(&buf, &inner_shape, &model);
	assert_string_equal(buf.data, "\"id\":7");
	buf_release(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped_as_json_net_does),
		cmocka_unit_test(each_control_is_escaped_anywhere_in_a_text),
		cmocka_unit_test(every_kind_is_written_in_the_order_of_the_table),
		cmocka_unit_test(what_is_unset_is_written_too),
		cmocka_unit_test(a_list_is_its_only_field),
		cmocka_unit_test(an_optional_member_may_be_absent),
		cmocka_unit_test(members_come_without_braces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
