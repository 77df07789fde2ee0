/*
 * Access tokens: what a login gives to one WeChat user, valid for two hours. Only the SHA-256 of a
 * token is stored.
 *
 * A login begins a family of tokens; each renewal replaces the token before (token_renewal.h). A
 * token can be renewed until 7 days after it expired, a family ends 90 days after its login, and a
 * user has at most 10 families. A renewed token is expired at once as a bearer token, and its
 * second use as one has no other effect. Disabling an account, erasing it or logging it out
 * everywhere gives it a new security stamp (account_revoke_tokens()), which revokes all of its
 * tokens. Times are by the database's clock.
 *
 * A family that a tenant's server opened by its API key, without a proof of the person's, names the
 * key and ends with it: revoked, expired or otherwise.
 *
 * A token names the account, app and openid of its user, so that a look-up reads the token and the
 * account. Whatever moves a user to another account or app moves its tokens in the same
 * transaction, after the user: a login writes the user first, too, and so it sees the move, or its
 * token is moved. A token from before the columns, or of a host that still runs the release before,
 * names no account: a look-up that meets it lets it name its owner, and reads it again.
 */
#ifndef DB_TOKEN_H
#define DB_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "principal.h"
#include "secret.h"

struct access_token {
	char text[SECRET_TOKEN_SIZE + 1];
	int64_t issued_us, expires_us;
};

/* Begins a family. The user's oldest one ends if there are too many. Returns ERR_USER_UNKNOWN if
 * there is no such user, or ERR_ACCOUNT_DISABLED if it has no account that may log in. */
enum err token_issue(struct db *db, int32_t tenant_id, int32_t wechat_user_id,
	struct access_token *token_r);
/* Of an account that may log in, as it was read at read_us by the database's clock. */
struct token_owner {
	struct uuid account_id, security_stamp;
	int32_t app_id;
	const char *openid;
	int64_t read_us;
};

struct token_user {
	int32_t tenant_id, id;
	bool is_new; /* has no token yet */
	int32_t opened_by; /* the API key whose server asks for it; 0: the person does */
	/* NULL: the server reads it, which costs it as much as to store the token. Otherwise the
	 * user has still that account, app and openid. */
	const struct token_owner *owner;
};

/* The same, within a transaction that has written the user's row. */
enum err token_begin_written(
	struct db *db, const struct token_user *user, struct access_token *token_r);
/* Finds the person whose token it is. Returns ERR_UNAUTHORIZED if it is unknown, ERR_TOKEN_EXPIRED
 * if it has expired or was renewed, ERR_TOKEN_REVOKED. */
enum err token_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* Revokes the whole family of a well-formed token, also of one that has expired or was renewed. An
 * unknown token has none. */
enum err token_revoke(struct db *db, const char *presented);
/* Tells the tokens of a user that the user is another app's, within a transaction that has written
 * the user's row. */
enum err token_set_app(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, int32_t app_id);
/* Deletes tokens that could not be renewed for a day, a thousand at most; db->n_rows: how many. */
enum err token_purge(struct db *db);

#endif
