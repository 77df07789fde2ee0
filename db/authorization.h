/*
 * What the customer dialect does with an openid that is proven: it stores what the user says of
 * himself, finds or makes the account, and tells what the tenant allows it.
 *
 * A unionid that a client sends proves nothing: it joins nobody, and one that is not the stored one
 * is refused. Only a tenant's server is believed.
 */
#ifndef AUTHORIZATION_H
#define AUTHORIZATION_H

#include "account.h"
#include "app.h"
#include "db.h"
#include "profile.h"

/* What this service knows of an openid from its own exchanges. */
struct known_session {
	bool is_exchanged;       /* for this app, at any time */
	const char *session_key; /* of the last hour, else ""; secret */
};

/* Finds nothing known of an openid that nobody has logged in with. */
enum err authorization_session(struct db *db, const struct app *app, const char *openid,
	struct known_session *session_r);

struct authorization {
	const struct app *app;
	const char *openid;
	const char *unionid; /* as the client says; NULL: nothing */
	bool is_trusted;     /* a tenant's server is the client */
	struct profile change;
};

/* ERR_APP_UNKNOWN: the openid is another app's; ERR_UNIONID_OTHER; ERR_ACCOUNT_DISABLED. */
enum err authorization_store(struct db *db, const struct authorization *authorization,
	struct account *account_r);

/* What customers' apps may do; an account's own, where it has none the tenant's. */
struct customer_flags {
	bool is_mini_program_remind, is_close_order_pda, is_show_statistics_pda;
	bool is_show_no_fee_leave_button, can_balance_pay;
};

/* Finds the flags of an account's tenant where the account has none of its own. */
enum err authorization_flags(
	struct db *db, const struct account *account, struct customer_flags *flags_r);

#endif
