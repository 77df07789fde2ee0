/*
 * Logins: a code of WeChat's is exchanged for the person that it stands for.
 *
 * login_claim() commits a claim on (app, code) before WeChat is asked, so that a code is exchanged
 * exactly once, however many requests carry it on however many hosts. Only the HMAC of the code is
 * stored. login_complete() stores the WeChat user, finds or creates the account and records the
 * outcome, all of it or nothing.
 */
#ifndef DB_LOGIN_H
#define DB_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "app.h"
#include "db.h"

struct access_token;

enum claim_state {
	CLAIM_TAKEN,   /* by this request: ask WeChat, then complete, refuse or release it */
	CLAIM_PENDING, /* another request has taken it and has no outcome yet */
	CLAIM_SUCCESS, /* wechat_user_id says who logged in */
	CLAIM_REFUSED, /* err says why */
};

struct claim {
	const struct app *app;
	enum claim_state state;
	int64_t id;
	int32_t wechat_user_id; /* of a refused one only if the account refused the login */
	struct uuid account_id; /* of a refused one: which account did; nil: not known */
	bool is_new_account;    /* the login has made the account */
	enum err err;
	int64_t age_us;       /* since it was taken, by the database's clock */
	bool is_same_address; /* this request has the address of the one that took it */
};

/* Takes the claim, or reads it if it is taken. address: of the client, IPv6 by /64; NULL equals no
 * other. Returns ERR_CODE_PENDING if the request that took it ended without an outcome. */
enum err login_claim(struct db *db, const struct app *app, const char *code, const char *address,
	struct claim *claim_r);
/* Reads the claim again, and takes it if it was released meanwhile. */
enum err login_claim_poll(struct db *db, const struct app *app, const char *code,
	const char *address, struct claim *claim_r);
/* Records that WeChat has refused the code for good. */
enum err login_refuse(struct db *db, const struct claim *claim, enum err err);
/* Records that the account which had refused the login admits it now. */
enum err login_admit(struct db *db, const struct claim *claim);
/* Gives the claim up, since nothing was sent to WeChat and the code is still good. */
enum err login_release(struct db *db, const struct claim *claim);
/* Deletes at most a thousand claims that no longer count; db->n_rows is their number. */
enum err login_purge(struct db *db);

/* Stores a login by a claim that this request has taken, and begins a token for it unless token_r
 * is NULL. Returns ERR_ACCOUNT_DISABLED among others; the claim then says whose account it is, and
 * the login may be tried again. account_r is in the arena. */
enum err login_complete(struct db *db, struct claim *claim, const struct wechat_login *login,
	struct account *account_r, struct access_token *token_r);

#endif
