/*
 * WeChat's API: login codes, profiles, session keys and an app's own token. Sources: Tencent's
 * documentation of jscode2session, of OAuth for official accounts, apps and web sites, of
 * checksession and of stable_token.
 *
 * Any attempt that reaches WeChat spends a login code, so an exchange is never repeated, and only
 * ERR_UPSTREAM_UNSENT says that nothing was sent. Secrets, codes and tokens never reach a log. No
 * transaction is open during a call.
 *
 * "ERR_UPSTREAM and its kin" are ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT,
 * ERR_UPSTREAM_BUSY and ERR_UPSTREAM_CONFIG.
 */
#ifndef WECHAT_H
#define WECHAT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "wechat_refusal.h"

struct arena;
struct breaker_table;
struct conf;
struct transfers;
struct wechat;

enum app_kind { APP_MINI, APP_OFFICIAL, APP_MOBILE, APP_WEB };

struct wechat_app {
	enum app_kind kind;
	const char *appid, *secret;
};

/* Makes what one request at a time calls WeChat with. Returns NULL and logs the reason if the
 * configuration is refused. All must outlive it. breakers NULL: none; transfers NULL: it is not to
 * call. */
struct wechat *wechat_new(const struct conf *conf, struct transfers *transfers,
	struct breaker_table *breakers);
void wechat_free(struct wechat *wechat);
/* From now on ERR_UPSTREAM_CONFIG is not logged: its caller tells what wechat_last_refusal() says.
 */
void wechat_log_no_refusals(struct wechat *wechat);
/* Returns the time that all calls so far have waited for WeChat; 0 if wechat is NULL. */
int64_t wechat_waited_us(const struct wechat *wechat);

/* What a login code was exchanged for; members that WeChat left out are NULL. */
struct wechat_login {
	const char *openid;
	const char *unionid;
	const char *session_key; /* mini only; secret */
	/* With scope snsapi_userinfo or snsapi_login, if sns/userinfo answered. */
	const char *nickname, *avatar, *country, *province, *city, *language;
	int32_t gender; /* 1 male, 2 female, 0 not known */
	const char *privilege; /* a JSON array, "[]" for none */
};

/* Exchanges the code of an app and fetches the profile if the scope allows it, both within the
 * total time-out. A failure of the profile does not fail the login. Returns ERR_NONE,
 * ERR_CODE_INVALID, ERR_CODE_USED, ERR_RISK_USER, ERR_SNAPSHOT_USER, ERR_UPSTREAM and its kin.
 * Strings are in the arena, cut to the size of their columns. */
enum err wechat_exchange(struct wechat *wechat, struct arena *arena, const struct wechat_app *app,
	const char *code, struct wechat_login *login_r);

/* An app's own token. */
struct wechat_token {
	const char *text; /* secret */
	int64_t expires_in_s;
};

/* Returns the deadline for something that begins now, for what takes several calls. */
int64_t wechat_deadline_us(const struct wechat *wechat);
/* Fetches the app's stable token, which is the same for all that ask while it lives. Returns
 * ERR_NONE, ERR_UPSTREAM and its kin. The text is in the arena. */
enum err wechat_fetch_token(struct wechat *wechat, struct arena *arena,
	const struct wechat_app *app, int64_t deadline_us, struct wechat_token *token_r);
/* The same, but has WeChat make another one and end the one before at once. WeChat does so 20 times
 * a day, and gives the same token once more if the last time was less than 30 s ago. Each attempt
 * may count, so none is repeated. */
enum err wechat_force_token(struct wechat *wechat, struct arena *arena,
	const struct wechat_app *app, int64_t deadline_us, struct wechat_token *token_r);

/* Asks whether a mini program's user has this session_key now. access_token is the app's own.
 * Returns ERR_NONE, ERR_PROOF_MISSING, ERR_UPSTREAM_TOKEN if WeChat wants a newer access_token,
 * ERR_UPSTREAM and its kin. */
enum err wechat_check_session(struct wechat *wechat, const char *access_token, const char *openid,
	const char *session_key, int64_t deadline_us);
/* Asks whether a user's own token belongs to the openid. WeChat asks for no app here, so it says
 * nothing about whose user that is. Returns ERR_NONE, ERR_PROOF_MISSING, ERR_UPSTREAM and its kin.
 */
enum err wechat_check_user_token(
	struct wechat *wechat, const char *user_token, const char *openid);

/* Why the last call failed; nothing but zeros if it did not. */
const struct wechat_refusal *wechat_last_refusal(const struct wechat *wechat);

/* Finds out whether the API answers at all, for operators' checks. Returns ERR_NONE, ERR_UPSTREAM,
 * ERR_UPSTREAM_SILENT or ERR_UPSTREAM_UNSENT. */
enum err wechat_probe(struct wechat *wechat);

#endif
