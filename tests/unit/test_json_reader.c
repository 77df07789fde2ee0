#include "unit.h"

/*
 * JSON to models, row by row of what Json.NET 12 does with it, and where wxuser is wider.
 */

#include "arena.h"
#include "bind.h"
#include "bound.h"
#include "buf.h"
#include "city/dialect.h"
#include "customer/dialect.h"
#include "json_reader.h"
#include "models.h"
#include "shop/dialect.h"

#define ARENA_LIMIT (4 << 20)

static const struct bind_options wxuser = {.flavour = JSON_NET};
static const struct bind_options original = {.flavour = JSON_NET, .is_emulating = true};
static const struct bind_options jackson = {.flavour = JSON_JACKSON};

struct row {
	const char *json, *outcome;
};

static void check_bytes(const struct shape *shape, const struct bind_options *options,
	const char *bytes, size_t size, const char *expected)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	/* A copy without a byte to spare, for the sanitizer. */
	char *copy = malloc(size);
	const struct body body = {.bytes = copy, .size = size, .content_type = "application/json"};
	struct binding binding;
	const char *found;

	if (size > 0)
		memcpy(copy, bytes, size);
	bind_json(shape, options, arena, &body, &binding);
	found = bound_to_text(arena, shape, &binding);
	if (strcmp(found, expected) != 0)
		fail_msg("%.60s: %s instead of %s", bytes, found, expected);
	arena_free(arena);
	free(copy);
}

static void check(const struct shape *shape, const struct bind_options *options,
	const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++)
		check_bytes(shape, options, rows[i].json, strlen(rows[i].json), rows[i].outcome);
}

static void documents(void **state)
{
	static const struct row rows[] = {
		/* Names. */
		{"{\"NAME\":\"a\",\"PhOnE\":\"b\"}", "{\"name\":\"a\",\"phone\":\"b\"} []"},
		{"{\"name\":\"1\",\"name\":\"2\"}", "{\"name\":\"2\"} []"},
		{"{\"name\":\"y\",\"NAME\":\"x\"}", "{\"name\":\"x\"} []"},
		{"{\"NAME\":\"x\",\"name\":\"y\"}", "{\"name\":\"y\"} []"},
		{"{\"zzz\":{\"a\":[1,{\"b\":null}]},\"name\":\"k\"}", "{\"name\":\"k\"} []"},
		{"{\"$type\":\"T\",\"$id\":\"1\",\"name\":\"k\"}", "{\"name\":\"k\"} []"},
		{"{\"$ref\":\"1\",\"name\":\"k\"}", "null [\"name\"]"},
		{"{\"$ref\":\"1\"}", "null []"},
		{"{\"name\":\"k\",\"$ref\":\"1\"}", "{\"name\":\"k\"} []"},
		{"{\"n\\u0061me\":\"k\"}", "{\"name\":\"k\"} []"},
		{"{name:\"k\"}", "{\"name\":\"k\"} []"},
		{"{name :\"k\"}", "{\"name\":\"k\"} []"},
		{"{$name_1:\"k\",昵:1,name:\"z\"}", "{\"name\":\"z\"} []"},
		{"{'name':'k'}", "{\"name\":\"k\"} []"},
		{"{1:2,name:'z'}", "{\"name\":\"z\"} []"},
		{"{na me:1}", "null [\"\"]"},
		{"{:1}", "null [\"\"]"},
		/* Comments. */
		{"/*a*/{/*b*/\"name\":/*c*/\"k\"/*d*/,//e\n\"sex\":3/*f*/}/*g*/",
			"{\"name\":\"k\",\"sex\":3} []"},
		{"{\"name\"/**/:\"k\"}", "null [\"\"]"},
		{"//x\r{\"name\":\"k\"}", "{\"name\":\"k\"} []"},
		{"{\"name\":\"k\"/*", "{\"name\":\"k\"} [\"name\"]"},
		{"{\"name\":\"k\"/ }", "null [\"name\"]"},
		/* Commas. */
		{"{\"name\":\"k\",}", "{\"name\":\"k\"} []"},
		{"{\"z\":[1,],\"name\":\"k\"}", "{\"name\":\"k\"} []"},
		{"{\"name\":\"k\",,\"phone\":\"p\"}", "null [\"name\"]"},
		{"{,\"name\":\"k\"}", "null [\"\"]"},
		{"{\"z\":[,1]}", "null [\"z\"]"},
		{"{\"z\":[1,,2]}", "null [\"z\"]"},
		{"{\"name\":\"k\" \"sex\":1}", "null [\"name\"]"},
		{"{\"z\":[1}}", "null [\"z\"]"},
		{"{\"name\":\"k\"]", "null [\"name\"]"},
		/* After the document. */
		{"{\"name\":\"k\"} xx", "{\"name\":\"k\"} []"},
		{"{\"name\":\"k\"}{\"name\":\"z\"}", "{\"name\":\"k\"} []"},
		{"{\"name\":\"k\"},", "{\"name\":\"k\"} []"},
		/* Blanks. */
		{"\v\f\xc2\xa0{\xe3\x80\x80\"name\"\xc2\x85:\xe2\x80\xa8\"k\"\xe2\x80\x8a}",
			"{\"name\":\"k\"} []"},
		{"\xe2\x80\x8b{}", "null [\"\"]"},
		/* The end too early. */
		{"{\"name\":\"k\"", "{\"name\":\"k\"} [\"name\"]"},
		{"{\"name\":\"k\",\"sex\"", "{\"name\":\"k\"} [\"name\"]"},
		{"{\"name\":\"k\",\"sex\":", "{\"name\":\"k\"} [\"sex\"]"},
		{"{\"name\":\"k\",\"sex\":1", "{\"name\":\"k\",\"sex\":1} [\"sex\"]"},
		{"{\"sex\":1,\"name\":\"k", "{\"sex\":1} [\"name\"]"},
		{"{\"sex\":1,\"name\":\"k\\", "{\"sex\":1} [\"name\"]"},
		{"{\"sex\":1,\"name\":\"k\\u00", "{\"sex\":1} [\"name\"]"},
		{"{\"sex\":1,\"zzz\":[{\"a\":", "{\"sex\":1} [\"zzz\"]"},
		{"{\"sex\":1,\"name\":tru", "{\"sex\":1} [\"name\"]"},
		{"{", "{} [\"\"]"},
		/* Not an object. */
		{"", "null []"},
		{"   \r\n", "null []"},
		{"\xef\xbb\xbf", "null []"},
		{"null", "null []"},
		{"\"\"", "null []"},
		{"[]", "null [\"\"]"},
		{"[{\"name\":\"k\"}]", "null [\"\"]"},
		{"\"abc\"", "null [\"\"]"},
		{"\"{\\\"name\\\":\\\"k\\\"}\"", "null [\"\"]"},
		{"5", "null [\"\"]"},
		{"true", "null [\"\"]"},
		{"nul", "null [\"\"]"},
		{"xx", "null [\"\"]"},
		{"\"abc", "null [\"\"]"},
		{"x x", "null [\"\"]"},
		{"}", "null [\"\"]"},
	};

	(void)state;
	check(&shop_member_req_shape, &wxuser, rows, N_OF(rows));
	check(&shop_member_req_shape, &original, rows, N_OF(rows));
}

static void strings(void **state)
{
	static const struct row rows[] = {
		{"{\"name\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\'\"}",
			"{\"name\":\"\\\"\\\\/\\b\\f\\n\\r\\t'\"} []"},
		{"{\"name\":'\"'}", "{\"name\":\"\\\"\"} []"},
		{"{\"name\":\"a\nb\tc\x01!\"}", "{\"name\":\"a\\nb\\tc\\u0001!\"} []"},
		{"{\"name\":\"\\u6635\\uD83D\\uDE00\\u00e9\"}", "{\"name\":\"昵😀é\"} []"},
		{"{\"name\":\"\\ud800\"}", "{\"name\":\"\xef\xbf\xbd\"} []"},
		{"{\"name\":\"\\udc00x\"}", "{\"name\":\"\xef\xbf\xbdx\"} []"},
		{"{\"name\":\"\\ud800\\u0041\"}", "{\"name\":\"\xef\xbf\xbd" "A\"} []"},
		{"{\"name\":\"\\ud800\\ud83d\\ude00\"}", "{\"name\":\"\xef\xbf\xbd😀\"} []"},
		{"{\"name\":\"\\x41\"}", "null [\"name\"]"},
		{"{\"name\":\"\\u00zz\"}", "null [\"name\"]"},
		{"{\"name\":\"\\u12\"}", "null [\"name\"]"},
		{"{\"name\":1}", "{\"name\":\"1\"} []"},
		{"{\"name\":1.50}", "{\"name\":\"1.50\"} []"},
		{"{\"name\":1e2}", "{\"name\":\"1e2\"} []"},
		{"{\"name\":-0}", "{\"name\":\"-0\"} []"},
		{"{\"name\":0x10}", "{\"name\":\"0x10\"} []"},
		{"{\"name\":99999999999999999999}", "{\"name\":\"99999999999999999999\"} []"},
		{"{\"name\":true,\"phone\":false}", "{\"name\":\"true\",\"phone\":\"false\"} []"},
		{"{\"name\":null}", "{} []"},
		{"{\"name\":\"k\",\"name\":null}", "{} []"},
		{"{\"name\":\"\"}", "{\"name\":\"\"} []"},
		{"{\"name\":abc}", "null [\"name\"]"},
		{"{\"name\":undefined}", "null [\"name\"]"},
		{"{\"name\":}", "null [\"name\"]"},
		{"{\"name\":{\"a\":1}}", "null [\"name\"]"},
		{"{\"name\":[\"a\"]}", "null [\"\",\"name\"]"},
		{"{\"name\":\"2025-10-01T05:31:32Z\"}", "{\"name\":\"2025-10-01T05:31:32Z\"} []"},
		{"{\"name\":\"/Date(0)/\"}", "{\"name\":\"/Date(0)/\"} []"},
		{"{\"name\":\"a\\u0000b\",\"sex\":1}", "{\"sex\":1} [\"name\"]"},
		/* At most 18 characters, whatever they take. */
		{"{\"idCard\":\"昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵\"}",
			"{\"idCard\":\"昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵昵\"} []"},
		{"{\"idCard\":\"1234567890123456789\",\"sex\":1}", "{\"sex\":1} [\"idCard\"]"},
	};

	(void)state;
	check(&shop_member_req_shape, &wxuser, rows, N_OF(rows));
	check(&shop_member_req_shape, &original, rows, N_OF(rows));
}

static void integers(void **state)
{
	static const struct row rows[] = {
		{"{\"wxBuyingUserId\":1}", "{\"wxBuyingUserId\":1} []"},
		{"{\"wxBuyingUserId\":\"1\"}", "{\"wxBuyingUserId\":1} []"},
		{"{\"wxBuyingUserId\":\" 1 \"}", "{\"wxBuyingUserId\":1} []"},
		{"{\"wxBuyingUserId\":\"+1\"}", "{\"wxBuyingUserId\":1} []"},
		{"{\"wxBuyingUserId\":-1}", "{\"wxBuyingUserId\":-1} []"},
		{"{\"wxBuyingUserId\":\"-2147483648\"}", "{\"wxBuyingUserId\":-2147483648} []"},
		{"{\"wxBuyingUserId\":2147483647}", "{\"wxBuyingUserId\":2147483647} []"},
		{"{\"wxBuyingUserId\":0x10}", "{\"wxBuyingUserId\":16} []"},
		{"{\"wxBuyingUserId\":010}", "{\"wxBuyingUserId\":8} []"},
		{"{\"wxBuyingUserId\":1.0,\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":1.5,\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":1e2,\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":NaN,\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":-Infinity,\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":2147483648,\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":99999999999999999999,\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":\"1.0\",\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":\"1,000\",\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":\"0x10\",\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":\"abc\",\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":\" \",\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":\"1\\u0000\",\"address\":\"k\"}",
			"{\"address\":\"k\"} [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":true}", "null [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":{}}", "null [\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":[1]}", "null [\"\",\"wxBuyingUserId\"]"},
		{"{\"wxBuyingUserId\":\"x\",\"wxBuyingUserId\":2}",
			"{\"wxBuyingUserId\":2} [\"wxBuyingUserId\"]"},
	};
	/* Of these the original reads nothing more. */
	static const struct row of_wxuser[] = {
		{"{\"gender\":true,\"city\":\"k\"}", "{\"city\":\"k\"} []"},
		{"{\"gender\":{\"a\":[1]},\"city\":\"k\"}", "{\"city\":\"k\"} []"},
		{"{\"gender\":[1,[2]],\"city\":\"k\"}", "{\"city\":\"k\"} []"},
		{"{\"nickname\":{},\"city\":\"k\"}", "{\"city\":\"k\"} []"},
		{"{\"openId\":{},\"city\":\"k\"}", "null [\"openId\"]"},
	};
	static const struct row of_original[] = {
		{"{\"gender\":true}", "null [\"gender\"]"},
		{"{\"gender\":{}}", "null [\"gender\"]"},
		{"{\"gender\":[1]}", "null [\"\",\"gender\"]"},
	};
	static const struct row long_rows[] = {
		{"{\"Id\":1}", "{\"Id\":1} []"},
		{"{\"Id\":\" +1 \"}", "{\"Id\":1} []"},
		{"{\"Id\":\"9223372036854775807\"}", "{\"Id\":9223372036854775807} []"},
		{"{\"Id\":9223372036854775807}", "{\"Id\":9223372036854775807} []"},
		{"{\"Id\":-9223372036854775808}", "{\"Id\":-9223372036854775808} []"},
		{"{\"Id\":1.0,\"RID\":1.50}", "{\"Id\":1,\"RID\":2} []"},
		{"{\"Id\":2.5,\"RID\":3.5}", "{\"Id\":2,\"RID\":4} []"},
		{"{\"Id\":-1.5,\"RID\":-2.5}", "{\"Id\":-2,\"RID\":-2} []"},
		{"{\"Id\":2.4999,\"RID\":2.5001}", "{\"Id\":2,\"RID\":3} []"},
		{"{\"Id\":1e2}", "{\"Id\":100} []"},
		{"{\"Id\":0x10,\"RID\":010}", "{\"Id\":16,\"RID\":8} []"},
		{"{\"Id\":true,\"RID\":false}", "{\"Id\":1} []"},
		{"{\"Id\":9223372036854775808,\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":1e19,\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":NaN,\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":\"9223372036854775808\",\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":\"1.5\",\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":\"0x10\",\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":\"2025-10-01T00:00:00\",\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":[\"1\"],\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":{\"a\":{}},\"RID\":1}", "{\"RID\":1} [\"Id\"]"},
		{"{\"Id\":[1,,],\"RID\":1}", "null [\"Id\"]"},
	};

	(void)state;
	check(&shop_member_req_shape, &wxuser, rows, N_OF(rows));
	check(&shop_member_req_shape, &original, rows, N_OF(rows));
	check(&customer_user_shape, &wxuser, of_wxuser, N_OF(of_wxuser));
	check(&customer_user_shape, &original, of_original, N_OF(of_original));
	check(&city_resident_shape, &wxuser, long_rows, N_OF(long_rows));
	check(&city_resident_shape, &original, long_rows, N_OF(long_rows));
}

static void dates(void **state)
{
	static const struct row rows[] = {
		{"{\"birthday\":\"2025-10-01 05:31:32\"}",
			"{\"birthday\":\"2025-10-01T05:31:32\"} []"},
		{"{\"birthday\":\"\\/Date(1759267892000+0800)\\/\"}",
			"{\"birthday\":\"2025-10-01T05:31:32+08:00\"} []"},
		{"{\"birthday\":\"garbage\",\"sex\":1}", "{\"sex\":1} [\"birthday\"]"},
		{"{\"birthday\":\" \",\"sex\":1}", "{\"sex\":1} [\"birthday\"]"},
		{"{\"birthday\":1759267892,\"sex\":1}", "{\"sex\":1} [\"birthday\"]"},
		{"{\"birthday\":true}", "null [\"birthday\"]"},
		{"{\"birthday\":{}}", "null [\"birthday\"]"},
		{"{\"birthday\":[]}", "null [\"\",\"birthday\"]"},
		{"{\"birthday\":new Date(1759267892000)}", "null [\"birthday\"]"},
	};

	(void)state;
	check(&shop_member_req_shape, &wxuser, rows, N_OF(rows));
	check(&shop_member_req_shape, &original, rows, N_OF(rows));
}

static void no_value_is_unset_but_an_error_to_the_original(void **state)
{
	static const struct {
		const char *json, *wxuser, *original;
	} rows[] = {
		{"{\"sex\":null}", "{} []", "{} [\"sex\"]"},
		{"{\"sex\":\"\"}", "{} []", "{} [\"sex\"]"},
		{"{\"birthday\":null}", "{} []", "{} [\"birthday\"]"},
		{"{\"birthday\":\"\"}", "{} []", "{} [\"birthday\"]"},
	};
	static const struct row sex[] = {{"{\"Sex\":1}", "{\"gender\":1} []"}};
	static const struct row no_sex[] = {{"{\"Sex\":1}", "{} []"}};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		size_t size = strlen(rows[i].json);

		check_bytes(&shop_member_req_shape, &wxuser, rows[i].json, size, rows[i].wxuser);
		check_bytes(
			&shop_member_req_shape, &original, rows[i].json, size, rows[i].original);
	}
	check(&customer_user_shape, &wxuser, sex, 1);
	check(&customer_user_shape, &original, no_sex, 1);
}

static void lists(void **state)
{
	static const struct row rows[] = {
		{"[1,2]", "[1,2] []"},
		{"[\"1\",\" 2 \"]", "[1,2] []"},
		{"[1,]", "[1] []"},
		{"[]", "[] []"},
		{"[2,2,1]", "[2,2,1] []"},
		{"[1,null,3]", "[1,3] [\"[1]\"]"},
		{"[\"\",1.0,\"x\",2147483648,3]", "[3] [\"[0]\",\"[1]\",\"[2]\",\"[3]\"]"},
		{"[1,,2]", "null [\"\"]"},
		{"[true]", "null [\"\"]"},
		{"[[1]]", "null [\"\"]"},
		{"[{}]", "null [\"\"]"},
		{"{\"ids\":[1]}", "null [\"ids\"]"},
		{"{}", "null [\"\"]"},
		{"5", "null [\"\"]"},
		{"null", "null []"},
		{"", "null []"},
	};

	(void)state;
	check(&ids_shape, &wxuser, rows, N_OF(rows));
	check(&ids_shape, &original, rows, N_OF(rows));
	check(&ids_shape, &wxuser, &(struct row){"[1", "null [\"\"]"}, 1);
	check(&ids_shape, &original, &(struct row){"[1", "[1] [\"\"]"}, 1);
}

static void bytes_that_are_no_text(void **state)
{
	static const char utf16_as_utf8[] = "{\0\"\0n\0a\0m\0e\0\"\0:\0\"\0k\0\"\0}";
	static const char nul_in_string[] = "{\"name\":\"a\0b\",\"sex\":1}";
	static const char nul_in_name[] = "{\"name\0\":\"a\",\"sex\":1}";

	(void)state;
	check_bytes(&shop_member_req_shape, &wxuser, "{\"name\":\"\xc4\xe3\"}", 13, "null [\"\"]");
	check_bytes(&shop_member_req_shape, &wxuser, utf16_as_utf8, sizeof(utf16_as_utf8), "{} []");
	check_bytes(&shop_member_req_shape, &wxuser, nul_in_string, sizeof(nul_in_string) - 1,
		"{\"sex\":1} [\"name\"]");
	check_bytes(&shop_member_req_shape, &wxuser, nul_in_name, sizeof(nul_in_name) - 1,
		"{\"sex\":1} []");
}

static void check_depth(unsigned n_arrays, const char *expected)
{
	char json[2 * 1000 + 64];
	size_t size = (size_t)snprintf(json, sizeof(json), "{\"name\":\"k\",\"zzz\":");

	memset(json + size, '[', n_arrays);
	memset(json + size + n_arrays, ']', n_arrays);
	size += 2 * n_arrays;
	size += (size_t)snprintf(json + size, sizeof(json) - size, ",\"sex\":1}");
	check_bytes(&shop_member_req_shape, &wxuser, json, size, expected);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	check_depth(JSON_DEPTH_MAX - 1, "{\"name\":\"k\",\"sex\":1} []");
	check_depth(JSON_DEPTH_MAX, "{\"name\":\"k\"} [\"zzz\"]");
	check_depth(1000, "{\"name\":\"k\"} [\"zzz\"]");
}

static void jackson_is_strict(void **state)
{
	static const struct row rows[] = {
		{" {\"name\" :\t\"k\"\r\n, \"sex\": 1 } ", "{\"name\":\"k\",\"sex\":1} []"},
		{"{\"Name\":\"k\",\"zzz\":[{}]}", "{} []"},
		{"{\"name\":\"1\",\"name\":\"2\"}", "{\"name\":\"2\"} []"},
		{"{\"name\":1.50,\"phone\":true}", "{\"name\":\"1.50\",\"phone\":\"true\"} []"},
		{"{\"name\":null}", "{} []"},
		{"{\"name\":\"\\u6635\\/\"}", "{\"name\":\"昵/\"} []"},
		{"{\"$ref\":\"1\",\"name\":\"k\"}", "{\"name\":\"k\"} []"},
		{"{\"name\":\"k\"} xx", "{\"name\":\"k\"} []"},
		{"{\"name\":\"k\",}", "null [\"name\"]"},
		{"{\"z\":[1,]}", "null [\"z\"]"},
		{"{'name':\"k\"}", "null [\"\"]"},
		{"{\"name\":'k'}", "null [\"name\"]"},
		{"{name:\"k\"}", "null [\"\"]"},
		{"{\"name\":/**/\"k\"}", "null [\"name\"]"},
		{"{\"name\":\"a\nb\"}", "null [\"name\"]"},
		{"{\"name\":\"\\'\"}", "null [\"name\"]"},
		{"{\xc2\xa0}", "null [\"\"]"},
		{"{\"z\":NaN}", "null [\"z\"]"},
		{"{\"z\":01}", "null [\"z\"]"},
		{"{\"z\":0x1}", "null [\"z\"]"},
		{"{\"z\":.5}", "null [\"z\"]"},
		{"{\"z\":5.}", "null [\"z\"]"},
		{"{\"z\":+1}", "null [\"z\"]"},
		{"{\"z\":[-0.5e+1,0,10E-2]}", "{} []"},
		{"{\"name\":\"k\"", "null [\"name\"]"},
		{"{\"name\":{}}", "null [\"name\"]"},
		{"null", "null []"},
		{"[]", "null [\"\"]"},
	};

	(void)state;
	check(&shop_member_req_shape, &jackson, rows, N_OF(rows));
}

static const struct text *even(const char *value)
{
	static const struct text odd = {
		"字符数须为偶数。", "An even number of characters is required."};

	return strlen(value) % 2 == 0 ? NULL : &odd;
}

struct ruled {
	const char *code;
	int32_t number;
	struct date date;
	bool is_true, is_one;
};

static const struct field ruled_fields[] = {
	FIELD(struct ruled, code, STR, .name = "code", .is_required = true, .check = even),
	FIELD(struct ruled, number, INT32, .name = "number", .is_required = true),
	FIELD(struct ruled, date, DATE, .name = "date", .is_required = true),
	FIELD(struct ruled, is_true, BOOL, .name = "isTrue"),
	FIELD(struct ruled, is_one, FLAG, .name = "isOne"),
	FIELD_END
};

static const struct shape ruled_shape = {
	.name = "Ruled", .size = sizeof(struct ruled), .fields = ruled_fields,
};

static void rules_of_the_table(void **state)
{
	static const struct row rows[] = {
		{"{\"code\":\"ab\",\"number\":0,\"date\":\"2025-10-01\"}",
			"{\"code\":\"ab\",\"date\":\"2025-10-01T00:00:00\"} []"},
		{"{}", "{} [\"code\",\"number\",\"date\"]"},
		{"{\"code\":\"\",\"number\":\"\",\"date\":null}",
			"{\"code\":\"\"} [\"code\",\"number\",\"date\"]"},
		{"{\"code\":\"abc\",\"number\":1,\"date\":\"2025-10-01\"}",
			"{\"number\":1,\"date\":\"2025-10-01T00:00:00\"} [\"code\"]"},
		{"null", "null []"},
	};

	(void)state;
	check(&ruled_shape, &wxuser, rows, N_OF(rows));
}

static void booleans(void **state)
{
	static const struct row rows[] = {
		{"{\"isTrue\":true,\"isOne\":true}", "{\"isTrue\":true,\"isOne\":true} []"},
		{"{\"isTrue\":false,\"isOne\":0}", "{} []"},
		{"{\"isTrue\":\"True\",\"isOne\":1}", "{\"isTrue\":true,\"isOne\":true} []"},
		{"{\"isTrue\":\"yes\",\"isOne\":\"1\"}", "{} [\"isTrue\",\"isOne\"]"},
	};
	static const struct shape shape = {
		.name = "Booleans", .size = sizeof(struct ruled), .fields = &ruled_fields[3],
	};

	(void)state;
	check(&shape, &wxuser, rows, N_OF(rows));
}

static void only_so_many_errors_are_kept(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct buf buf = {0};
	struct binding binding;
	struct body body = {.content_type = "application/json"};
	int n = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_append_str(&buf, i == 0 ? "[7" : ",\"\"");
	buf_append_str(&buf, ",8]");
	body.bytes = buf.data;
	body.size = buf.size;
	bind_json(&ids_shape, &wxuser, arena, &body, &binding);
	for (const struct bind_error *error = binding.errors; error != NULL; error = error->next)
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(((const struct int32_list *)binding.model)->n_items, 2);
	buf_release(&buf);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents),
		cmocka_unit_test(strings),
		cmocka_unit_test(integers),
		cmocka_unit_test(dates),
		cmocka_unit_test(no_value_is_unset_but_an_error_to_the_original),
		cmocka_unit_test(lists),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(jackson_is_strict),
		cmocka_unit_test(rules_of_the_table),
		cmocka_unit_test(booleans),
		cmocka_unit_test(only_so_many_errors_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
