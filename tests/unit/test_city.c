#include "unit.h"

#include "arena.h"
#include "asking.h"
#include "city/memberships.h"
#include "conf.h"
#include "json_writer.h"
#include "resident.h"
#include "service.h"


struct thing {
	int64_t number;
};

static const struct field thing_fields[] = {
	FIELD(struct thing, number, INT64, .name = "Number"),
	FIELD_END
};

static const struct shape thing_shape = {
	.name = "Thing", .size = sizeof(struct thing), .fields = thing_fields,
};

static enum err outcome;

static enum err run_thing(struct request *req)
{
	*(struct thing *)req->out = *(const struct thing *)req->in;
	return outcome;
}

static enum err run_nothing(struct request *req)
{
	(void)req;
	return outcome;
}

#define THING(path_, answer_, response_, run_)                                                  \
	{                                                                                       \
		.dialect = &city_dialect, .path = path_, .method = "POST",               \
		.summary = {"某物", "a thing"},                                                 \
		.access = ACCESS_ANYBODY, .source = FROM_BODY, .request = &thing_shape,         \
		.answer = answer_, .response = response_, .run = run_,                          \
	}

static const struct endpoint echo = THING("city/echo", ANSWER_ENVELOPED, &thing_shape, run_thing);
static const struct endpoint silent = THING("city/silent", ANSWER_EMPTY, NULL, run_nothing);
static const struct endpoint *const endpoints[] = {&echo, &silent, NULL};
static const struct dialect *const dialects[] = {&city_dialect, NULL};
static const struct service service = {
	.name = "test", .endpoints = endpoints, .dialects = dialects,
};

static void success_stands_in_the_envelope(void **state)
{
	struct asking *f = *state;

	ask(f, &service, "/city/echo", "{\"number\":\"9223372036854775807\"}");
	assert_int_equal(f->req.response.status, 200);
	assert_string_equal(f->req.response.content_type, "application/json; charset=utf-8");
	assert_string_equal(f->req.response.body.data,
		"{\"Data\":{\"Number\":\"9223372036854775807\"},\"Ret\":0,\"ErrCode\":0,"
		"\"Msg\":\"\",\"SeqId\":7,\"InfoMsg\":null}");
	ask(f, &service, "/city/silent", "{}");
	assert_string_equal(f->req.response.body.data,
		"{\"Data\":null,\"Ret\":0,\"ErrCode\":0,\"Msg\":\"\",\"SeqId\":7,"
		"\"InfoMsg\":null}");
}

static void what_cannot_be_bound_is_a_parameter_error(void **state)
{
	static const struct {
		const char *body, *msg;
	} cases[] = {
		{"", "Invalid parameter"},
		{"null", "Invalid parameter"},
		{"[]", "Invalid parameter"},
		{"{\"number\":\"abc\"}", "Invalid parameter: Number"},
	};
	struct asking *f = *state;

	for (size_t i = 0; i < N_OF(cases); i++) {
		ask(f, &service, "/city/echo", cases[i].body);
		assert_int_equal(f->req.response.status, 200);
		assert_string_equal(f->req.response.body.data,
			arena_printf(f->arena,
				"{\"Data\":null,\"Ret\":1,\"ErrCode\":1001,\"Msg\":\"%s\","
				"\"SeqId\":7,\"InfoMsg\":null}",
				cases[i].msg));
	}
}

static void each_error_has_its_numbers(void **state)
{
	static const struct {
		enum err err;
		int ret, err_code;
	} cases[] = {
		{ERR_PARAMETER, 1, 1001},
		{ERR_REGION_UNKNOWN, 1, 1006},
		{ERR_RATE, 2, 0},
		{ERR_SMS_RATE, 2, 0},
		{ERR_UNAUTHORIZED, 3, 0},
		{ERR_FORBIDDEN, 3, 0},
		{ERR_USER_UNKNOWN, 3, 0},
		{ERR_BUSY, 4, 0},
		{ERR_INTERNAL, 4, 0},
		{ERR_CARD_LOST, 4, 0},
		{ERR_VERIFY_CODE_WRONG, 5, 5001},
		{ERR_VERIFY_CODE_NEEDED, 5, 5005},
		{ERR_MAINTENANCE, 6, 0},
		{ERR_TOKEN_EXPIRED, 7, 0},
	};
	struct asking *f = *state;

	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *head = arena_printf(f->arena,
			"{\"Data\":null,\"Ret\":%d,\"ErrCode\":%d,\"Msg\":\"", cases[i].ret,
			cases[i].err_code);
		const char *body;

		outcome = cases[i].err;
		ask(f, &service, "/city/echo", "{}");
		body = f->req.response.body.data;
		assert_int_equal(f->req.response.status, 200);
		assert_memory_equal(body, head, strlen(head));
		assert_int_not_equal(body[strlen(head)], '"');
	}
	outcome = ERR_NONE;
}

/* A rule's faults that share a number could not be told apart by a client. */
static void no_two_errors_share_an_err_code(void **state)
{
	const struct dialect_error *errors = city_dialect.errors;

	(void)state;
	for (int a = 0; a < ERR_N; a++) {
		for (int b = 0; b < a; b++) {
			if (errors[a].detail != 0)
				assert_int_not_equal(errors[a].detail, errors[b].detail);
		}
		if (errors[a].detail != 0)
			assert_int_equal(errors[a].detail / 1000, errors[a].code);
	}
}

static void the_framework_refuses_bare(void **state)
{
	struct asking *f = *state;

	ask(f, &service, "/city/elsewhere", "{}");
	assert_int_equal(f->req.response.status, 404);
	assert_string_equal(f->req.response.body.data,
		"{\"Message\":\"No HTTP resource was found that matches the request URI "
		"'http://h/x'.\"}");
}

static void a_membership_has_its_28_members(void **state)
{
	static const int64_t dutys[] = {100001, 100002}, role_ids[] = {INT64_MAX};
	struct membership member = {
		.id = 11, .role_type = 5, .role_type_name = "调解员", .user_id = "zhang",
		.dutys = dutys, .n_dutys = 2, .role_ids = role_ids, .n_role_ids = 1,
		.community_id = 12, .community_name = "组", .region_level = 1,
		.region = {.chain = {{43, "湖南省"}, {4301, NULL}}},
		.organisation_id = INT64_MAX, .organisation_name = "局",
		.organisation_region_level = 2, .business_type = 3, .unit_type = 4,
	};
	const struct saved_resident saved = {
		.resident = {
			.id = 7, .name = "张三", .phone = "13900000001", .id_card = "",
			.region_code = 430100, .region_names = "长沙", .head_portrait = "h",
			.created_us = 1759267892000000,
		},
		.memberships = {.members = &member, .n_members = 1},
	};
	struct asking *f = *state;
	struct city_memberships shown;

	f->req = (struct request){.arena = f->arena, .conf = f->conf};
	shown = city_memberships_from(&f->req, "o", &saved);
	json_write(&f->req.response.body, &city_memberships_shape, &shown);
	assert_string_equal(f->req.response.body.data,
		"[{\"RoleTypeDesc\":\"调解员\",\"GName\":\"组\",\"UMID\":\"11\","
		"\"UserId\":\"zhang\",\"MobilePhone\":\"13900000001\",\"Name\":\"张三\","
		"\"GID\":\"12\",\"CorpId\":null,\"RL\":1,\"ORL\":2,\"BusinessType\":3,\"UT\":4,"
		"\"ProvinceId\":\"43\",\"ProvinceName\":\"湖南省\",\"CityId\":\"4301\","
		"\"CityName\":null,\"CountyId\":\"0\",\"CountyName\":null,\"TownId\":\"0\","
		"\"TownName\":null,\"VillageId\":\"0\",\"VillageName\":null,"
		"\"OrgID\":\"9223372036854775807\",\"OrgName\":\"局\",\"RoleType\":5,"
		"\"WXUserInfo\":{\"Id\":\"7\",\"OpenId\":\"o\",\"Name\":\"张三\","
		"\"MobilePhone\":\"13900000001\",\"IDCard\":\"\",\"RID\":\"430100\","
		"\"RNames\":\"长沙\",\"HeadPortrait\":\"h\",\"CTime\":\"2025-10-01 05:31:32\","
		"\"VerifyCode\":null},\"Dutys\":[100001,100002],"
		"\"RoleIds\":[\"9223372036854775807\"]}]");
}

static void what_is_personal_is_masked_where_asked(void **state)
{
	static const struct {
		bool is_masked;
		const char *phone, *id_card;
	} cases[] = {
		{false, "13900000001", "11010519491231002X"},
		{true, "139****0001", "110****002X"},
	};
	struct membership member = {0};
	const struct saved_resident saved = {
		.resident = {.phone = cases[0].phone, .id_card = cases[0].id_card},
		.memberships = {.members = &member, .n_members = 1},
	};
	struct asking *f = *state;

	f->req = (struct request){.arena = f->arena, .conf = f->conf};
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct city_memberships shown;
		const struct city_member *first;
		const struct city_resident *resident;

		f->conf->city_mask_output = cases[i].is_masked;
		shown = city_memberships_from(&f->req, "o", &saved);
		first = shown.members.items;
		resident = first->resident;
		assert_string_equal(first->mobile_phone, cases[i].phone);
		assert_string_equal(resident->mobile_phone, cases[i].phone);
		assert_string_equal(resident->id_card, cases[i].id_card);
		assert_null(resident->verify_code);
	}
}

int main(void)
{
#define CITY_TEST(test) \
	cmocka_unit_test_setup_teardown(test, asking_set_up, asking_tear_down)
	const struct CMUnitTest tests[] = {
		CITY_TEST(success_stands_in_the_envelope),
		CITY_TEST(what_cannot_be_bound_is_a_parameter_error),
		CITY_TEST(each_error_has_its_numbers),
		CITY_TEST(no_two_errors_share_an_err_code),
		CITY_TEST(a_membership_has_its_28_members),
		CITY_TEST(what_is_personal_is_masked_where_asked),
		CITY_TEST(the_framework_refuses_bare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
