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

#include "account_view.h"
#include "link_conflict.h"

struct account_link {
	const struct app *app;
	const char *unionid;   /* as WeChat or the tenant's server has just given it, or NULL */
	struct user_row *user; /* locked, or not stored yet */
	const struct profile *change;
	enum profile_source source;
	bool is_from_file;     /* the operator's import says so, not WeChat */
	bool is_owner_known; /* owner_id says to whom the unionid belongs; else it is looked up */
	struct uuid owner_id;
	/* Set by account_link_user(). */
	enum conflict_reason reason;
	bool is_new_account, is_new_user;
	bool has_followed;           /* a follow that had waited has changed the user */
	struct account_view created; /* the new account */
};

/* Whether the user's unionid is from before the app moved. */
bool account_link_is_outdated(const struct app *app, const struct user_row *user);

/* Whether account_link_user() would change nothing but the profile: the user has the app and the
 * account already, and the unionid with it. The user and the owner may be read without a lock. */
bool account_link_is_settled(const struct account_link *link);

/* Both are called within a transaction.
 *
 * Finds or creates the account, applies the change and stores the user. */
enum err account_link_user(struct db *db, struct account_link *link);
/* What a token of the user names then, in *owner_r; NULL, and *owner_r is left alone, unless the
 * account is new: the server has to read it. */
const struct token_owner *account_link_token_owner(
	const struct account_link *link, struct token_owner *owner_r);
/* Shows the account to the user then. Returns as account_by_wechat_user(). */
enum err account_link_show(
	struct db *db, const struct account_link *link, struct account *account_r);

#endif
