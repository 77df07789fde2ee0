#include "arena.h"
#include "breaker.h"
#include "clock.h"
#include "conf.h"
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

static const struct errcode_meaning of_code[] = {
	{40029, ERR_CODE_INVALID},
	{42003, ERR_CODE_INVALID},
	{40163, ERR_CODE_USED},
	{40226, ERR_RISK_USER},
	{50002, ERR_RISK_USER},
	{0, ERR_NONE},
};

struct wechat *wechat_new(const struct conf *conf, struct breaker_table *breakers)
{
	const struct http_site site = {
		.section = "wechat",
		.url = conf->wechat_base_url,
		.second_url = conf->wechat_second_url,
		.ca_file = conf->wechat_ca_file,
		.proxy = conf->wechat_proxy,
		.connect_timeout_us = conf->wechat_connect_timeout_ms * 1000,
		.waiting = ACTIVITY_WECHAT,
		.ok_us = breakers == NULL ? NULL : &breakers->wechat_ok_us,
	};
	struct http_client *http = http_client_new(&site, breakers);
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

static const char *take_text(struct arena *arena, const struct reply *reply, const char *key)
{
	const char *text = reply_text(reply, key);

	if (text == NULL)
		return NULL;
	return arena_strndup(arena, text, str_size_of_chars(text, NAME_MAX_CHARS));
}

/* A URL that is cut leads nowhere. */
static const char *take_url(struct arena *arena, const struct reply *reply, const char *key)
{
	const char *url = reply_text(reply, key);

	return url != NULL && str_n_chars(url) <= URL_MAX_CHARS ? arena_strdup(arena, url) : NULL;
}

static const char *take_openid(struct arena *arena, const struct reply *reply, const char *key)
{
	const char *text = reply_text(reply, key);

	return text != NULL && str_is_openid(text) ? arena_strdup(arena, text) : NULL;
}

static const char *take_session_key(struct arena *arena, const struct reply *reply)
{
	const char *text = reply_text(reply, "session_key");

	return text != NULL && strlen(text) <= SESSION_KEY_MAX ? arena_strdup(arena, text) : NULL;
}

static enum err take_identity(
	struct arena *arena, const struct reply *reply, struct wechat_login *login_r)
{
	if (reply_number(reply, "is_snapshotuser") == 1)
		return ERR_SNAPSHOT_USER;
	login_r->openid = take_openid(arena, reply, "openid");
	login_r->unionid = take_openid(arena, reply, "unionid");
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
	err = reply_ask(wechat, call, of_code, &reply);
	if (err == ERR_NONE)
		err = take_identity(arena, &reply, login_r);
	if (err == ERR_NONE)
		login_r->session_key = take_session_key(arena, &reply);
	reply_release(&reply);
	return err;
}

/* scope: a list with commas, or NULL. */
static bool scope_has(const char *scope, const char *name)
{
	return scope != NULL && str_place_in(scope, ",", name, strlen(name)) >= 0;
}

static void take_profile(
	struct arena *arena, const struct reply *reply, struct wechat_login *login_r)
{
	int64_t sex = reply_number(reply, "sex");

	login_r->nickname = take_text(arena, reply, "nickname");
	login_r->avatar = take_url(arena, reply, "headimgurl");
	login_r->country = take_text(arena, reply, "country");
	login_r->province = take_text(arena, reply, "province");
	login_r->city = take_text(arena, reply, "city");
	login_r->language = take_text(arena, reply, "language");
	login_r->gender = sex == 1 || sex == 2 ? (int32_t)sex : 0;
	login_r->privilege = reply_array(arena, reply, "privilege", PRIVILEGE_MAX);
	if (login_r->unionid == NULL)
		login_r->unionid = take_openid(arena, reply, "unionid");
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

	if (reply_ask(wechat, &call, of_code, &reply) == ERR_NONE) {
		const char *openid = reply_text(&reply, "openid");

		if (openid != NULL && strcmp(openid, login_r->openid) == 0)
			take_profile(arena, &reply, login_r);
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
	err = reply_ask(wechat, call, of_code, &reply);
	if (err == ERR_NONE)
		err = take_identity(arena, &reply, login_r);
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
