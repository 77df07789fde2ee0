/*
 * From a received request to its answer, always one: route, refuse in the order 404, 405, 413,
 * 415, 429, credential, scope, maintenance, binding; else run the endpoint and let the dialect
 * write the answer.
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include <stdbool.h>

#include "err.h"

struct conf;
struct credential_cache;
struct request;
struct service;

struct dispatcher {
	const struct service *service;
	const struct conf *conf;
	void *state; /* of service->worker_open() */
	struct credential_cache *credentials; /* this worker's; NULL: each one is looked up */
	/* Token bucket of anonymous calls, keyed by address; NULL: no limit. False: over the
	 * limit. */
	bool (*admit)(void *admit_ctx, const char *key);
	void *admit_ctx;
	/* Called instead of the endpoint's run by tests that only want the bound message; NULL:
	 * run. */
	void (*intercept)(struct request *req);
	bool is_emulating; /* struct bind_options */
};

/* Fills req->response whatever happens; the rest of req as request.h says who. */
void dispatch(const struct dispatcher *dispatcher, struct request *req);

/* The parts of it, for the programs that look at one: sets dialect and endpoint; ERR_NONE,
 * ERR_NOT_FOUND or ERR_METHOD. */
enum err route(const struct service *service, struct request *req);

#endif
