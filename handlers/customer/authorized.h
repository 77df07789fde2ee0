/*
 * The answer of a login and of its renewal.
 */
#ifndef CUSTOMER_AUTHORIZED_H
#define CUSTOMER_AUTHORIZED_H

#include "err.h"

struct access_token;
struct account;
struct request;

/* Fills the answer: who it is, what the tenant allows, and the token. ERR_BUSY. */
enum err customer_authorized(struct request *req, const struct account *account,
	const struct access_token *token);

#endif
