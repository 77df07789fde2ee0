/*
 * A login code goes in once, one person comes out.
 *
 * login_claim() commits a claim on (app, code) before WeChat is asked, so that a code is
 * exchanged exactly once however many requests carry it on however many hosts; only its HMAC is
 * stored. login_complete() stores the WeChat user, finds or makes the account and notes the
 * outcome in one transaction.
 */
#ifndef DB_LOGIN_H
#define DB_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "app.h"
#include "db.h"

enum claim_state {
	CLAIM_TAKEN,   /* ours: ask WeChat, then complete, refuse or release */
	CLAIM_PENDING, /* another request has it and is not done */
	CLAIM_SUCCESS, /* done; wechat_user_id says who */
	CLAIM_REFUSED, /* done; err says why */
};

struct claim {
	enum claim_state state;
	int64_t id;
	int32_t wechat_user_id;
	enum err err;
	int64_t age_us;       /* since it was taken, by the database's clock */
	bool is_same_address; /* asked from the address that took it */
};

/* address: of the client, IPv6 by /64; NULL: never equal to another. ERR_CODE_PENDING: the one
 * that had it died over it. */
enum err login_claim(struct db *db, const struct app *app, const char *code, const char *address,
	struct claim *claim_r);
/* Reads it again; one that was released in the meantime is taken. */
enum err login_claim_poll(struct db *db, const struct app *app, const char *code,
	const char *address, struct claim *claim_r);
/* WeChat refused for good. */
enum err login_refuse(struct db *db, const struct claim *claim, enum err err);
/* Nothing was sent to WeChat: the code is as good as new. */
enum err login_release(struct db *db, const struct claim *claim);
/* Forgets claims that are too old to matter, a thousand at most: their number, or -1. */
enum err login_purge(struct db *db);

/* ERR_ACCOUNT_DISABLED too. account_r is in the arena. */
enum err login_complete(struct db *db, const struct claim *claim, const struct app *app,
	const struct wechat_login *login, struct account *account_r);

#endif
