/*
 * The row of an access token, and SQL of tokens for other files of db/. What is done with a token
 * says token.h.
 */
#ifndef TOKEN_ROW_H
#define TOKEN_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "uuid.h"

struct principal;

#define TOKEN_LIFETIME_S 7200
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

/* Reasons of a refusal. */
#define TOKEN_ROW_NOT_OF_ACCOUNT "the account may not log in, or has revoked its tokens"
#define TOKEN_ROW_REVOKED "the token was revoked"

struct token_row {
	int64_t id;
	int32_t tenant_id, wechat_user_id;
	struct uuid family;
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct uuid security_stamp;
	int64_t began_us, issued_us, expires_us;
	int64_t rotated_us, revoked_us; /* 0: it was not */
	struct uuid account_id;
	int32_t app_id, opened_by;
	const char *openid;
	int64_t n_tokens;   /* of the user, without those that were revoked */
	bool is_of_account; /* the account may log in, and has not revoked its tokens since */
	int64_t now_us;
};

/* Sets the hash, by which a token is found, to that of a well-formed text. */
void token_row_hash(struct token_row *row, const char *text);
/* Reads the token of row->hash. Returns ERR_UNAUTHORIZED if there is none. */
enum err token_row_read(struct db *db, struct token_row *row);
/* Inserts a token that begins at row->now_us, and sets its id and its times. */
enum err token_row_insert(struct db *db, struct token_row *row);
/* Revokes all tokens of the family of the token of row->hash. */
enum err token_row_revoke_family(struct db *db, const struct token_row *row);
/* Lets a token that names no account name its user's account, app and openid. */
enum err token_row_name_owner(struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE]);
/* Returns when the family ends of itself. */
int64_t token_row_family_ends_us(const struct token_row *row);
/* Returns whose token it is. */
struct principal token_row_principal(struct db *db, const struct token_row *row);

#endif
