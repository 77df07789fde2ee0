#include "unit.h"

/*
 * JSON of /v1 to models: exact types, objects and lists in a message, null that clears, members
 * that cannot be changed.
 */

#include "arena.h"
#include "bind.h"
#include "buf.h"

struct inner {
	const char *name;
	int32_t number;
	bool has_number;
};

struct outer {
	const char *text, *fixed;
	bool flag;
	const void *inner;
	struct string_list list;
};

static const struct field inner_fields[] = {
	FIELD(struct inner, name, STR, .name = "name", .max = 3, .null_clears = true),
	FIELD(struct inner, number, INT32, .name = "number", .max = 2, .null_clears = true,
		.given = offsetof(struct inner, has_number)),
	FIELD_END
};

static const struct shape inner_shape = {.size = sizeof(struct inner), .fields = inner_fields};

static const struct field outer_fields[] = {
	FIELD(struct outer, text, STR, .name = "text", .max = 9),
	FIELD(struct outer, fixed, STR, .name = "fixed", .is_read_only = true),
	FIELD(struct outer, flag, BOOL, .name = "flag"),
	FIELD(struct outer, inner, OBJECT, .name = "inner", .null_clears = true,
		.shape = &inner_shape),
	FIELD(struct outer, list, STR_LIST, .name = "list", .max = 3),
	FIELD_END
};

static const struct shape outer_shape = {.size = sizeof(struct outer), .fields = outer_fields};

static void show_model(struct buf *shown, const struct outer *outer)
{
	const struct inner *inner = outer->inner;

	if (outer->text != NULL)
		buf_printf(shown, "text=%s ", outer->text);
	if (outer->flag)
		buf_append_str(shown, "flag ");
	if (inner != NULL && inner->name != NULL)
		buf_printf(shown, "name=%s ", inner->name);
	if (inner != NULL && inner->has_number)
		buf_printf(shown, "number=%d ", inner->number);
	for (size_t i = 0; i < outer->list.n_items; i++)
		buf_printf(shown, "[%s] ", outer->list.items[i]);
}

static const char *bind(struct arena *arena, const char *json, size_t size)
{
	static const struct bind_options options = {.flavour = JSON_EXACT};
	const struct body body = {
		.bytes = json, .size = size, .content_type = "application/json"};
	struct buf shown = {.arena = arena};
	struct binding binding;

	bind_json(&outer_shape, &options, arena, &body, &binding);
	buf_append_str(&shown, "");
	if (binding.model == NULL)
		return "unreadable";
	show_model(&shown, binding.model);
	for (const struct bind_error *error = binding.errors; error != NULL; error = error->next)
		buf_printf(&shown, "!%s%s ", error->field, error->is_read_only ? "(fixed)" : "");
	return shown.data;
}

static void what_is_bound(void **state)
{
	static const struct {
		const char *json, *shown;
	} rows[] = {
		{"{}", ""},
		{"{\"text\":\"a\",\"flag\":true,\"more\":{\"text\":[1]}}", "text=a flag "},
		{"{\"TEXT\":\"a\"}", ""},
		{"{\"text\":null,\"flag\":null}", ""},
		{"{\"text\":7}", "!text "},
		{"{\"text\":true,\"flag\":\"true\"}", "!text !flag "},
		{"{\"flag\":1}", "!flag "},
		{"{\"text\":{\"text\":\"a\"},\"flag\":true}", "flag !text "},
		{"{\"text\":[\"a\"]}", "!text "},
		{"{\"inner\":{\"name\":\"abc\",\"number\":2}}", "name=abc number=2 "},
		{"{\"inner\":{\"name\":null,\"number\":null}}", "name= number=0 "},
		{"{\"inner\":{\"name\":\"\",\"number\":\"\"}}", "name= number=0 "},
		{"{\"inner\":{\"number\":0}}", "number=0 "},
		{"{\"inner\":{}}", ""},
		{"{\"inner\":null}", "name= number=0 "},
		{"{\"inner\":7}", "!inner "},
		{"{\"inner\":[]}", "!inner "},
		{"{\"inner\":{\"name\":\"abcd\",\"number\":3},\"text\":\"a\"}",
			"text=a !inner/name !inner/number "},
		{"{\"inner\":{\"number\":\"1\"}}", "!inner/number "},
		{"{\"fixed\":\"a\",\"text\":\"a\"}", "text=a !fixed(fixed) "},
		{"{\"fixed\":{\"a\":[1,{}]},\"inner\":{\"name\":7},\"flag\":true}",
			"flag !fixed(fixed) !inner/name "},
		{"{\"list\":[\"a\",\"bcd\"]}", "[a] [bcd] "},
		{"{\"list\":[]}", ""},
		{"{\"list\":[\"abcd\"]}", "!list/0 "},
		{"{\"list\":[\"a\",{\"b\":[]},[2]]}", "[a] !list/1 !list/2 "},
		{"{\"list\":[\"a\\u0000\"]}", "!list/0 "},
		{"{\"list\":\"a\"}", "!list "},
		{"{\"text\":\"a\"", "unreadable"},
		{"{\"inner\":{\"name\":\"a\"", "unreadable"},
		{"{\"inner\":{\"name\":\"a\",}}", "unreadable"},
		{"{\"list\":[\"a\"", "unreadable"},
		{"{\"list\":[\"a\",]}", "unreadable"},
		{"{'text':'a'}", "unreadable"},
		{" {\"text\":\"a\"}\r\n\t ", "text=a "},
		{"{\"text\":\"a\"}x", "unreadable"},
		{"{\"text\":\"a\"} {\"text\":\"b\"}", "unreadable"},
		{"{\"text\":\"a\"}}", "unreadable"},
		{"[]", "unreadable"},
		{"null", "unreadable"},
		{"", "unreadable"},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *shown = bind(arena, rows[i].json, strlen(rows[i].json));

		if (strcmp(shown, rows[i].shown) != 0)
			fail_msg("%s: %s instead of %s", rows[i].json, shown, rows[i].shown);
	}
	arena_free(arena);
}

static void it_is_utf_8(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		bool is_read;
	} rows[] = {
		{"{\"text\":\"\xe6\x98\xb5\"}", 14, true},
		{"\xef\xbb\xbf{}", 5, true},
		{"{\"text\":\"\xea\xc7\"}", 13, false},
		{"\xff\xfe{\0}\0", 6, false},
		{"\xfe\xff\0{\0}", 6, false},
		{"{\0}\0", 4, false},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *shown = bind(arena, rows[i].bytes, rows[i].size);

		assert_int_equal(strcmp(shown, "unreadable") != 0, rows[i].is_read);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_bound),
		cmocka_unit_test(it_is_utf_8),
	};

	return cmocka_run_group_tests_name("json_exact", tests, NULL, NULL);
}
