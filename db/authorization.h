/*
 * Authorization, as the customer dialect calls it, of an openid that is proven: stores the profile
 * that the user sends, finds or creates the account, gives it an access token, and finds what the
 * tenant allows it.
 *
 * A unionid that a client sends proves nothing. It links the user to nobody, and is refused if it
 * is not the stored one. Only a tenant's server is believed.
 */
#ifndef AUTHORIZATION_H
#define AUTHORIZATION_H

#include "account.h"
#include "app.h"
#include "db.h"
#include "token.h"
#include "user_row.h"

/* What this service knows of an openid from codes that it has exchanged. */
struct known_session {
	bool is_exchanged;       /* a code of this app was exchanged, at any time */
	const char *session_key; /* of the last hour, or ""; secret */
};

/* Finds nothing, and succeeds, if nobody has logged in with the openid. */
enum err authorization_session(struct db *db, const struct app *app, const char *openid,
	struct known_session *session_r);

struct authorization {
	const struct app *app;
	const char *openid;
	const char *unionid; /* as the client sent it, or NULL */
	bool is_trusted;     /* the client is a tenant's server */
	int32_t opened_by;   /* its API key, if nothing else proves the openid; 0 */
	struct profile change;
};

/* Returns ERR_APP_UNKNOWN if the openid is another app's, ERR_UNIONID_OTHER, or
 * ERR_ACCOUNT_DISABLED. */
enum err authorization_store(struct db *db, const struct authorization *authorization,
	struct account *account_r, struct access_token *token_r);

struct customer_flags {
#define CUSTOMER_FLAG(name) bool name;
	ACCOUNT_CUSTOMER_FLAGS(CUSTOMER_FLAG)
#undef CUSTOMER_FLAG
};

/* Finds each flag of the account, or its tenant's if the account has none of its own. */
enum err authorization_flags(
	struct db *db, const struct account *account, struct customer_flags *flags_r);

#endif
