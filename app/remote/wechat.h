/*
 * WeChat's servers: login codes, profiles, session keys and an app's own token. Facts: Tencent's
 * documentation of jscode2session, of OAuth for official accounts, apps and web sites, of
 * checksession and of stable_token.
 *
 * A code is spent by any attempt that reached WeChat, so an exchange is never repeated; only
 * ERR_UPSTREAM_UNSENT says that nothing was sent. Secrets, codes and tokens never reach a log. No
 * transaction is open while WeChat is asked.
 */
#ifndef WECHAT_H
#define WECHAT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "whitelist_refusal.h"

struct arena;
struct breaker_table;
struct conf;
struct wechat;

enum app_kind { APP_MINI, APP_OFFICIAL, APP_MOBILE, APP_WEB };

/* Whose codes they are. */
struct wechat_app {
	enum app_kind kind;
	const char *appid, *secret;
};

/* Returns NULL and logs the reason if the configuration is refused. breakers must outlive it; NULL
 * stands for none. */
struct wechat *wechat_new(const struct conf *conf, struct breaker_table *breakers);
void wechat_free(struct wechat *wechat);
/* Waited for WeChat in all; the difference of two is what lay between. NULL: 0. */
int64_t wechat_waited_us(const struct wechat *wechat);

/* What a code was worth; NULL where WeChat did not say. */
struct wechat_login {
	const char *openid;
	const char *unionid;
	const char *session_key; /* mini only; secret */
	/* With scope snsapi_userinfo or snsapi_login, when sns/userinfo answered. */
	const char *nickname, *avatar, *country, *province, *city, *language;
	int32_t gender; /* 1 male, 2 female, 0 not known */
	const char *privilege; /* a JSON array, "[]" for none */
};

/* Exchanges the code and, where the scope allows, asks for the profile, all within the total
 * time-out; the profile's failure does not fail the login. ERR_NONE, ERR_CODE_INVALID,
 * ERR_CODE_USED, ERR_RISK_USER, ERR_SNAPSHOT_USER, ERR_UPSTREAM, ERR_UPSTREAM_UNSENT,
 * ERR_UPSTREAM_BUSY, ERR_UPSTREAM_CONFIG. Strings are in the arena, cut to their columns' size. */
enum err wechat_exchange(struct wechat *wechat, struct arena *arena, const struct wechat_app *app,
	const char *code, struct wechat_login *login_r);

/* An app's own token. */
struct wechat_token {
	const char *text; /* secret */
	int64_t expires_in_s;
};

/* Until when a question that begins now may last; for one that takes several calls. */
int64_t wechat_deadline_us(const struct wechat *wechat);
/* ERR_UPSTREAM and its kin. The text is in the arena. */
enum err wechat_fetch_token(struct wechat *wechat, struct arena *arena,
	const struct wechat_app *app, int64_t deadline_us, struct wechat_token *token_r);

/* Whether a mini program's user has this session_key now; access_token: the app's own. ERR_NONE,
 * ERR_PROOF_MISSING, ERR_UPSTREAM_TOKEN: WeChat wants a newer access_token; ERR_UPSTREAM and its
 * kin. */
enum err wechat_check_session(struct wechat *wechat, const char *access_token, const char *openid,
	const char *session_key, int64_t deadline_us);
/* Whether a user's own token goes with the openid. WeChat asks for no app: it says nothing about
 * whose user that is. ERR_NONE, ERR_PROOF_MISSING, ERR_UPSTREAM and its kin. */
enum err wechat_check_user_token(
	struct wechat *wechat, const char *user_token, const char *openid);

/* Why WeChat refused the last call with ERR_UPSTREAM_CONFIG. */
struct wechat_refusal {
	int64_t errcode;
	/* Of this host, which the app's white list lacks; "": not that. */
	char address[WHITELIST_ADDRESS_SIZE];
};

const struct wechat_refusal *wechat_last_refusal(const struct wechat *wechat);

/* Whether the API answers at all, for operators' checks: ERR_NONE, ERR_UPSTREAM,
 * ERR_UPSTREAM_UNSENT. */
enum err wechat_probe(struct wechat *wechat);

#endif
