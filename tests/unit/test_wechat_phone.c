#include "unit.h"

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "loopback.h"
#include "scratch.h"
#include "transferring.h"
#include "wechat.h"
#include "wechat_phone.h"

#define PATH "/wxa/business/getuserphonenumber"
#define INFO(members)                                                                           \
	LOOPBACK_TEXT("{\"errcode\":0,\"errmsg\":\"ok\",\"phone_info\":{" members "}}")
#define WATERMARK "\"watermark\":{\"timestamp\":1700000000,\"appid\":\"wx0123456789abcdef\"}"

static const struct wechat_phone_code code = {
	.access_token = "81_a+b", .openid = "oAbC1-xyz", .code = "CODE",
};

static struct wechat *wechat_within(long ms, const char *url)
{
	const struct conf conf = {
		.wechat_base_url = url,
		.wechat_connect_timeout_ms = ms,
		.wechat_total_timeout_ms = ms,
	};

	return wechat_new(&conf, test_transfers, NULL);
}

static enum err fetch(struct wechat *wechat, struct wechat_phone *phone_r)
{
	return wechat_fetch_phone(wechat, arena, &code, wechat_deadline_us(wechat), phone_r);
}

/* Asks once at a server that answers so. */
static enum err fetch_from(const char *reply, struct wechat_phone *phone_r)
{
	const struct scene scenes[] = {SCENE(PATH, reply), SCENES_END};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_within(20000, loopback_url(server));
	enum err err = fetch(wechat, phone_r);

	assert_int_equal(loopback_n_requests(server, PATH), 1);
	wechat_free(wechat);
	loopback_stop(server);
	return err;
}

static void the_call_names_code_and_openid(void **state)
{
	static const struct scene scenes[] = {
		SCENE(PATH, INFO("\"purePhoneNumber\":\"13900000000\",\"countryCode\":\"86\","
			WATERMARK)),
		SCENES_END,
	};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_within(20000, loopback_url(server));
	struct wechat_phone phone;

	(void)state;
	assert_int_equal(fetch(wechat, &phone), ERR_NONE);
	assert_string_equal(phone.number, "13900000000");
	assert_string_equal(phone.appid, "wx0123456789abcdef");
	assert_string_equal(loopback_last_request(server),
		"POST " PATH "?access_token=81_a%2Bb HTTP/1.1");
	assert_string_equal(loopback_last_body(server),
		"{\"code\":\"CODE\",\"openid\":\"oAbC1-xyz\"}");
	wechat_free(wechat);
	loopback_stop(server);
}

static void a_number_has_one_form(void **state)
{
	static const struct {
		const char *reply, *number;
	} cases[] = {
		{INFO("\"phoneNumber\":\"13900000000\",\"purePhoneNumber\":\"13900000000\","
		      "\"countryCode\":86," WATERMARK), "13900000000"},
		{INFO("\"phoneNumber\":\"13900000000\"," WATERMARK), "13900000000"},
		{INFO("\"phoneNumber\":\"+8613900000000\"," WATERMARK), "13900000000"},
		{INFO("\"phoneNumber\":\"+852 51234567\",\"purePhoneNumber\":\"51234567\","
		      "\"countryCode\":\"852\"," WATERMARK), "+85251234567"},
		{INFO("\"purePhoneNumber\":\"51234567\",\"countryCode\":852," WATERMARK),
			"+85251234567"},
	};
	struct wechat_phone phone;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		assert_int_equal(fetch_from(cases[i].reply, &phone), ERR_NONE);
		assert_string_equal(phone.number, cases[i].number);
	}
}

static void without_a_number_it_is_no_answer(void **state)
{
	static const char *const replies[] = {
		NULL,
		LOOPBACK_TEXT("{\"errcode\":0,\"errmsg\":\"ok\"}"),
		LOOPBACK_TEXT("{\"errcode\":0,\"phone_info\":\"13900000000\"}"),
		INFO(WATERMARK),
		INFO("\"purePhoneNumber\":\"12345\",\"countryCode\":\"86\"," WATERMARK),
		INFO("\"purePhoneNumber\":13900000000,\"countryCode\":\"86\"," WATERMARK),
		INFO("\"purePhoneNumber\":\"13900000000\",\"countryCode\":\"-7\"," WATERMARK),
		LOOPBACK_TEXT("<html></html>"),
	};
	struct wechat_phone phone;

	(void)state;
	for (size_t i = 0; i < N_OF(replies); i++)
		assert_int_equal(fetch_from(replies[i], &phone), ERR_UPSTREAM);
}

static void a_watermark_may_be_missing(void **state)
{
	struct wechat_phone phone;

	(void)state;
	assert_int_equal(fetch_from(INFO("\"phoneNumber\":\"13900000000\""), &phone), ERR_NONE);
	assert_null(phone.appid);
}

static void every_errcode_has_its_class(void **state)
{
	static const struct {
		int errcode;
		enum err err;
	} cases[] = {
		{-1, ERR_UPSTREAM_BUSY}, {45009, ERR_UPSTREAM_BUSY}, {45011, ERR_RATE},
		{40029, ERR_PHONE_CODE_INVALID}, {40003, ERR_PHONE_CODE_INVALID},
		{40001, ERR_UPSTREAM_TOKEN},
		{40014, ERR_UPSTREAM_TOKEN}, {42001, ERR_UPSTREAM_TOKEN},
		{40013, ERR_UPSTREAM_CONFIG}, {48001, ERR_UPSTREAM_CONFIG},
	};
	struct wechat_phone phone;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(fetch_from(arena_printf(arena,
			LOOPBACK_TEXT("{\"errcode\":%d,\"errmsg\":\"x, rid: 1-2-3\"}"),
			cases[i].errcode), &phone), cases[i].err);
}

static void an_unreachable_host_got_nothing(void **state)
{
	char *url = arena_printf(arena, "http://127.0.0.1:%d", loopback_free_port());
	struct wechat *wechat = wechat_within(20000, url);
	struct wechat_phone phone;

	(void)state;
	assert_int_equal(fetch(wechat, &phone), ERR_UPSTREAM_UNSENT);
	wechat_free(wechat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_TWICE(the_call_names_code_and_openid),
		TEST_TWICE(a_number_has_one_form),
		TEST_TWICE(without_a_number_it_is_no_answer),
		TEST_TWICE(a_watermark_may_be_missing),
		TEST_TWICE(every_errcode_has_its_class),
		TEST_TWICE(an_unreachable_host_got_nothing),
	};

	return cmocka_run_group_tests_name(
		"wechat_phone", tests, transferring_set_up, transferring_tear_down);
}
