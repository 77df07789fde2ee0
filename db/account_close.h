/*
 * An account that its person has closed: it is erased after the days of the tenant's setting
 * erasure_days, or at once if they are 0.
 *
 * While it is closed, it is disabled: logins are refused, and its access tokens are revoked. API
 * keys do not find its users either, and nothing can be saved for them. The operator, or the person
 * by a login code, may take the closing back. A job erases it when the time has come; a message of
 * WeChat's that erases one of its users, or "wxuserctl user erase", does so at once. A user whom a
 * tenant's server has saved becomes one of its users by the first login, which is refused.
 *
 * account.erases_at says that an account is closed. wechat_user.is_closed repeats it for each of
 * its users, so that a look-up of a user need not read the account.
 */
#ifndef ACCOUNT_CLOSE_H
#define ACCOUNT_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "account_admin.h"
#include "db.h"

struct app;
struct principal;

struct closing {
	int64_t receipt;   /* the id of the audit entry, which the person is told */
	bool is_erased;    /* at once; otherwise the account is closed */
	int64_t erases_us; /* when it will be erased, or was; microseconds since 1970 UTC */
};

/* Closes the account of a person who presents an access token, or erases it. If the account was
 * merged since the token was found, this is the account that it has become. Returns
 * ERR_USER_UNKNOWN if the person has gone since, or ERR_TOKEN_REVOKED if the account is disabled or
 * closed. */
enum err account_close(
	struct db *db, const struct principal *principal, struct closing *closing_r);
/* Finds when a closed account will be erased. Returns ERR_ABSENT if it is not closed. */
enum err account_find_closed(
	struct db *db, const struct account_ref *ref, int64_t *erases_us_r);
/* Opens a closed account. Its access tokens stay revoked. Returns ERR_USER_UNKNOWN if the account
 * is deleted, or ERR_ABSENT if it is not closed. */
enum err account_reopen(struct db *db, const struct account_ref *ref, const char *actor);

/* Call after a login was refused that would have joined a user without an account to that of
 * account_id. If the account is closed and the user is stored, as a tenant's server has saved it,
 * the user joins it, so that it is erased with it. Otherwise nothing is done. */
enum err account_close_join(
	struct db *db, const struct app *app, const char *openid, struct uuid account_id);

/* The account that a run has come to; all zero at its start. */
struct due_place {
	int64_t erases_us;
	struct uuid id;
};

/* Erases a few accounts that are due, from the place on, and moves that. Sets
 * n_erased_r to the number of those erased, and is_over_r if no further one is due. */
enum err account_erase_due(
	struct db *db, struct due_place *place, int64_t *n_erased_r, bool *is_over_r);

#endif
