/*
 * WeChat's token of an app, kept for all hosts until shortly before it expires. A request that
 * finds none that it can use claims the renewal, asks WeChat and stores the outcome. Requests of
 * all hosts that need it meanwhile wait for that outcome, so that WeChat is asked once. After a
 * failure nobody asks for a second.
 */
#ifndef DB_WECHAT_TOKEN_H
#define DB_WECHAT_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"
#include "wechat.h"

struct app;

enum token_state {
	TOKEN_VALID,
	TOKEN_CLAIMED, /* by this request: ask WeChat, then keep the token or tell that it failed */
	TOKEN_ASKED,   /* another request asks WeChat: look again in a moment */
	TOKEN_FAILED,  /* a request has asked in vain within the last second */
};

struct kept_token {
	int32_t tenant_id, app_id;
	enum token_state state;
	const char *text; /* in the arena; secret; NULL: none that is valid */
	int32_t left_s;   /* until it is to be renewed */
	struct uuid uuid; /* distinguishes it from the tokens before and after */
};

/* Whether the texts are the same, without telling by its time where they differ. NULL is none. */
bool wechat_token_is(const char *text, const char *other);
/* Looks for a valid token that is not the refused one; NULL: for any. If there is none, claims the
 * renewal for claim_us, unless token_r->state says why not. */
enum err wechat_token_seek(struct db *db, const struct app *app, const char *refused,
	int64_t claim_us, struct kept_token *token_r);
/* Stores a token in place of the one before, which ends the claim. token_r can be used whatever is
 * returned. */
enum err wechat_token_keep(struct db *db, const struct app *app, const struct wechat_token *token,
	struct kept_token *token_r);
/* Ends the claim without a token. */
enum err wechat_token_fail(struct db *db, const struct app *app);
/* Ends the validity of this token, not of one that has taken its place meanwhile. */
enum err wechat_token_drop(struct db *db, const struct kept_token *token);
/* Deletes tokens that have expired, a thousand at most; db->n_rows: how many. */
enum err wechat_token_purge(struct db *db);

#endif
