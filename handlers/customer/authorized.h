/*
 * The answer of a login and of a renewed token.
 */
#ifndef CUSTOMER_AUTHORIZED_H
#define CUSTOMER_AUTHORIZED_H

#include "err.h"

struct access_token;
struct account;
struct request;

/* Fills the answer: the account, its flags at the tenant, and the token. Returns ERR_BUSY or
 * ERR_INTERNAL. */
enum err customer_authorized(struct request *req, const struct account *account,
	const struct access_token *token);

#endif
