/*
 * WeChat's token of an app, kept for all hosts until shortly before it ends. Whoever finds none
 * asks WeChat for it and stores it; WeChat gives the same to all who ask, so that nobody has to
 * wait for another.
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
	struct uuid uuid; /* tells it from the ones before and after */
};

/* 1, 0 or -1. */
int wechat_token_find(struct db *db, const struct app *app, struct kept_token *token_r);
/* In the place of the one before. 0 or -1; token_r is good to be used in any case. */
int wechat_token_keep(struct db *db, const struct app *app, const struct wechat_token *token,
	struct kept_token *token_r);
/* This one, not one that has taken its place meanwhile. 0 or -1. */
int wechat_token_drop(struct db *db, const struct kept_token *token);
/* Forgets those that have ended, a thousand at most: their number, or -1. */
enum err wechat_token_purge(struct db *db);

#endif
