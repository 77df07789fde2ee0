/*
 * Access tokens: what a login gives to one WeChat user, valid for two hours. Only the SHA-256 of a
 * token is stored.
 *
 * A login begins a family of tokens; each renewal replaces the token before. A token can be renewed
 * until 7 days after it expired, a family ends 90 days after its login, and a user has at most 10
 * families. A new token is an HMAC of the one before, so that a renewal whose answer was lost gets
 * the same token again within 10 s. A later second renewal means that two clients hold the token,
 * so it ends the family. A renewed token is expired at once as a bearer token, and its second use
 * as one has no other effect. Disabling an account, erasing it or logging it out everywhere gives
 * it a new security stamp (account_revoke_tokens()), which revokes all of its tokens. Times are by
 * the database's clock.
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

#define TOKEN_RENEWABLE_DAYS 7
#define TOKEN_FAMILY_DAYS 90
/* SQL: the tokens t, each with the account a whose token it is. An outer join by a named index
 * costs the server less than an inner join. */
#define TOKEN_AND_ACCOUNT                                                                       \
	"access_token t LEFT JOIN account a FORCE INDEX (PRIMARY) ON a.id = t.account_id"
/* SQL: whether the account a may log in, and has not revoked the token t. */
#define TOKEN_IS_OF_ACCOUNT "a.security_stamp = t.security_stamp AND " ACCOUNT_MAY_LOG_IN
/* SQL: joins the API key k that opened the login of the token t, if it can still be used. */
#define TOKEN_OPENER                                                                            \
	"LEFT JOIN api_key k ON k.id = t.api_key_id AND k.tenant_id = t.tenant_id "             \
	"AND " API_KEY_IS_VALID("k.") " "
/* SQL: whether the login has not ended with it. */
#define TOKEN_OPENER_IS_VALID "(t.api_key_id IS NULL OR k.id IS NOT NULL)"
/* SQL: whether the token t, which is neither renewed nor revoked, can be renewed; t: "t.". */
#define TOKEN_IS_RENEWABLE(t)                                                                   \
	t "expires_at > UTC_TIMESTAMP(6) - INTERVAL " STMT_NUMBER(TOKEN_RENEWABLE_DAYS)         \
	" DAY AND " t "began_at > UTC_TIMESTAMP(6) - INTERVAL "                                 \
	STMT_NUMBER(TOKEN_FAMILY_DAYS) " DAY"

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
/* Lets a token that names no account name its user's account, app and openid. */
enum err token_name_owner(struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE]);
/* Renews a well-formed token. principal: whose it is, by token_find(), or an anonymous one; gets
 * the id of the new token. Returns ERR_UNAUTHORIZED if the token is unknown, ERR_TOKEN_EXPIRED or
 * ERR_TOKEN_REVOKED if it cannot be renewed, ERR_TENANT_DISABLED. */
enum err token_renew(struct db *db, const char *presented, struct access_token *token_r,
	struct principal *principal);
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
