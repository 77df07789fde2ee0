#include "unit.h"

#include "arena.h"
#include "captured_log.h"
#include "breaker.h"
#include "clock.h"
#include "conf.h"
#include "loopback.h"
#include "scratch.h"
#include "transferring.h"
#include "str.h"
#include "wechat.h"

#define OPENID "oAbC1-xyz_0123456789ABCDEFGH"
#define UNIONID "oUnIoN-0123456789abcdefghijk"
#define TOKEN(scope)                                                                            \
	LOOPBACK_TEXT("{\"access_token\":\"80_token\",\"expires_in\":7200,"                     \
		      "\"refresh_token\":\"80_refresh\",\"openid\":\"" OPENID "\","             \
		      "\"scope\":\"" scope "\"}")

static const struct wechat_app mini = {APP_MINI, "wx0123456789abcdef", "SECRET-of-the-app"};
static const struct wechat_app official = {APP_OFFICIAL, "wx0123456789abcdef", "SECRET-of-the-app"};

static struct wechat *wechat_within(long ms, const char *url, struct breaker_table *breakers)
{
	const struct conf conf = {
		.wechat_base_url = url,
		.wechat_connect_timeout_ms = ms,
		.wechat_total_timeout_ms = ms,
	};

	return wechat_new(&conf, test_transfers, breakers);
}

static struct wechat *wechat_at(const char *url, struct breaker_table *breakers)
{
	return wechat_within(20000, url, breakers);
}

/* Logs in once at a server that plays these scenes. */
static enum err exchange(
	const struct scene *scenes, const struct wechat_app *app, struct wechat_login *login_r)
{
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_at(loopback_url(server), NULL);
	enum err err = wechat_exchange(wechat, arena, app, "CODE-of-the-user", login_r);

	wechat_free(wechat);
	loopback_stop(server);
	return err;
}

static enum err exchange_mini(const char *reply, struct wechat_login *login_r)
{
	const struct scene scenes[] = {SCENE("/sns/jscode2session", reply), SCENES_END};

	return exchange(scenes, &mini, login_r);
}

static enum err exchange_official(
	const char *token, const char *profile, struct wechat_login *login_r)
{
	const struct scene scenes[] = {
		SCENE("/sns/oauth2/access_token", token),
		SCENE("/sns/userinfo", profile),
		SCENES_END,
	};

	return exchange(scenes, &official, login_r);
}

static void a_mini_code_becomes_a_session(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/sns/jscode2session",
			LOOPBACK_TEXT("{\"session_key\":\"QUJDREVGR0hJSktMTU5PUA==\","
				      "\"openid\":\"" OPENID "\",\"unionid\":\"" UNIONID "\"}")),
		SCENES_END,
	};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_at(loopback_url(server), NULL);
	struct wechat_login login;

	(void)state;
	assert_int_equal(wechat_exchange(wechat, arena, &mini, "0a/b+c=", &login), ERR_NONE);
	assert_string_equal(login.openid, OPENID);
	assert_string_equal(login.unionid, UNIONID);
	assert_string_equal(login.session_key, "QUJDREVGR0hJSktMTU5PUA==");
	assert_null(login.nickname);
	assert_string_equal(loopback_last_request(server),
		"GET /sns/jscode2session?appid=wx0123456789abcdef&secret=SECRET-of-the-app"
		"&js_code=0a%2Fb%2Bc%3D&grant_type=authorization_code HTTP/1.1");
	assert_int_equal(loopback_n_requests(server, "/sns/jscode2session"), 1);
	wechat_free(wechat);
	loopback_stop(server);
}

static void a_profile_comes_with_the_scope(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/sns/oauth2/access_token", TOKEN("snsapi_base,snsapi_userinfo")),
		SCENE("/sns/userinfo",
			LOOPBACK_TEXT("{\"openid\":\"" OPENID "\",\"nickname\":\"小明😀\",\"sex\":1,"
				      "\"language\":\"zh_CN\",\"city\":\"广州\",\"province\":\"\","
				      "\"country\":\"中国\","
				      "\"headimgurl\":\"https:\\/\\/q.cn\\/132\","
				      "\"privilege\":[\"chinaunicom\"],\"unionid\":\"" UNIONID
				      "\",\"later\":{\"a\":[1]}}")),
		SCENES_END,
	};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_at(loopback_url(server), NULL);
	struct wechat_login login;

	(void)state;
	assert_int_equal(wechat_exchange(wechat, arena, &official, "c", &login), ERR_NONE);
	assert_string_equal(login.openid, OPENID);
	assert_string_equal(login.unionid, UNIONID);
	assert_null(login.session_key);
	assert_string_equal(login.nickname, "小明😀");
	assert_string_equal(login.avatar, "https://q.cn/132");
	assert_string_equal(login.city, "广州");
	assert_null(login.province);
	assert_string_equal(login.privilege, "[\"chinaunicom\"]");
	assert_int_equal(login.gender, 1);
	assert_string_equal(loopback_last_request(server),
		"GET /sns/userinfo?access_token=80_token&openid=" OPENID "&lang=zh_CN HTTP/1.1");
	assert_int_equal(loopback_n_requests(server, "/sns/oauth2/access_token"), 1);
	wechat_free(wechat);
	loopback_stop(server);
}

static void a_base_scope_asks_for_no_profile(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/sns/oauth2/access_token", TOKEN("snsapi_base,snsapi_userinfo2,snsapi_log")),
		SCENE("/sns/userinfo", LOOPBACK_TEXT("{}")),
		SCENES_END,
	};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_at(loopback_url(server), NULL);
	struct wechat_login login;

	(void)state;
	assert_int_equal(wechat_exchange(wechat, arena, &official, "c", &login), ERR_NONE);
	assert_int_equal(loopback_n_requests(server, "/sns/userinfo"), 0);
	assert_null(login.privilege);
	wechat_free(wechat);
	loopback_stop(server);
}

/* The profile is an object with arrays within each other. */
static const char *profile_of_depth(size_t depth)
{
	char *opening = arena_alloc(arena, depth), *closing = arena_alloc(arena, depth);

	memset(opening, '[', depth - 1);
	memset(closing, ']', depth - 1);
	return arena_printf(arena,
		LOOPBACK_TEXT("{\"openid\":\"" OPENID "\",\"nickname\":\"{[{\\\"[\","
			      "\"privilege\":%s%s}"),
		opening, closing);
}

static void an_answer_is_read_to_a_depth_that_a_stack_holds(void **state)
{
	static const struct {
		size_t depth;
		bool is_read;
	} profiles[] = {{32, true}, {33, false}, {2000, false}};
	struct wechat_login login;

	(void)state;
	for (size_t i = 0; i < N_OF(profiles); i++) {
		const char *profile = profile_of_depth(profiles[i].depth);

		assert_int_equal(
			exchange_official(TOKEN("snsapi_login"), profile, &login), ERR_NONE);
		assert_int_equal(login.nickname != NULL, profiles[i].is_read);
	}
}

static void a_profile_that_fails_does_not_fail_the_login(void **state)
{
	static const char *const profiles[] = {
		NULL,
		"HTTP/1.1 502 Bad Gateway\r\n\r\n",
		LOOPBACK_TEXT("{\"errcode\":48001,\"errmsg\":\"api unauthorized\"}"),
		LOOPBACK_TEXT("{\"openid\":\"oSomebodyElse\",\"nickname\":\"x\"}"),
		LOOPBACK_TEXT("{\"openid\":\"" OPENID "\",\"nickname\":\"a"),
		LOOPBACK_TEXT("{\"openid\":\"" OPENID "\",\"nickname\":\"a\"b\"}"),
	};
	struct wechat_login login;

	(void)state;
	for (size_t i = 0; i < N_OF(profiles); i++) {
		assert_int_equal(exchange_official(TOKEN("snsapi_login"), profiles[i], &login),
			ERR_NONE);
		assert_string_equal(login.openid, OPENID);
		assert_null(login.nickname);
	}
}

static void long_texts_are_cut_at_a_character_and_urls_left_out(void **state)
{
	char *name = arena_printf(arena, "%063d中中", 0);
	char *profile = arena_printf(arena,
		LOOPBACK_TEXT("{\"openid\":\"" OPENID "\",\"nickname\":\"%s\","
			      "\"headimgurl\":\"%0600d\",\"sex\":\"2\",\"privilege\":[\"%0600d\"],"
			      "\"unionid\":\"%065d\"}"),
		name, 0, 0, 0);
	struct wechat_login login;

	(void)state;
	assert_int_equal(exchange_official(TOKEN("snsapi_userinfo"), profile, &login), ERR_NONE);
	assert_int_equal(str_n_chars(login.nickname), 64);
	assert_string_equal(login.nickname + 63, "中");
	assert_null(login.avatar);
	assert_int_equal(login.gender, 2);
	assert_string_equal(login.privilege, "[]");
	assert_null(login.unionid);
}

static void every_errcode_has_its_class(void **state)
{
	static const struct {
		const char *errcode;
		enum err err;
	} cases[] = {
		{"40029", ERR_CODE_INVALID},
		{"42003", ERR_CODE_INVALID},
		{"\"40029\"", ERR_CODE_INVALID},
		{"40029.0", ERR_CODE_INVALID},
		{"40163", ERR_CODE_USED},
		{"40226", ERR_RISK_USER},
		{"50002", ERR_RISK_USER},
		{"-1", ERR_UPSTREAM_BUSY},
		{"45009", ERR_UPSTREAM_BUSY},
		{"45011", ERR_UPSTREAM_BUSY},
		{"40013", ERR_UPSTREAM_CONFIG},
		{"40125", ERR_UPSTREAM_CONFIG},
		{"40164", ERR_UPSTREAM_CONFIG},
		{"41002", ERR_UPSTREAM_CONFIG},
		{"99999", ERR_UPSTREAM_CONFIG},
		{"0", ERR_UPSTREAM}, /* no openid */
		{"\"none\"", ERR_UPSTREAM},
		{"{}", ERR_UPSTREAM},
		{"1e300", ERR_UPSTREAM},
		{"18446744073709551616", ERR_UPSTREAM},
	};
	struct wechat_login login;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *reply = arena_printf(arena,
			LOOPBACK_TEXT("{\"errcode\":%s,\"errmsg\":\"said so, rid: 1-2-3\"}"),
			cases[i].errcode);
		enum err err = exchange_mini(reply, &login);

		if (err != cases[i].err)
			fail_msg("%s: %s", cases[i].errcode, err_name(err));
		assert_null(login.openid);
	}
}

static void assert_reason(struct wechat_refusal refusal, enum err err, const char *reason)
{
	assert_string_equal(wechat_refusal_reason(arena, &refusal, err, "wx1"), reason);
}

static void a_refusal_says_what_is_wrong(void **state)
{
	const struct wechat_refusal none = {0};

	(void)state;
	assert_reason((struct wechat_refusal){.errcode = 40125}, ERR_UPSTREAM_CONFIG,
		"errcode 40125: the AppSecret is wrong (app wx1)");
	assert_reason((struct wechat_refusal){.errcode = 40164, .address = "192.0.2.7"},
		ERR_UPSTREAM_CONFIG,
		"errcode 40164: the app's IP whitelist lacks this host's address 192.0.2.7 "
		"(app wx1)");
	assert_reason((struct wechat_refusal){.errcode = 99999}, ERR_UPSTREAM_CONFIG,
		"errcode 99999 (app wx1)");
	assert_reason(none, ERR_UPSTREAM_SILENT, "WeChat did not answer in time (app wx1)");
	assert_reason(none, ERR_UPSTREAM_UNSENT, "WeChat cannot be reached (app wx1)");
	assert_reason(none, ERR_UPSTREAM,
		"the connection to WeChat was cut before its answer (app wx1)");
	assert_reason((struct wechat_refusal){.status = 502}, ERR_UPSTREAM,
		"WeChat's answer, with HTTP status 502, cannot be read (app wx1)");
	assert_reason(none, ERR_SNAPSHOT_USER, "app wx1");
}

static void a_refusal_is_of_the_last_call(void **state)
{
	const struct scene scenes[] = {
		SCENE("/sns/jscode2session", LOOPBACK_TEXT("{\"errcode\":40226}")),
		SCENE("/sns/oauth2/access_token", TOKEN("snsapi_base")), SCENES_END,
	};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_at(loopback_url(server), NULL);
	struct wechat_login login;

	(void)state;
	assert_int_equal(wechat_exchange(wechat, arena, &mini, "c", &login), ERR_RISK_USER);
	assert_int_equal(wechat_last_refusal(wechat)->errcode, 40226);
	assert_int_equal(wechat_exchange(wechat, arena, &official, "c", &login), ERR_NONE);
	assert_int_equal(wechat_last_refusal(wechat)->errcode, 0);
	wechat_free(wechat);
	loopback_stop(server);
}

static void an_answer_must_name_an_openid(void **state)
{
	static const char *const replies[] = {
		LOOPBACK_TEXT("{}"),
		LOOPBACK_TEXT("{\"openid\":\"\"}"),
		LOOPBACK_TEXT("{\"openid\":7}"),
		LOOPBACK_TEXT("{\"openid\":\"o b\"}"),
		LOOPBACK_TEXT("{\"openid\":\"oAbC'--\"}"),
	};
	struct wechat_login login;

	(void)state;
	for (size_t i = 0; i < N_OF(replies); i++)
		assert_int_equal(exchange_mini(replies[i], &login), ERR_UPSTREAM);
	assert_int_equal(exchange_mini(LOOPBACK_TEXT("{\"openid\":\"o1\",\"errcode\":0}"), &login),
		ERR_NONE);
	assert_null(login.session_key);
	assert_null(login.unionid);
}

static void what_is_no_json_is_an_upstream_error(void **state)
{
	static const char *const replies[] = {
		NULL,
		LOOPBACK_TEXT(""),
		LOOPBACK_TEXT("<html><body>busy</body></html>"),
		LOOPBACK_TEXT("{\"openid\":\"o1\",\"session_k"),
		LOOPBACK_TEXT("[\"openid\"]"),
		LOOPBACK_TEXT("\"openid\""),
		LOOPBACK_TEXT("{\"openid\":\"o1\"} {}"),
		"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"openid\":\"o1\"}",
		"HTTP/1.1 502 Bad Gateway\r\n\r\n{\"openid\":\"o1\"}",
		"HTTP/1.1 302 Found\r\nLocation: /sns/jscode2session\r\n\r\n{\"openid\":\"o1\"}",
	};
	struct wechat_login login;

	(void)state;
	for (size_t i = 0; i < N_OF(replies); i++)
		assert_int_equal(exchange_mini(replies[i], &login), ERR_UPSTREAM);
}

static void a_snapshot_user_is_nobody(void **state)
{
	struct wechat_login login;

	(void)state;
	assert_int_equal(exchange_official(LOOPBACK_TEXT("{\"access_token\":\"t\",\"openid\":"
							 "\"o1\",\"is_snapshotuser\":1}"),
				 NULL, &login),
		ERR_SNAPSHOT_USER);
	assert_int_equal(exchange_official(LOOPBACK_TEXT("{\"access_token\":\"t\",\"openid\":"
							 "\"o1\",\"is_snapshotuser\":0}"),
				 NULL, &login),
		ERR_NONE);
}

static void an_exchange_is_one_request_whatever_happens(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/sns/jscode2session", LOOPBACK_TEXT("{}"), .pause_ms = 60000),
		SCENE("/sns/oauth2/access_token", LOOPBACK_TEXT("{\"errcode\":-1}")),
		SCENES_END,
	};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_within(2000, loopback_url(server), NULL);
	int64_t started_us = clock_monotonic_us();
	struct wechat_login login;

	(void)state;
	assert_int_equal(wechat_exchange(wechat, arena, &mini, "c", &login), ERR_UPSTREAM_SILENT);
	assert_in_range(clock_monotonic_us() - started_us, 1900000, 30000000);
	assert_int_equal(loopback_n_requests(server, "/sns/jscode2session"), 1);
	assert_int_equal(
		wechat_exchange(wechat, arena, &official, "c", &login), ERR_UPSTREAM_BUSY);
	assert_int_equal(loopback_n_requests(server, "/sns/oauth2/access_token"), 1);
	wechat_free(wechat);
	loopback_stop(server);
}

static void an_unreachable_host_got_nothing(void **state)
{
	char *url = arena_printf(arena, "http://127.0.0.1:%d", loopback_free_port());
	struct wechat *wechat = wechat_at(url, NULL);
	struct wechat_login login;

	(void)state;
	assert_int_equal(wechat_exchange(wechat, arena, &mini, "c", &login), ERR_UPSTREAM_UNSENT);
	assert_int_equal(wechat_probe(wechat), ERR_UPSTREAM_UNSENT);
	wechat_free(wechat);
}

static void a_probe_takes_any_answer_for_life(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/sns/auth", LOOPBACK_TEXT("{\"errcode\":41001,\"errmsg\":\"no token\"}")),
		SCENES_END,
	};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_at(loopback_url(server), NULL);

	(void)state;
	assert_int_equal(wechat_probe(wechat), ERR_NONE);
	wechat_free(wechat);
	loopback_stop(server);
}

/* A nickname's bytes as WeChat sends them, and what is stored. */
static const struct {
	const char *sent, *nickname;
} nicknames[] = {
	{"\x14小明", "小明"}, {"小\x01\x1f\x7f\xc2\x85明", "小明"}, {"a\t\r\nb", "ab"},
	{"小\xe6\x98", "小\xef\xbf\xbd"}, {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"a\\ud83d", "a\xef\xbf\xbd"}, {"\\ude00" "a", "\xef\xbf\xbd" "a"},
	{"a\\u0000b", "ab"}, {"a\\u0007b", "ab"}, {"\xed\xa0\xbd\xed\xb8\x80", "😀"},
	{"\\ud83d\\ude00", "😀"}, {"\xef\xbf\xbe" "a", "a"}, {"\\x41\\'", "x41'"},
	{"a\",\"nickname\":\"b", "b"}, {"\\\"\\\\\\/\\n", "\"\\/\n"}, {"\x14", NULL},
	{"\\u0022}", "\"}"},
};

static void a_nickname_may_be_any_bytes(void **state)
{
	struct wechat_login login;

	(void)state;
	for (size_t i = 0; i < N_OF(nicknames); i++) {
		const char *profile = arena_printf(arena,
			LOOPBACK_TEXT("%s{\"openid\":\"" OPENID "\",\"nickname\":\"%s\","
				      "\"unionid\":\"" UNIONID "\",\"city\":\"c\"}"),
			i % 2 == 0 ? "" : "\xef\xbb\xbf", nicknames[i].sent);

		assert_int_equal(
			exchange_official(TOKEN("snsapi_userinfo"), profile, &login), ERR_NONE);
		assert_string_equal(login.unionid, UNIONID);
		assert_string_equal(login.city, "c");
		if (nicknames[i].nickname == NULL)
			assert_null(login.nickname);
		else
			assert_string_equal(login.nickname, nicknames[i].nickname);
	}
}

static void any_answer_is_mended(void **state)
{
	struct wechat_login login;

	(void)state;
	assert_int_equal(exchange_mini(LOOPBACK_TEXT("\xef\xbb\xbf\n{\"openid\":\"o1\",\"openid\":"
						     "\"o2\",\"x\":\"\xe5\x01\","
						     "\"y\":18446744073709551616}"), &login),
		ERR_NONE);
	assert_string_equal(login.openid, "o2");
	assert_int_equal(exchange_mini(LOOPBACK_TEXT("\xef\xbb\xbf{\"errcode\":40163,\"errmsg\":"
						     "\"\\ud83d\xff\"}"), &login),
		ERR_CODE_USED);
}

static unsigned n_of(const struct breaker_table *breakers, bool is_good)
{
	unsigned n = 0;

	for (size_t i = 0; i < BREAKER_N; i++)
		for (size_t outcome = 0; outcome < CALL_N_OUTCOMES; outcome++)
			if ((outcome == CALL_OK) == is_good)
				n += (unsigned)breakers->breakers[i].outcomes[outcome];
	return n;
}

static void only_wechats_own_trouble_counts_against_it(void **state)
{
	static const struct {
		const char *reply;
		bool is_bad;
	} cases[] = {
		{LOOPBACK_TEXT("{\"openid\":\"o1\"}"), false},
		{LOOPBACK_TEXT("{\"errcode\":40029}"), false},
		{LOOPBACK_TEXT("{\"errcode\":45011}"), false},
		{LOOPBACK_TEXT("{\"errcode\":40164}"), false},
		{LOOPBACK_TEXT("{\"errcode\":-1}"), true},
		{LOOPBACK_TEXT("<html>"), true},
		{LOOPBACK_TEXT(""), true},
		{LOOPBACK_TEXT("\xef\xbb\xbf <html>{"), true},
		{LOOPBACK_TEXT("[\"openid\"]"), true},
		{LOOPBACK_TEXT("{\"openid\":\"o1\",\"session_k"), false},
		{LOOPBACK_TEXT("\xef\xbb\xbf\n{\"openid\":\"o\"1\"}"), false},
		{LOOPBACK_TEXT("{\"errcode\":\"none\"}"), false},
		{"HTTP/1.1 502 Bad Gateway\r\n\r\n{\"openid\":\"o1\"}", true},
		{"HTTP/1.1 403 Forbidden\r\n\r\n{\"openid\":\"o1\"}", true},
		{"HTTP/1.1 500 Oops\r\n\r\n{}", true},
		{NULL, true},
	};
	struct wechat_login login;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct scene scenes[] = {
			SCENE("/sns/jscode2session", cases[i].reply),
			SCENES_END,
		};
		struct breaker_table breakers = {0};
		struct loopback *server = loopback_start(scenes);
		struct wechat *wechat = wechat_at(loopback_url(server), &breakers);

		wechat_exchange(wechat, arena, &mini, "c", &login);
		assert_int_equal(n_of(&breakers, false), cases[i].is_bad);
		assert_int_equal(breakers.wechat_success_us > 0, !cases[i].is_bad);
		assert_int_equal(n_of(&breakers, true), !cases[i].is_bad);
		wechat_free(wechat);
		loopback_stop(server);
	}
}

/* Another try would bring the same profile. */
static void an_answer_that_cannot_be_read_is_asked_for_once(void **state)
{
	static const struct scene scenes[] = {
		SCENE("/sns/oauth2/access_token", TOKEN("snsapi_userinfo")),
		SCENE("/sns/userinfo",
			LOOPBACK_TEXT("{\"openid\":\"" OPENID "\",\"nickname\":\"a\"b\"}")),
		SCENES_END,
	};
	struct breaker_table breakers = {0};
	struct loopback *server = loopback_start(scenes);
	struct wechat *wechat = wechat_at(loopback_url(server), &breakers);
	struct wechat_login login;

	(void)state;
	assert_int_equal(wechat_exchange(wechat, arena, &official, "c", &login), ERR_NONE);
	assert_null(login.nickname);
	assert_int_equal(loopback_n_requests(server, "/sns/userinfo"), 1);
	assert_int_equal(n_of(&breakers, false), 0);
	wechat_free(wechat);
	loopback_stop(server);
}

static void a_log_names_the_address_and_no_secret(void **state)
{
	static const char *const replies[] = {
		NULL,
		LOOPBACK_TEXT("<html>CODE-of-the-user</html>"),
		LOOPBACK_TEXT("{\"errcode\":40125,\"errmsg\":\"SECRET-of-the-app\"}"),
		LOOPBACK_TEXT("{\"errcode\":40164,\"errmsg\":\"invalid ip 203.0.113.7 ipv6 "
			      "::ffff:203.0.113.7, not in whitelist, rid: 66aabbcc-0123abcd\"}"),
		LOOPBACK_TEXT("{\"errcode\":40164,\"errmsg\":\"ip 2001:db8::7, not in it\"}"),
		LOOPBACK_TEXT("{\"errcode\":40164,\"errmsg\":\"1.2.3 a:b face\"}"),
	};
	struct wechat_login login;
	const char *text;

	(void)state;
	captured_log_begin();
	for (size_t i = 0; i < N_OF(replies); i++)
		exchange_mini(replies[i], &login);
	text = captured_log_end();
	assert_non_null(strstr(text, "=sns/jscode2session errcode=40164 address=203.0.113.7\n"));
	assert_non_null(strstr(text, "errcode=40164 address=2001:db8::7\n"));
	assert_non_null(strstr(text, "errcode=40164\n"));
	assert_non_null(strstr(text, "host=127.0.0.1 path=sns/jscode2session error="));
	assert_null(strstr(text, "SECRET"));
	assert_null(strstr(text, "CODE-"));
	assert_null(strstr(text, "?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_TWICE(a_mini_code_becomes_a_session),
		TEST_TWICE(a_profile_comes_with_the_scope),
		TEST_TWICE(a_base_scope_asks_for_no_profile),
		TEST_TWICE(an_answer_is_read_to_a_depth_that_a_stack_holds),
		TEST_TWICE(a_profile_that_fails_does_not_fail_the_login),
		TEST_TWICE(long_texts_are_cut_at_a_character_and_urls_left_out),
		TEST_TWICE(every_errcode_has_its_class),
		TEST_TWICE(a_refusal_says_what_is_wrong),
		TEST_TWICE(a_refusal_is_of_the_last_call),
		TEST_TWICE(an_answer_must_name_an_openid),
		TEST_TWICE(what_is_no_json_is_an_upstream_error),
		TEST_TWICE(a_snapshot_user_is_nobody),
		TEST_TWICE(an_exchange_is_one_request_whatever_happens),
		TEST_TWICE(an_unreachable_host_got_nothing),
		TEST_TWICE(a_probe_takes_any_answer_for_life),
		TEST_TWICE(a_nickname_may_be_any_bytes),
		TEST_TWICE(any_answer_is_mended),
		TEST_TWICE(an_answer_that_cannot_be_read_is_asked_for_once),
		TEST_TWICE(only_wechats_own_trouble_counts_against_it),
		TEST_TWICE(a_log_names_the_address_and_no_secret),
	};

	return cmocka_run_group_tests_name(
		"wechat", tests, transferring_set_up, transferring_tear_down);
}
