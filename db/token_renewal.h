/*
 * Renewals of access tokens. A new token is an HMAC of the one before, so that a renewal whose
 * answer was lost gets the same token again within 10 s. A later second renewal means that two
 * clients hold the token, so it ends the family.
 */
#ifndef TOKEN_RENEWAL_H
#define TOKEN_RENEWAL_H

#include "token.h"

/* Renews a well-formed token. principal: whose it is, by token_find(), or an anonymous one; gets
 * the id of the new token. Returns ERR_UNAUTHORIZED if the token is unknown, ERR_TOKEN_EXPIRED or
 * ERR_TOKEN_REVOKED if it cannot be renewed, ERR_TENANT_DISABLED. */
enum err token_renew(struct db *db, const char *presented, struct access_token *token_r,
	struct principal *principal);

#endif
