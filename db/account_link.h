/*
 * The link between a WeChat user and its account. A login finds the user by app and openid, and the
 * account by the unionid within the app's Open Platform account. If the unionid belongs to another
 * account, the two accounts are merged. If they must not be merged, the login goes on with the
 * account of the openid, and a conflict is recorded for the operator.
 *
 * A user without an account who brings the unionid of a disabled account is linked to that one, so
 * that nobody slips in through another app. A user who has an account is not shut out because
 * another account is disabled. The unionid of a deleted account goes to whoever brings it.
 *
 * If an app moves to another Open Platform account, its users keep their openids and get new
 * unionids. The account keeps the old unionid for the apps that are still there, and gets the new
 * one by the next login.
 */
#ifndef ACCOUNT_LINK_H
#define ACCOUNT_LINK_H

#include "app.h"
#include "db.h"
#include "user_row.h"

enum conflict_reason {
	CONFLICT_NONE,
	CONFLICT_UNIONID, /* the account has another unionid there */
	CONFLICT_OPENID,  /* both hold an openid of one app */
	CONFLICT_MEMBER,  /* both are bound to different members */
	CONFLICT_OFF,     /* one of them may not log in */
	CONFLICT_APART,   /* an operator has undone their merge */
};

struct account_link {
	const struct app *app;
	const char *unionid;   /* as WeChat or the tenant's server has just given it, or NULL */
	struct user_row *user; /* locked, or not stored yet */
	const struct profile *change;
	enum profile_source source;
	/* Set by account_link_user(). */
	enum conflict_reason reason;
	struct uuid other_id;
	bool is_new_account;
};

/* Whether the user's unionid is from before the app moved. */
bool account_link_is_outdated(const struct app *app, const struct user_row *user);

/* Finds or creates the account, applies the change and stores the user. Call it within a
 * transaction. */
enum err account_link_user(struct db *db, struct account_link *link);

#endif
