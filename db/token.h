/*
 * Access tokens: what a login gives to one WeChat user, good for two hours. Stored only as
 * SHA-256.
 *
 * A login begins a family; each renewal takes the place of the token before. A token can be
 * renewed until 7 days after it expired, a family ends 90 days after its login, and a user has at
 * most 10. The successor is an HMAC of its predecessor, so that a renewal whose answer was lost
 * gets the same again within 10 s; later than that a second renewal means that the token is in two
 * hands, and ends the family. As a bearer a renewed token is expired from the start, and no more
 * than that. Disabling, erasing or logging out everywhere gives the account a new security stamp
 * (account_revoke_tokens()), which revokes all its tokens. The database's clock decides.
 */
#ifndef DB_TOKEN_H
#define DB_TOKEN_H

#include <stdint.h>

#include "db.h"
#include "principal.h"
#include "secret.h"

struct access_token {
	char text[SECRET_TOKEN_SIZE + 1];
	int64_t issued_us, expires_us;
};

/* A new family; of too many the user's oldest goes. ERR_USER_UNKNOWN: no such user, or one without
 * an account; ERR_ACCOUNT_DISABLED. */
enum err token_issue(struct db *db, int32_t tenant_id, int32_t wechat_user_id,
	struct access_token *token_r);
/* The person whose token it is. ERR_UNAUTHORIZED: unknown; ERR_TOKEN_EXPIRED: expired, rotated or
 * revoked. */
enum err token_find(
	struct db *db, const uint8_t hash[SECRET_HASH_SIZE], struct principal *principal_r);
/* presented is well-formed; principal_r gets the new token's id. ERR_UNAUTHORIZED: unknown;
 * ERR_TOKEN_EXPIRED: cannot be renewed. */
enum err token_renew(struct db *db, const char *presented, struct access_token *token_r,
	struct principal *principal_r);
/* The token's whole family. */
enum err token_revoke(struct db *db, int64_t token_id);
/* Forgets tokens that could not be renewed for a day, a thousand at most: their number, or -1. */
int token_purge(struct db *db);

#endif
