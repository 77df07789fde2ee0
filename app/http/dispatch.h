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
struct request;
struct scoreboard;
struct service;
struct slot;

struct dispatcher {
	const struct service *service;
	const struct conf *conf;
	struct scoreboard *board;
	struct slot *slot; /* of this worker; NULL: nobody looks where a request is */
	/* In place of the endpoint's run, for tests that want the bound message; NULL: run. */
	void (*intercept)(struct request *req);
	bool is_emulating; /* struct bind_options */
};

/* Fills req->response whatever happens; the rest of req as request.h says who. */
void dispatch(const struct dispatcher *dispatcher, struct request *req);

#endif
