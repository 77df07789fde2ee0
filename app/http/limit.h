/*
 * The limits of the configuration: how often something may be done for one key, counted for all
 * workers of a host together, in token buckets.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>

#include "err.h"

struct request;

enum limit {
	LIMIT_LOGIN,          /* calls of login endpoints, by the client's address */
	LIMIT_UNPROVEN,       /* questions to WeChat about openids of anonymous clients, by app */
	LIMIT_LOGIN_FAILURES, /* failed proofs, by address and openid */
	LIMIT_KEY,            /* requests with an API key, by its id: the key's own rate */
	LIMIT_CREDENTIALS,    /* unknown credentials, by address */
	LIMIT_UNKNOWN,        /* looks for an unknown credential, by its hash: one a second */
	LIMIT_N
};

/* Takes a token of the key. Returns ERR_NONE, or ERR_RATE with req->retry_after_s if there is none
 * left. */
enum err limit_take(struct request *req, enum limit limit, const char *key);
/* Returns the same without taking one. */
enum err limit_look(struct request *req, enum limit limit, const char *key);
/* Takes a token if there is one, and refuses nothing. */
void limit_note(struct request *req, enum limit limit, const char *key);
/* Returns whether there is none left, and refuses nothing. */
bool limit_is_reached(const struct request *req, enum limit limit, const char *key);

#endif
