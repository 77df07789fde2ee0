/*
 * From a received request to its answer. The request is routed to its endpoint, and refused in this
 * order: 404, 405, 413, 415, 429, credential, scope, maintenance, binding. Otherwise the endpoint
 * runs. The dialect writes the answer. A preflight (cors.h) is answered in place of 405.
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
	const struct slot *slot; /* of this worker, in which requests have entries; NULL: none */
	/* Called instead of the endpoint's run, for tests that want the bound message; or NULL. */
	void (*intercept)(struct request *req);
	bool is_emulating; /* struct bind_options */
};

/* Always fills req->response. The caller has set what request.h lists as received. */
void dispatch(const struct dispatcher *dispatcher, struct request *req);

#endif
