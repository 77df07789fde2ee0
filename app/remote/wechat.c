#include <arpa/inet.h>
#include <jansson.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "heap.h"
#include "http_client.h"
#include "log.h"
#include "str.h"
#include "wechat.h"

#define NAME_MAX_CHARS 64
#define URL_MAX_CHARS 512
#define SESSION_KEY_MAX 64
#define PRIVILEGE_MAX 512

#define NUMBER_MAX 1e15

#define ERRCODE_SYSTEM_BUSY -1
#define ERRCODE_ADDRESS_REFUSED 40164

struct wechat {
	struct http_client *http;
	int64_t total_timeout_us;
};

/* WeChat's answer: a JSON object and its errcode, 0 where it has none. */
struct reply {
	json_t *json; /* NULL: it was none */
	int64_t errcode;
};

struct wechat *wechat_new(const struct conf *conf, const struct circuit *circuit)
{
	const struct http_site site = {
		.url = conf->wechat_base_url,
		.second_url = conf->wechat_second_url,
		.ca_file = conf->wechat_ca_file,
		.connect_timeout_us = conf->wechat_connect_timeout_ms * 1000,
	};
	struct http_client *http = http_client_new(&site, circuit);
	struct wechat *wechat;

	if (http == NULL)
		return NULL;
	wechat = heap_new_of(struct wechat);
	wechat->http = http;
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

/* WeChat sends a number, some of its older parts a float or a string. */
static bool read_number(const json_t *value, int64_t *number_r)
{
	double number = json_number_value(value);

	if (json_is_string(value))
		return str_parse_int64(json_string_value(value), number_r);
	if (!json_is_number(value) || number < -NUMBER_MAX || number > NUMBER_MAX)
		return false;
	*number_r = (int64_t)number;
	return true;
}

/* The Content-Type says text/plain and is ignored. */
static void reply_parse(struct reply *reply, const struct http_answer *answer)
{
	json_t *json = json_loadb(answer->body, answer->size, JSON_REJECT_DUPLICATES, NULL);
	json_t *errcode = json_object_get(json, "errcode");

	reply->errcode = 0;
	if (json_is_object(json) && (errcode == NULL || read_number(errcode, &reply->errcode)))
		reply->json = json;
	else
		json_decref(json);
}

static bool is_sound(void *ctx, const struct http_answer *answer)
{
	struct reply *reply = ctx;

	json_decref(reply->json);
	reply->json = NULL;
	if (answer->status == 200)
		reply_parse(reply, answer);
	return reply->json != NULL && reply->errcode != ERRCODE_SYSTEM_BUSY;
}

/* ERR_NONE: there is a reply, whatever it says. The caller owns reply_r->json in any case. */
static enum err ask(struct wechat *wechat, struct http_call *call, struct reply *reply_r)
{
	struct http_answer answer;

	*reply_r = (struct reply){0};
	call->is_sound = is_sound;
	call->ctx = reply_r;
	http_get(wechat->http, call, &answer);
	if (answer.outcome == HTTP_UNSENT)
		return ERR_UPSTREAM_UNSENT;
	if (answer.outcome == HTTP_BROKEN)
		return ERR_UPSTREAM;
	if (reply_r->json == NULL) {
		log_event(LOG_LEVEL_WARNING, "WeChat's answer cannot be read");
		log_str("path", call->path);
		log_int("status", answer.status);
		log_int("size", (int64_t)answer.size);
		log_end();
		return ERR_UPSTREAM;
	}
	return ERR_NONE;
}

static enum err err_of_errcode(int64_t errcode)
{
	switch (errcode) {
	case 0:
		return ERR_NONE;
	case 40029:
	case 42003:
		return ERR_CODE_INVALID;
	case 40163:
		return ERR_CODE_USED;
	case 40226:
	case 50002:
		return ERR_RISK_USER;
	case ERRCODE_SYSTEM_BUSY:
	case 45009:
	case 45011:
		return ERR_UPSTREAM_BUSY;
	default:
		return ERR_UPSTREAM_CONFIG;
	}
}

/* The refused address stands somewhere in the text: the first word that is one. */
static bool find_address(const char *text, char address_r[INET6_ADDRSTRLEN])
{
	static const char digits[] = "0123456789abcdefABCDEF.:";
	unsigned char binary[16];

	while (*text != '\0') {
		size_t size = strspn(text, digits);

		if (size > 0 && size < INET6_ADDRSTRLEN) {
			memcpy(address_r, text, size);
			address_r[size] = '\0';
			if (inet_pton(AF_INET, address_r, binary) == 1 ||
				inet_pton(AF_INET6, address_r, binary) == 1)
				return true;
		}
		text += size > 0 ? size : 1;
	}
	return false;
}

static void log_refusal(const char *path, const struct reply *reply, enum err err)
{
	const char *errmsg = json_string_value(json_object_get(reply->json, "errmsg"));
	char address[INET6_ADDRSTRLEN];

	log_event(err == ERR_UPSTREAM_CONFIG ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		err == ERR_UPSTREAM_CONFIG ? "WeChat refuses this app's configuration" :
					     "WeChat is busy or limits the rate");
	log_str("path", path);
	log_int("errcode", reply->errcode);
	if (reply->errcode == ERRCODE_ADDRESS_REFUSED && errmsg != NULL &&
		find_address(errmsg, address))
		log_str("address", address);
	log_end();
}

/* As ask(), and the errcode becomes an error; what the user did wrong is not logged here. */
static enum err ask_for(struct wechat *wechat, struct http_call *call, struct reply *reply_r)
{
	enum err err = ask(wechat, call, reply_r);

	if (err != ERR_NONE)
		return err;
	err = err_of_errcode(reply_r->errcode);
	if (err == ERR_UPSTREAM_CONFIG || err == ERR_UPSTREAM_BUSY)
		log_refusal(call->path, reply_r, err);
	return err;
}

/* NULL: absent or empty. Jansson has refused bad UTF-8 and NUL. */
static const char *text_of(const struct reply *reply, const char *key)
{
	const char *text = json_string_value(json_object_get(reply->json, key));

	return str_is_empty(text) ? NULL : text;
}

static const char *take_text(
	struct arena *arena, const struct reply *reply, const char *key, size_t max_chars)
{
	const char *text = text_of(reply, key);

	return text == NULL ? NULL : arena_strndup(arena, text, str_size_of_chars(text, max_chars));
}

static const char *take_openid(struct arena *arena, const struct reply *reply, const char *key)
{
	const char *text = text_of(reply, key);

	return text != NULL && str_is_openid(text) ? arena_strdup(arena, text) : NULL;
}

static const char *take_session_key(struct arena *arena, const struct reply *reply)
{
	const char *text = text_of(reply, "session_key");

	return text != NULL && strlen(text) <= SESSION_KEY_MAX ? arena_strdup(arena, text) : NULL;
}

static int64_t number_of(const struct reply *reply, const char *key)
{
	int64_t number;

	return read_number(json_object_get(reply->json, key), &number) ? number : 0;
}

static const char *take_privilege(struct arena *arena, const struct reply *reply)
{
	const json_t *privilege = json_object_get(reply->json, "privilege");
	char text[PRIVILEGE_MAX];
	size_t size = 0;

	if (json_is_array(privilege))
		size = json_dumpb(privilege, text, sizeof(text), JSON_COMPACT);
	return size > 0 && size <= sizeof(text) ? arena_strndup(arena, text, size) : "[]";
}

static enum err take_identity(
	struct arena *arena, const struct reply *reply, struct wechat_login *login_r)
{
	if (number_of(reply, "is_snapshotuser") == 1)
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
	err = ask_for(wechat, call, &reply);
	if (err == ERR_NONE)
		err = take_identity(arena, &reply, login_r);
	if (err == ERR_NONE)
		login_r->session_key = take_session_key(arena, &reply);
	json_decref(reply.json);
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
	int64_t sex = number_of(reply, "sex");

	login_r->nickname = take_text(arena, reply, "nickname", NAME_MAX_CHARS);
	login_r->avatar = take_text(arena, reply, "headimgurl", URL_MAX_CHARS);
	login_r->country = take_text(arena, reply, "country", NAME_MAX_CHARS);
	login_r->province = take_text(arena, reply, "province", NAME_MAX_CHARS);
	login_r->city = take_text(arena, reply, "city", NAME_MAX_CHARS);
	login_r->language = take_text(arena, reply, "language", NAME_MAX_CHARS);
	login_r->gender = sex == 1 || sex == 2 ? (int32_t)sex : 0;
	login_r->privilege = take_privilege(arena, reply);
	if (login_r->unionid == NULL)
		login_r->unionid = take_openid(arena, reply, "unionid");
}

static void ask_for_profile(struct wechat *wechat, struct arena *arena, const struct reply *token,
	int64_t deadline_us, struct wechat_login *login_r)
{
	const struct http_param query[] = {
		{"access_token", text_of(token, "access_token")},
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

	if (ask_for(wechat, &call, &reply) == ERR_NONE) {
		const char *openid = text_of(&reply, "openid");

		if (openid != NULL && strcmp(openid, login_r->openid) == 0)
			take_profile(arena, &reply, login_r);
	}
	json_decref(reply.json);
}

static enum err exchange_oauth(struct wechat *wechat, struct arena *arena, struct http_call *call,
	struct wechat_login *login_r)
{
	struct reply reply;
	const char *scope;
	enum err err;

	call->path = "sns/oauth2/access_token";
	err = ask_for(wechat, call, &reply);
	if (err == ERR_NONE)
		err = take_identity(arena, &reply, login_r);
	scope = text_of(&reply, "scope");
	if (err == ERR_NONE &&
		(scope_has(scope, "snsapi_userinfo") || scope_has(scope, "snsapi_login")))
		ask_for_profile(wechat, arena, &reply, call->deadline_us, login_r);
	json_decref(reply.json);
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
		.deadline_us = clock_monotonic_us() + wechat->total_timeout_us,
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
		.deadline_us = clock_monotonic_us() + wechat->total_timeout_us,
		.is_repeatable = true,
	};
	struct reply reply;
	enum err err = ask(wechat, &call, &reply);

	json_decref(reply.json);
	return err;
}
