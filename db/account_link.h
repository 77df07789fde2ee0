/*
 * A WeChat user and the person it belongs to: by (app, openid), then by the unionid within the
 * app's Open Platform account. A unionid that names somebody else makes both one, or, where that
 * would be wrong, leaves a conflict for the operator, and the login goes on by openid.
 *
 * A user without an account who brings the unionid of one that is switched off belongs to that one,
 * so that nobody slips in through another app; a user with an account of the own is not shut out by
 * another's. What a deleted account owned goes to whoever brings it.
 *
 * An app that has moved to another Open Platform account gives its users other unionids, and its
 * openids stay: the person keeps the unionid in the one before, for the apps that are still there,
 * and gets that in the new one by the next login.
 */
#ifndef ACCOUNT_LINK_H
#define ACCOUNT_LINK_H

#include "app.h"
#include "db.h"
#include "profile.h"

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
	const char *unionid;   /* as WeChat or the tenant's server has just given it; NULL: none */
	struct user_row *user; /* locked, or not stored yet */
	const struct profile *change;
	enum profile_source source;
	/* Found on the way. */
	enum conflict_reason reason;
	struct uuid other_id;
	bool is_new_account;
};

/* Whether the user's unionid was given before the app moved. */
bool account_link_is_outdated(const struct app *app, const struct user_row *user);

/* Within a transaction: finds or makes the account, applies the change and stores the user. */
enum err account_link_user(struct db *db, struct account_link *link);

#endif
