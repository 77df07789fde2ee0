/*
 * The API keys that get WeChat's token of an app, and what the audit keeps of it: once an hour that
 * a key got it, and each time that a key had WeChat make another one.
 */
#ifndef DB_WECHAT_TOKEN_READER_H
#define DB_WECHAT_TOKEN_READER_H

#include <stdint.h>

#include "db.h"

struct app;
struct principal;

/* Call before the token is given out. Returns ERR_ABSENT if the app is not one of the key's. */
enum err wechat_token_note_reader(
	struct db *db, const struct principal *key, const struct app *app);
/* Call before each forced call (wechat.h): counts it. Returns ERR_RATE if there must be none
 * for the next *wait_s_r seconds: there are at most 10 in 24 hours, with a pause between two. */
enum err wechat_token_count_forced(struct db *db, const struct principal *key,
	const struct app *app, int32_t *wait_s_r);

#endif
