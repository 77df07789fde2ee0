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
struct exporter;
struct limiter;
struct request;
struct service;

struct dispatcher {
	const struct service *service;
	const struct conf *conf;
	void *state; /* of service->worker_open() */
	struct credential_cache *credentials; /* this worker's; NULL: each one is looked up */
	const struct limiter *limiter; /* NULL: no limits */
	const struct exporter *exporter;
	/* Called once the endpoint is found; NULL: nobody waits for that. */
	void (*on_routed)(const void *ctx, const struct request *req);
	const void *ctx;
	/* In place of the endpoint's run, for tests that want the bound message; NULL: run. */
	void (*intercept)(struct request *req);
	bool is_emulating; /* struct bind_options */
};

/* Fills req->response whatever happens; the rest of req as request.h says who. */
void dispatch(const struct dispatcher *dispatcher, struct request *req);

/* Its first step: sets dialect and endpoint; ERR_NONE, ERR_NOT_FOUND or ERR_METHOD. */
enum err route(const struct service *service, struct request *req);

#endif
