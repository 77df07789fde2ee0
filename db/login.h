/*
 * Logins: a code of WeChat's is exchanged for the person that it stands for. login_complete()
 * stores the WeChat user, finds or creates the account and records the outcome of the code's claim,
 * all of it or nothing.
 */
#ifndef DB_LOGIN_H
#define DB_LOGIN_H

#include "account.h"
#include "claim.h"
#include "db.h"

struct access_token;
struct wechat_login;

/* Stores a login by a claim that this request has taken, and begins a token for it unless token_r
 * is NULL. Returns ERR_ACCOUNT_DISABLED among others; the claim then says whose account it is, and
 * the login may be tried again. account_r is in the arena. */
enum err login_complete(struct db *db, struct claim *claim, const struct wechat_login *login,
	struct account *account_r, struct access_token *token_r);

#endif
