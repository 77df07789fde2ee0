#include "unit.h"

#include "arena.h"
#include "conf.h"
#include "loopback.h"
#include "scratch.h"
#include "transferring.h"
#include "wechat.h"

#define OPENID "oAbC1-xyz_0123456789ABCDEFGH"
#define SESSION_KEY "tiihtNczf5v6AKRyjwEUhQ=="
#define OK LOOPBACK_TEXT("{\"errcode\":0,\"errmsg\":\"ok\"}")

static const struct wechat_app mini = {APP_MINI, "wx0123456789abcdef", "SECRET \"quoted\""};

/* A client and the two servers that play WeChat for it. */
struct play {
	struct loopback *server, *second;
	struct wechat *wechat;
};

static struct play play_open(const struct scene *scenes, const struct scene *second)
{
	struct play play = {.server = loopback_start(scenes)};
	struct conf conf = {
		.wechat_base_url = loopback_url(play.server),
		.wechat_connect_timeout_ms = 20000,
		.wechat_total_timeout_ms = 20000,
	};

	if (second != NULL) {
		play.second = loopback_start(second);
		conf.wechat_second_url = loopback_url(play.second);
	}
	play.wechat = wechat_new(&conf, test_transfers, NULL);
	return play;
}

static void play_close(struct play *play)
{
	wechat_free(play->wechat);
	loopback_stop(play->server);
	if (play->second != NULL)
		loopback_stop(play->second);
}

static void an_app_gets_its_token(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/cgi-bin/stable_token",
			LOOPBACK_TEXT("{\"access_token\":\"81_x\",\"expires_in\":7200}")),
		SCENES_END,
	};
	struct play play = play_open(scenes, NULL);
	struct wechat_token token;

	(void)state;
	assert_int_equal(wechat_fetch_token(play.wechat, arena, &mini, 0, &token), ERR_NONE);
	assert_string_equal(token.text, "81_x");
	assert_int_equal(token.expires_in_s, 7200);
	assert_string_equal(loopback_last_request(play.server),
		"POST /cgi-bin/stable_token HTTP/1.1");
	assert_string_equal(loopback_last_body(play.server),
		"{\"grant_type\":\"client_credential\",\"appid\":\"wx0123456789abcdef\","
		"\"secret\":\"SECRET \\\"quoted\\\"\"}");
	assert_non_null(strstr(
		loopback_last_headers(play.server), "Content-Type: application/json\r\n"));
	play_close(&play);
}

/* An attempt may count at WeChat though its answer is lost. */
static void a_token_is_forced_by_one_call(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/cgi-bin/stable_token", LOOPBACK_TEXT("{\"errcode\":-1}")), SCENES_END};
	struct play play = play_open(scenes, scenes);
	struct wechat_token token;

	(void)state;
	assert_int_equal(
		wechat_force_token(play.wechat, arena, &mini, 0, &token), ERR_UPSTREAM_BUSY);
	assert_string_equal(loopback_last_body(play.server),
		"{\"grant_type\":\"client_credential\",\"appid\":\"wx0123456789abcdef\","
		"\"secret\":\"SECRET \\\"quoted\\\"\",\"force_refresh\":true}");
	assert_int_equal(loopback_n_requests(play.server, "/cgi-bin/stable_token"), 1);
	assert_int_equal(loopback_n_requests(play.second, "/cgi-bin/stable_token"), 0);
	play_close(&play);
}

static void an_answer_may_be_any_bytes(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/cgi-bin/stable_token",
			LOOPBACK_TEXT("\xef\xbb\xbf{\"access_token\":\"81_x\",\"expires_in\":7200,"
				      "\"expires_in\":60,\"x\":\"\x14\xff\\ud83d\"}")),
		SCENE("/wxa/checksession",
			LOOPBACK_TEXT("\xef\xbb\xbf{\"errcode\":0,\"errmsg\":\"ok\x1d\"}")),
		SCENES_END,
	};
	struct play play = play_open(scenes, NULL);
	struct wechat_token token;

	(void)state;
	assert_int_equal(wechat_fetch_token(play.wechat, arena, &mini, 0, &token), ERR_NONE);
	assert_string_equal(token.text, "81_x");
	assert_int_equal(token.expires_in_s, 60);
	assert_int_equal(
		wechat_check_session(play.wechat, "81_x", OPENID, SESSION_KEY, 0), ERR_NONE);
	assert_int_equal(loopback_n_requests(play.server, "/wxa/checksession"), 1);
	play_close(&play);
}

/* On this path 40001 speaks of the secret, not of a token. */
static void a_token_that_is_refused_is_the_operators_matter(void **state)
{
	static const struct {
		const char *reply;
		enum err err;
	} cases[] = {
		{LOOPBACK_TEXT("{\"errcode\":40001}"), ERR_UPSTREAM_CONFIG},
		{LOOPBACK_TEXT("{\"errcode\":40125}"), ERR_UPSTREAM_CONFIG},
		{LOOPBACK_TEXT("{\"errcode\":40164}"), ERR_UPSTREAM_CONFIG},
		{LOOPBACK_TEXT("{\"errcode\":45009}"), ERR_UPSTREAM_BUSY},
		{LOOPBACK_TEXT("{\"errcode\":-1}"), ERR_UPSTREAM_BUSY},
		{LOOPBACK_TEXT("{}"), ERR_UPSTREAM},
		{LOOPBACK_TEXT("{\"access_token\":\"\"}"), ERR_UPSTREAM},
		{LOOPBACK_TEXT("<html>"), ERR_UPSTREAM},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct scene scenes[] = {
			SCENE("/cgi-bin/stable_token", cases[i].reply), SCENES_END};
		struct play play = play_open(scenes, NULL);
		struct wechat_token token;

		assert_int_equal(
			wechat_fetch_token(play.wechat, arena, &mini, 0, &token), cases[i].err);
		play_close(&play);
	}
}

/* The signature is the one that Tencent's description gives for this key. */
static void a_session_key_is_signed_with(void **state)
{
	static const struct scene scenes[] = {SCENE("/wxa/checksession", OK), SCENES_END};
	struct play play = play_open(scenes, NULL);

	(void)state;
	assert_int_equal(
		wechat_check_session(play.wechat, "81_x", OPENID, SESSION_KEY, 0), ERR_NONE);
	assert_string_equal(loopback_last_request(play.server),
		"GET /wxa/checksession?access_token=81_x&openid=" OPENID
		"&signature=7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735"
		"&sig_method=hmac_sha256 HTTP/1.1");
	assert_int_equal(wechat_check_session(play.wechat, "81_x", OPENID,
				 "o0q0otL8aEzpcZL/FT9WsQ==", 0), ERR_NONE);
	assert_non_null(strstr(loopback_last_request(play.server),
		"=46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128&"));
	play_close(&play);
}

static void a_user_token_is_asked_about(void **state)
{
	static const struct scene scenes[] = {SCENE("/sns/auth", OK), SCENES_END};
	struct play play = play_open(scenes, NULL);

	(void)state;
	assert_int_equal(wechat_check_user_token(play.wechat, "80_a&b", OPENID), ERR_NONE);
	assert_string_equal(loopback_last_request(play.server),
		"GET /sns/auth?access_token=80_a%26b&openid=" OPENID " HTTP/1.1");
	play_close(&play);
}

static void every_errcode_has_its_class(void **state)
{
	static const struct {
		int errcode;
		enum err of_session, of_user_token;
	} cases[] = {
		{40001, ERR_UPSTREAM_TOKEN, ERR_PROOF_MISSING},
		{40014, ERR_UPSTREAM_TOKEN, ERR_PROOF_MISSING},
		{42001, ERR_UPSTREAM_TOKEN, ERR_PROOF_MISSING},
		{40003, ERR_PROOF_MISSING, ERR_PROOF_MISSING},
		{87009, ERR_PROOF_MISSING, ERR_UPSTREAM_CONFIG},
		{42007, ERR_UPSTREAM_CONFIG, ERR_PROOF_MISSING},
		{45011, ERR_UPSTREAM_BUSY, ERR_UPSTREAM_BUSY},
		{48001, ERR_UPSTREAM_CONFIG, ERR_PROOF_MISSING},
		{87008, ERR_UPSTREAM_CONFIG, ERR_UPSTREAM_CONFIG},
		{-1, ERR_UPSTREAM_BUSY, ERR_UPSTREAM_BUSY},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *reply = arena_printf(
			arena, LOOPBACK_TEXT("{\"errcode\":%d}"), cases[i].errcode);
		const struct scene scenes[] = {
			SCENE("/wxa/checksession", reply), SCENE("/sns/auth", reply), SCENES_END};
		struct play play = play_open(scenes, NULL);

		assert_int_equal(wechat_check_session(play.wechat, "t", OPENID, SESSION_KEY, 0),
			cases[i].of_session);
		assert_int_equal(wechat_check_user_token(play.wechat, "t", OPENID),
			cases[i].of_user_token);
		play_close(&play);
	}
}

/* None of these spends anything, so a host that fails is no reason to give up. */
static void the_second_host_is_asked_too(void **state)
{
	static const struct scene broken[] = {
		SCENE("/wxa/checksession", "HTTP/1.1 502 Bad Gateway\r\n\r\n"),
		SCENE("/sns/auth", NULL),
		SCENE("/cgi-bin/stable_token", LOOPBACK_TEXT("<html>")),
		SCENES_END,
	};
	static const struct scene sound[] = {
		SCENE("/wxa/checksession", OK),
		SCENE("/sns/auth", OK),
		SCENE("/cgi-bin/stable_token", LOOPBACK_TEXT("{\"access_token\":\"81_2\"}")),
		SCENES_END,
	};
	struct play play = play_open(broken, sound);
	struct wechat_token token;

	(void)state;
	assert_int_equal(wechat_check_session(play.wechat, "t", OPENID, SESSION_KEY, 0), ERR_NONE);
	assert_int_equal(wechat_check_user_token(play.wechat, "t", OPENID), ERR_NONE);
	assert_int_equal(wechat_fetch_token(play.wechat, arena, &mini, 0, &token), ERR_NONE);
	assert_string_equal(token.text, "81_2");
	assert_int_equal(token.expires_in_s, 0);
	play_close(&play);
}

/* What takes several calls has one time for all of them. */
static void nothing_is_asked_after_the_deadline(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/wxa/checksession", OK), SCENE("/cgi-bin/stable_token", OK), SCENES_END};
	struct play play = play_open(scenes, NULL);
	struct wechat_token token;

	(void)state;
	assert_int_equal(wechat_check_session(play.wechat, "t", OPENID, SESSION_KEY,
				 wechat_deadline_us(play.wechat)), ERR_NONE);
	assert_int_equal(wechat_check_session(play.wechat, "t", OPENID, SESSION_KEY, 1),
		ERR_UPSTREAM_UNSENT);
	assert_int_equal(wechat_fetch_token(play.wechat, arena, &mini, 1, &token),
		ERR_UPSTREAM_UNSENT);
	play_close(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_TWICE(an_app_gets_its_token),
		TEST_TWICE(a_token_is_forced_by_one_call),
		TEST_TWICE(an_answer_may_be_any_bytes),
		TEST_TWICE(a_token_that_is_refused_is_the_operators_matter),
		TEST_TWICE(a_session_key_is_signed_with),
		TEST_TWICE(a_user_token_is_asked_about),
		TEST_TWICE(every_errcode_has_its_class),
		TEST_TWICE(the_second_host_is_asked_too),
		TEST_TWICE(nothing_is_asked_after_the_deadline),
	};

	return cmocka_run_group_tests_name(
		"wechat_app", tests, transferring_set_up, transferring_tear_down);
}
