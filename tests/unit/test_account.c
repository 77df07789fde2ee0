#include "unit.h"

#include "account/dialect.h"
#include "asking.h"
#include "conf.h"
#include "service.h"

struct thing {
	const char *name;
	bool is_one;
};

static const struct field thing_fields[] = {
	FIELD(struct thing, name, STR, .name = "name"),
	FIELD(struct thing, is_one, FLAG, .name = "isOne"),
	FIELD_END
};

static const struct shape thing_shape = {
	.name = "Thing", .size = sizeof(struct thing), .fields = thing_fields,
};

static enum err run_thing(struct request *req)
{
	*(struct thing *)req->out = (struct thing){.name = "a\"b", .is_one = true};
	return ERR_NONE;
}

static const struct endpoint thing = {
	.dialect = &account_dialect, .path = "account_api/thing", .method = "POST",
	.summary = {"某物", "a thing"}, .access = ACCESS_ANYBODY, .answer = ANSWER_ENVELOPED,
	.response = &thing_shape, .run = run_thing,
};
static const struct endpoint *const endpoints[] = {&thing, NULL};
static const struct dialect *const dialects[] = {&account_dialect, NULL};
static const struct service service = {
	.name = "test", .endpoints = endpoints, .dialects = dialects,
};

static void the_payload_stands_where_the_configuration_says(void **state)
{
#define PAYLOAD "\"name\":\"a\\\"b\",\"isOne\":1"
	static const struct {
		const char *envelope, *body;
	} answers[] = {
		{"flat", "{\"msg\":\"Success\",\"code\":200," PAYLOAD "}"},
		{"nested", "{\"msg\":\"Success\",\"code\":200,\"data\":{" PAYLOAD "}}"},
		{"both", "{\"msg\":\"Success\",\"code\":200," PAYLOAD ",\"data\":{" PAYLOAD
			 "}}"},
	};
	struct asking *asking = *state;

	for (size_t i = 0; i < N_OF(answers); i++) {
		asking->conf->account_envelope = answers[i].envelope;
		ask(asking, &service, "/account_api/thing", "");
		assert_string_equal(asking->req.response.content_type, "application/json");
		assert_string_equal(asking->req.response.body.data, answers[i].body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_payload_stands_where_the_configuration_says,
			asking_set_up, asking_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
