/*
 * Claims on codes of WeChat, which are good for one use. A claim on (app, code) is committed before
 * WeChat is asked, so that a code is used exactly once, however many requests carry it on however
 * many hosts. Only the HMAC of the code is stored, for 10 minutes.
 *
 * There are codes of logins and of the phone button. A code that was claimed as one of them is
 * refused as the other.
 */
#ifndef DB_CLAIM_H
#define DB_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "db.h"
#include "uuid.h"

enum code_kind { CODE_OF_LOGIN, CODE_OF_PHONE_BUTTON }; /* as they are stored */

/* A code, and who presents it. */
struct claimed_code {
	const struct app *app;
	enum code_kind kind;
	const char *text;
	const char *address;    /* of who logs in, IPv6 by /64; NULL equals no other */
	int32_t wechat_user_id; /* of who presses the phone button; 0 at a login */
};

enum claim_state {
	CLAIM_TAKEN,   /* by this request: ask WeChat, then record the outcome, or release it */
	CLAIM_PENDING, /* another request has taken it and has no outcome yet */
	CLAIM_SUCCESS, /* wechat_user_id says who it was */
	CLAIM_REFUSED, /* err says why */
};

struct claim {
	const struct app *app;
	enum claim_state state;
	int64_t id;
	int32_t wechat_user_id; /* of a refused login only if the account refused it */
	struct uuid account_id; /* of a refused login: which account did; nil: not known */
	bool is_new_account;    /* the login has made the account */
	enum err err;
	int32_t errcode;     /* of a refused one, by which WeChat refused it; 0: by none */
	int64_t age_us;      /* since it was taken, by the database's clock */
	bool is_same_client; /* the code has the address, or the user, of the one that took it */
};

/* Takes the claim, or reads it if it is taken. Returns ERR_CODE_PENDING if the request that took it
 * ended without an outcome, ERR_CODE_USED or ERR_NOT_PHONE_CODE if it was claimed as a code of the
 * other kind. */
enum err claim_take(struct db *db, const struct claimed_code *code, struct claim *claim_r);
/* Reads the claim again, and takes it if it was released meanwhile. */
enum err claim_poll(struct db *db, const struct claimed_code *code, struct claim *claim_r);
/* Call within the transaction that stores what the code has brought. Returns ERR_CODE_PENDING if
 * the claim has an outcome already. */
enum err claim_succeed(struct db *db, const struct claim *claim, int32_t wechat_user_id);
/* Records that the code was refused for good, and the errcode of the claim. */
enum err claim_refuse(struct db *db, const struct claim *claim, enum err err);
/* Records that the account which had refused the login admits it now. */
enum err claim_admit(struct db *db, const struct claim *claim);
/* Gives the claim up, since nothing was sent to WeChat and the code is still good. */
enum err claim_release(struct db *db, const struct claim *claim);
/* Deletes at most a thousand claims that no longer count; db->n_rows is their number. */
enum err claim_purge(struct db *db);

#endif
