#include "unit.h"

/*
 * Forms and queries to models, row by row of what Web API 2 does with them, and where wxuser is
 * wider.
 */

#include "arena.h"
#include "bind.h"
#include "bound.h"
#include "city/dialect.h"
#include "customer/dialect.h"
#include "models.h"
#include "shop/dialect.h"

#define ARENA_LIMIT (4 << 20)

#define FORM "application/x-www-form-urlencoded"

static const struct bind_options wxuser = {.flavour = JSON_NET};
static const struct bind_options original = {.flavour = JSON_NET, .is_emulating = true};

struct row {
	const char *text, *outcome;
};

static void check_form(const struct shape *shape, const struct bind_options *options,
	const char *type, const char *text, const char *expected)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	const struct body body = {.bytes = text, .size = strlen(text), .content_type = type};
	struct binding binding;
	const char *found;

	bind_form(shape, options, arena, &body, &binding);
	found = bound_to_text(arena, shape, &binding);
	if (strcmp(found, expected) != 0)
		fail_msg("%s: %s instead of %s", text, found, expected);
	arena_free(arena);
}

static void check(const struct shape *shape, const struct bind_options *options,
	const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++)
		check_form(shape, options, FORM, rows[i].text, rows[i].outcome);
}

/* As in JSON an empty string is a string. */
static void forms_where_json_is_exact(void **state)
{
	static const struct bind_options exact = {.flavour = JSON_EXACT};
	static const struct row rows[] = {
		{"OpenId=", "{\"OpenId\":\"\"} []"},
		{"OpenId=+", "{\"OpenId\":\" \"} []"},
		{"Id=", "{} []"},
	};

	(void)state;
	check(&city_resident_shape, &exact, rows, N_OF(rows));
}

static void forms(void **state)
{
	static const struct row rows[] = {
		{"OPENID=o&name=n", "{\"OpenId\":\"o\",\"Name\":\"n\"} []"},
		{"Name=a+b%20c%2Bd", "{\"Name\":\"a b c+d\"} []"},
		{"Name=a=b", "{\"Name\":\"a=b\"} []"},
		{"Name=a;Id=1", "{\"Name\":\"a;Id=1\"} []"},
		{"&&Name=a&&", "{\"Name\":\"a\"} []"},
		{"%4Eame=a", "{\"Name\":\"a\"} []"},
		{"Name=%zz%", "{\"Name\":\"%zz%\"} []"},
		{"Name=%u5f20", "{\"Name\":\"%u5f20\"} []"},
		{"Name=%E5%BC%A0", "{\"Name\":\"张\"} []"},
		{"Name=%D5%C5", "{\"Name\":\"\xef\xbf\xbd\xef\xbf\xbd\"} []"},
		{"Name=\xd5\xc5", "{\"Name\":\"\xef\xbf\xbd\xef\xbf\xbd\"} []"},
		{"Name=a%E5%BCb%A0", "{\"Name\":\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"} []"},
		{"Name=&OpenId=+", "{} []"},
		{"Name&Id=3", "{\"Id\":3} []"},
		{"Name=a%00b&Id=1", "{\"Id\":1} [\"Name\"]"},
		{"Name%00=a", "{} []"},
		{"Id=+7+", "{\"Id\":7} []"},
		{"Id=%2B7", "{\"Id\":7} []"},
		{"Id=0x10&RID=-5", "{\"Id\":16,\"RID\":-5} []"},
		{"Id=9223372036854775807", "{\"Id\":9223372036854775807} []"},
		{"Id=abc&Name=k", "{\"Name\":\"k\"} [\"Id\"]"},
		{"Id=1.5", "{} [\"Id\"]"},
		{"Id=1,000", "{} [\"Id\"]"},
		{"Id=null", "{} [\"Id\"]"},
		{"Id=0x", "{} [\"Id\"]"},
		{"Id=1%00", "{} [\"Id\"]"},
		{"Id=99999999999999999999", "{} [\"Id\"]"},
		{"Id=1&Id=2", "{\"Id\":1} []"},
		{"Name[]=a&Name[]=b", "{\"Name\":\"a\"} []"},
		{"model.Id=4&model[Id]=4&[Id]=4", "{} []"},
		{"Name[0]=a&Name[1]=b", "{} []"},
		{"Name=a&Name[x]=b", "{\"Name\":\"a\"} []"},
		{"Name[=a", "null [\"\"]"},
		{"{\"Id\":\"1\"}", "{} []"},
		{"IDCard=1234567890123456789", "{} [\"IDCard\"]"},
		{"", "null []"},
	};

	(void)state;
	check(&city_resident_shape, &wxuser, rows, N_OF(rows));
	check(&city_resident_shape, &original, rows, N_OF(rows));
}

static void dates_in_forms(void **state)
{
	static const struct row rows[] = {
		{"birthday=2025-10-01+05:31:32", "{\"birthday\":\"2025-10-01T05:31:32\"} []"},
		{"birthday=2025-10-01T05:31:32Z",
			"{\"birthday\":\"2025-10-01T13:31:32+08:00\"} []"},
		{"birthday=2025%2F10%2F1", "{\"birthday\":\"2025-10-01T00:00:00\"} []"},
		{"birthday=garbage&sex=1", "{\"sex\":1} [\"birthday\"]"},
		{"sex=2147483648", "{} [\"sex\"]"},
	};

	(void)state;
	check(&shop_member_req_shape, &wxuser, rows, N_OF(rows));
	check(&shop_member_req_shape, &original, rows, N_OF(rows));
}

static void lists_in_forms(void **state)
{
	static const struct row rows[] = {
		{"=1&=2", "[1,2] []"},
		{"[]=1&[]=2", "[1,2] []"},
		{"[0]=1&[1]=2", "[1,2] []"},
		{"[1]=2&[0]=1", "[1,2] []"},
		{"[0]=1&[2]=3", "[1] []"},
		{"[0]=1&[0]=2", "[1] []"},
		{"[0]=9&=1", "[1] []"},
		{"[99999999999999999999]=1", "[] []"},
		{"[0]x=1", "[] []"},
		{"ids=1&ids=2", "[] []"},
		{"=1&=x&=3&=", "[1,3] [\"[1]\",\"[3]\"]"},
		{"=1&[=2", "null [\"\"]"},
		{"", "null []"},
	};

	(void)state;
	check(&ids_shape, &wxuser, rows, N_OF(rows));
	check(&ids_shape, &original, rows, N_OF(rows));
}

static void what_wxuser_takes_and_the_original_does_not(void **state)
{
	static const struct {
		const struct shape *shape;
		const char *type, *text, *wxuser, *original;
	} rows[] = {
		{&customer_user_shape, FORM, "openId=o&nickname=n&gender=1&avatarUrl=a",
			"{\"openId\":\"o\",\"nickname\":\"n\",\"gender\":1,\"avatarUrl\":\"a\"} []",
			"{\"openId\":\"o\",\"nickname\":\"n\"} []"},
		{&customer_user_shape, FORM, "gender=1&Sex=2&gender=3", "{\"gender\":2} []",
			"{\"gender\":2} []"},
		{&customer_user_shape, FORM, "Sex=2&gender=1", "{\"gender\":2} []",
			"{\"gender\":2} []"},
		{&customer_user_shape, FORM, "Sex=x", "{} []", "{} [\"Sex\"]"},
		{&city_resident_shape, FORM, "Id=&Name=k", "{\"Name\":\"k\"} []",
			"{\"Name\":\"k\"} [\"Id\"]"},
		{&shop_member_req_shape, FORM, "birthday=&sex=+", "{} []",
			"{} [\"sex\",\"birthday\"]"},
		{&city_resident_shape, FORM "; charset=gbk", "Name=%D5%C5", "{\"Name\":\"张\"} []",
			"{\"Name\":\"\xef\xbf\xbd\xef\xbf\xbd\"} []"},
		{&city_resident_shape, FORM "; charset=gbk", "Name=\xd5\xc5&OpenId=%E5%BC%A0",
			"{\"OpenId\":\"张\",\"Name\":\"张\"} []",
			"{\"OpenId\":\"张\",\"Name\":\"\xef\xbf\xbd\xef\xbf\xbd\"} []"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		check_form(rows[i].shape, &wxuser, rows[i].type, rows[i].text, rows[i].wxuser);
		check_form(rows[i].shape, &original, rows[i].type, rows[i].text,
			rows[i].original);
	}
}

static void check_query(const struct shape *shape, const char *query, const char *expected)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct binding binding;
	const char *found;

	bind_query(shape, &wxuser, arena, query, &binding);
	found = binding.is_missing ? "missing" : bound_to_text(arena, shape, &binding);
	if (strcmp(found, expected) != 0)
		fail_msg("?%s: %s instead of %s", query, found, expected);
	arena_free(arena);
}

static void queries(void **state)
{
	static const struct row ids[] = {
		{"id=7", "{\"id\":7} []"},
		{"ID=7", "{\"id\":7} []"},
		{"Id=%207%20", "{\"id\":7} []"},
		{"id=+7", "{\"id\":7} []"},
		{"id=%2B7", "{\"id\":7} []"},
		{"id=007", "{\"id\":7} []"},
		{"id=0x7", "{\"id\":7} []"},
		{"id=-7", "{\"id\":-7} []"},
		{"id=7&foo=1", "{\"id\":7} []"},
		{"id=7&id=8", "{\"id\":7} []"},
		{"Id=7&id=9", "{\"id\":7} []"},
		{"", "missing"},
		{"foo=7", "missing"},
		{"id=", "{} [\"id\"]"},
		{"id", "{} [\"id\"]"},
		{"id=%20", "{} [\"id\"]"},
		{"id=abc", "{} [\"id\"]"},
		{"id=1.0", "{} [\"id\"]"},
		{"id=1,2", "{} [\"id\"]"},
		{"id=7;8", "{} [\"id\"]"},
		{"id=null", "{} [\"id\"]"},
		{"id=99999999999", "{} [\"id\"]"},
	};
	static const struct row open_ids[] = {
		{"openId=x", "{\"openId\":\"x\"} []"},
		{"openid=X", "{\"openId\":\"X\"} []"},
		{"openId=a+b%2B", "{\"openId\":\"a b+\"} []"},
		{"openId=%E5%BC%A0", "{\"openId\":\"张\"} []"},
		{"openId=", "{} []"},
		{"openId", "{} []"},
		{"openId=o%00", "{} [\"openId\"]"},
		{"", "missing"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(ids); i++)
		check_query(&id_shape, ids[i].text, ids[i].outcome);
	for (size_t i = 0; i < N_OF(open_ids); i++)
		check_query(&open_id_shape, open_ids[i].text, open_ids[i].outcome);
	check_query(&id_shape, NULL, "missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(forms_where_json_is_exact),
		cmocka_unit_test(dates_in_forms),
		cmocka_unit_test(lists_in_forms),
		cmocka_unit_test(what_wxuser_takes_and_the_original_does_not),
		cmocka_unit_test(queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
