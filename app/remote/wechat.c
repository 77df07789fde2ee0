#include "arena.h"
#include "breaker.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "encoding.h"
#include "heap.h"
#include "http_client.h"
#include "log.h"
#include "str.h"
#include "wechat.h"
#include "wechat_reply.h"

#define NAME_MAX_CHARS 64
#define URL_MAX_CHARS 512
#define SESSION_KEY_MAX 64
#define PRIVILEGE_MAX 512
#define TOKEN_MAX_SIZE 1024

static const struct errcode_meaning code_meanings[] = {
	{40029, ERR_CODE_INVALID},
	{42003, ERR_CODE_INVALID},
	{40163, ERR_CODE_USED},
	{40226, ERR_RISK_USER},
	{50002, ERR_RISK_USER},
	{0, ERR_NONE},
};

struct wechat *wechat_new(const struct conf *conf, struct transfers *transfers,
	struct breaker_table *breakers)
{
	const struct http_site site = {
		.section = "wechat",
		.url = conf->wechat_base_url,
		.second_url = conf->wechat_second_url,
		.ca_file = conf->wechat_ca_file,
		.proxy = conf->wechat_proxy,
		.connect_timeout_us = conf->wechat_connect_timeout_ms * 1000,
		.transfers = transfers,
		.breakers = breakers,
		.waiting = ACTIVITY_WECHAT,
		.success_us = breakers == NULL ? NULL : &breakers->wechat_success_us,
	};
	struct http_client *http = http_client_new(&site);
	struct wechat *wechat;

	if (http == NULL)
		return NULL;
	wechat = heap_new_of(struct wechat);
	wechat->http = http;
	wechat->breakers = breakers;
	wechat->total_timeout_us = conf->wechat_total_timeout_ms * 1000;
	return wechat;
}

void wechat_free(struct wechat *wechat)
{
	if (wechat == NULL)
		return;
	http_client_free(wechat->http);
	free(wechat);
}

void wechat_log_no_refusals(struct wechat *wechat)
{
	wechat->logs_no_refusals = true;
}

int64_t wechat_waited_us(const struct wechat *wechat)
{
	return wechat == NULL ? 0 : http_client_waited_us(wechat->http);
}

const struct wechat_refusal *wechat_last_refusal(const struct wechat *wechat)
{
	return &wechat->refusal;
}

int64_t wechat_deadline_us(const struct wechat *wechat)
{
	return clock_monotonic_us() + wechat->total_timeout_us;
}

/* ---- Login codes. */

static const char *copy_text(struct arena *arena, const struct reply *reply, const char *key)
{
	const char *text = reply_text(reply, key);

	if (text == NULL)
		return NULL;
	return arena_strndup(arena, text, str_size_of_chars(text, NAME_MAX_CHARS));
}

/* A cut URL would lead nowhere, so one that is too long is left out. */
static const char *copy_url(struct arena *arena, const struct reply *reply, const char *key)
{
	const char *url = reply_text(reply, key);

	return url != NULL && str_n_chars(url) <= URL_MAX_CHARS ? arena_strdup(arena, url) : NULL;
}

static const char *copy_openid(struct arena *arena, const struct reply *reply, const char *key)
{
	const char *text = reply_text(reply, key);

	return text != NULL && str_is_openid(text) ? arena_strdup(arena, text) : NULL;
}

static const char *copy_session_key(struct arena *arena, const struct reply *reply)
{
	const char *text = reply_text(reply, "session_key");

	return text != NULL && strlen(text) <= SESSION_KEY_MAX ? arena_strdup(arena, text) : NULL;
}

static enum err read_identity(
	struct arena *arena, const struct reply *reply, struct wechat_login *login_r)
{
	if (reply_number(reply, "is_snapshotuser") == 1)
		return ERR_SNAPSHOT_USER;
	login_r->openid = copy_openid(arena, reply, "openid");
	login_r->unionid = copy_openid(arena, reply, "unionid");
	if (login_r->openid == NULL) {
		log_error("WeChat's answer to a login code names no openid");
		return ERR_UPSTREAM;
	}
	return ERR_NONE;
}

static enum err exchange_mini(struct wechat *wechat, struct arena *arena, struct http_call *call,
	struct wechat_login *login_r)
{
	struct reply reply;
	enum err err;

	call->path = "sns/jscode2session";
	err = reply_ask(wechat, call, code_meanings, &reply);
	if (err == ERR_NONE)
		err = read_identity(arena, &reply, login_r);
	if (err == ERR_NONE)
		login_r->session_key = copy_session_key(arena, &reply);
	reply_release(&reply);
	return err;
}

/* scope: a comma-separated list, or NULL. */
static bool scope_has(const char *scope, const char *name)
{
	return scope != NULL && str_place_in(scope, ",", name, strlen(name)) >= 0;
}

static void read_profile(
	struct arena *arena, const struct reply *reply, struct wechat_login *login_r)
{
	int64_t sex = reply_number(reply, "sex");

	login_r->nickname = copy_text(arena, reply, "nickname");
	login_r->avatar = copy_url(arena, reply, "headimgurl");
	login_r->country = copy_text(arena, reply, "country");
	login_r->province = copy_text(arena, reply, "province");
	login_r->city = copy_text(arena, reply, "city");
	login_r->language = copy_text(arena, reply, "language");
	login_r->gender = sex == 1 || sex == 2 ? (int32_t)sex : 0;
	login_r->privilege = reply_array(arena, reply, "privilege", PRIVILEGE_MAX);
	if (login_r->unionid == NULL)
		login_r->unionid = copy_openid(arena, reply, "unionid");
}

static void ask_for_profile(struct wechat *wechat, struct arena *arena, const struct reply *token,
	int64_t deadline_us, struct wechat_login *login_r)
{
	const struct http_param query[] = {
		{"access_token", reply_text(token, "access_token")},
		{"openid", login_r->openid},
		{"lang", "zh_CN"},
		{NULL, NULL},
	};
	struct http_call call = {
		.path = "sns/userinfo",
		.query = query,
		.deadline_us = deadline_us,
		.is_repeatable = true,
	};
	struct reply reply;

	if (reply_ask(wechat, &call, code_meanings, &reply) == ERR_NONE) {
		const char *openid = reply_text(&reply, "openid");

		if (openid != NULL && strcmp(openid, login_r->openid) == 0)
			read_profile(arena, &reply, login_r);
	}
	reply_release(&reply);
}

static enum err exchange_oauth(struct wechat *wechat, struct arena *arena, struct http_call *call,
	struct wechat_login *login_r)
{
	struct reply reply;
	const char *scope;
	enum err err;

	call->path = "sns/oauth2/access_token";
	err = reply_ask(wechat, call, code_meanings, &reply);
	if (err == ERR_NONE)
		err = read_identity(arena, &reply, login_r);
	scope = reply_text(&reply, "scope");
	if (err == ERR_NONE &&
		(scope_has(scope, "snsapi_userinfo") || scope_has(scope, "snsapi_login")))
		ask_for_profile(wechat, arena, &reply, call->deadline_us, login_r);
	reply_release(&reply);
	return err;
}

enum err wechat_exchange(struct wechat *wechat, struct arena *arena, const struct wechat_app *app,
	const char *code, struct wechat_login *login_r)
{
	const struct http_param query[] = {
		{"appid", app->appid},
		{"secret", app->secret},
		{app->kind == APP_MINI ? "js_code" : "code", code},
		{"grant_type", "authorization_code"},
		{NULL, NULL},
	};
	struct http_call call = {
		.query = query,
		.deadline_us = wechat_deadline_us(wechat),
	};

	*login_r = (struct wechat_login){0};
	return app->kind == APP_MINI ? exchange_mini(wechat, arena, &call, login_r) :
				       exchange_oauth(wechat, arena, &call, login_r);
}

/* ---- An app's own token. */

static enum err read_token(
	struct arena *arena, const struct reply *reply, struct wechat_token *token_r)
{
	const char *text = reply_text(reply, "access_token");

	if (text == NULL || strlen(text) > TOKEN_MAX_SIZE) {
		log_error("WeChat's answer to an app names no access token");
		return ERR_UPSTREAM;
	}
	token_r->text = arena_strdup(arena, text);
	token_r->expires_in_s = reply_number(reply, "expires_in");
	return ERR_NONE;
}

static enum err ask_for_token(struct wechat *wechat, struct arena *arena, struct http_call *call,
	const struct http_param *members, struct wechat_token *token_r)
{
	static const struct errcode_meaning meanings[] = {{0, ERR_NONE}};
	struct reply reply;
	enum err err;

	call->path = "cgi-bin/stable_token";
	err = reply_post(wechat, call, members, meanings, &reply);
	if (err == ERR_NONE)
		err = read_token(arena, &reply, token_r);
	reply_release(&reply);
	return err;
}

#define TOKEN_MEMBERS(app)                                                                      \
	{"grant_type", "client_credential"}, {"appid", (app)->appid}, {"secret", (app)->secret}

enum err wechat_fetch_token(struct wechat *wechat, struct arena *arena,
	const struct wechat_app *app, int64_t deadline_us, struct wechat_token *token_r)
{
	const struct http_param members[] = {TOKEN_MEMBERS(app), {NULL, NULL}};
	struct http_call call = {.deadline_us = deadline_us, .is_repeatable = true};

	return ask_for_token(wechat, arena, &call, members, token_r);
}

enum err wechat_force_token(struct wechat *wechat, struct arena *arena,
	const struct wechat_app *app, int64_t deadline_us, struct wechat_token *token_r)
{
	const struct http_param members[] = {
		TOKEN_MEMBERS(app), {"force_refresh", NULL}, {NULL, NULL}};
	struct http_call call = {.deadline_us = deadline_us};

	return ask_for_token(wechat, arena, &call, members, token_r);
}

/* ---- Checks. */

/* Writes the HMAC-SHA-256 of nothing, under the text of the key as it came. */
static void sign_session(const char *session_key, char signature_r[2 * CRYPTO_HASH_SIZE + 1])
{
	uint8_t mac[CRYPTO_HASH_SIZE];

	crypto_hmac_sha256(session_key, strlen(session_key), "", 0, mac);
	encode_hex(mac, sizeof(mac), signature_r);
}

static enum err ask_yes_or_no(
	struct wechat *wechat, struct http_call *call, const struct errcode_meaning *meanings)
{
	struct reply reply;
	enum err err = reply_ask(wechat, call, meanings, &reply);

	reply_release(&reply);
	return err;
}

enum err wechat_check_session(struct wechat *wechat, const char *access_token, const char *openid,
	const char *session_key, int64_t deadline_us)
{
	static const struct errcode_meaning meanings[] = {
		{40001, ERR_UPSTREAM_TOKEN},
		{40014, ERR_UPSTREAM_TOKEN},
		{42001, ERR_UPSTREAM_TOKEN},
		{40003, ERR_PROOF_MISSING},
		{87009, ERR_PROOF_MISSING},
		{0, ERR_NONE},
	};
	char signature[2 * CRYPTO_HASH_SIZE + 1];
	const struct http_param query[] = {
		{"access_token", access_token},
		{"openid", openid},
		{"signature", signature},
		{"sig_method", "hmac_sha256"},
		{NULL, NULL},
	};
	struct http_call call = {
		.path = "wxa/checksession",
		.query = query,
		.deadline_us = deadline_us,
		.is_repeatable = true,
	};

	sign_session(session_key, signature);
	return ask_yes_or_no(wechat, &call, meanings);
}

enum err wechat_check_user_token(
	struct wechat *wechat, const char *user_token, const char *openid)
{
	/* The token is the user's here, so an error about it is the user's, too. */
	static const struct errcode_meaning meanings[] = {
		{40001, ERR_PROOF_MISSING},
		{40003, ERR_PROOF_MISSING},
		{40014, ERR_PROOF_MISSING},
		{42001, ERR_PROOF_MISSING},
		{42007, ERR_PROOF_MISSING},
		{48001, ERR_PROOF_MISSING},
		{0, ERR_NONE},
	};
	const struct http_param query[] = {
		{"access_token", user_token},
		{"openid", openid},
		{NULL, NULL},
	};
	struct http_call call = {.path = "sns/auth", .query = query, .is_repeatable = true};

	return ask_yes_or_no(wechat, &call, meanings);
}

enum err wechat_probe(struct wechat *wechat)
{
	const struct http_param query[] = {{NULL, NULL}};
	struct http_call call = {
		.path = "sns/auth",
		.query = query,
		.is_repeatable = true,
	};
	struct reply reply;
	enum err err = reply_ask(wechat, &call, NULL, &reply);

	reply_release(&reply);
	return err;
}
