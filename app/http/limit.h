/*
 * The limits of the configuration: how often something may be done for one key, counted for all
 * workers of a host together, in token buckets.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include "err.h"

struct request;

enum limit {
	LIMIT_LOGIN,          /* calls of login endpoints, by the client's address */
	LIMIT_UNPROVEN,       /* questions to WeChat about openids of anonymous clients, by app */
	LIMIT_LOGIN_FAILURES, /* failed proofs, by address and openid */
	LIMIT_N
};

/* Takes a token of the key. Returns ERR_NONE, or ERR_RATE with the header Retry-After if there is
 * none left. */
enum err limit_take(struct request *req, enum limit limit, const char *key);
/* Returns the same without taking one. */
enum err limit_look(struct request *req, enum limit limit, const char *key);

#endif
