/*
 * Renewal and logout, where the access token in Authorization is the message and not the
 * credential: it may have expired.
 */
#ifndef TOKEN_MESSAGE_H
#define TOKEN_MESSAGE_H

#include "err.h"

struct access_token;
struct account;
struct request;

/* What token_message_renew() returns beside ERR_BUSY and ERR_INTERNAL. */
#define TOKEN_MESSAGE_ERRORS ERR_UNAUTHORIZED, ERR_TOKEN_EXPIRED, ERR_TOKEN_REVOKED

/* Renews the token and finds its account. */
enum err token_message_renew(
	struct request *req, struct access_token *token_r, struct account *account_r);
/* Ends the family of the token, whatever is presented. */
enum err token_message_revoke(struct request *req);

#endif
