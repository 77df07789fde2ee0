/*
 * How often something may be done for one key, counted for all workers of a machine together.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>

#include "err.h"

struct request;

enum limit {
	LIMIT_ANONYMOUS, /* calls of login endpoints, by the client's address */
	LIMIT_UNPROVEN,  /* openids that WeChat is asked about for a stranger, by app */
	LIMIT_FAILURES,  /* proofs that were none, by address and openid */
	LIMIT_N
};

struct limiter {
	/* False: none is left for the key. */
	bool (*take)(void *ctx, enum limit limit, const char *key);
	bool (*is_left)(void *ctx, enum limit limit, const char *key); /* takes none */
	void *ctx;
};

/* Takes one: ERR_NONE, or ERR_RATE with the header Retry-After. Without a limiter there is always
 * one left. */
enum err limit_take(struct request *req, enum limit limit, const char *key);
/* The same without taking it. */
enum err limit_look(struct request *req, enum limit limit, const char *key);

#endif
