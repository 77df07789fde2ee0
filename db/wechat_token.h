/*
 * WeChat's token of an app, kept for all hosts until shortly before it expires. A request that
 * finds none asks WeChat for it and stores it. WeChat gives the same token to all that ask, so that
 * no request has to wait for another.
 */
#ifndef DB_WECHAT_TOKEN_H
#define DB_WECHAT_TOKEN_H

#include <stdint.h>

#include "db.h"
#include "uuid.h"
#include "wechat.h"

struct app;

struct kept_token {
	int32_t app_id;
	const char *text; /* in the arena; secret */
	struct uuid uuid; /* distinguishes it from the tokens before and after */
};

/* Returns ERR_ABSENT if there is none. */
enum err wechat_token_find(struct db *db, const struct app *app, struct kept_token *token_r);
/* Stores a token in place of the one before. token_r can be used whatever is returned. */
enum err wechat_token_keep(struct db *db, const struct app *app, const struct wechat_token *token,
	struct kept_token *token_r);
/* Deletes this token, not one that has taken its place meanwhile. */
enum err wechat_token_drop(struct db *db, const struct kept_token *token);
/* Deletes tokens that have expired, a thousand at most; db->n_rows: how many. */
enum err wechat_token_purge(struct db *db);

#endif
