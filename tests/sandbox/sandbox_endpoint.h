/*
 * The way into every endpoint of the sandbox: it believes whoever calls, so that only this host
 * may, and only by a name that no other site can put on it.
 */
#ifndef SANDBOX_ENDPOINT_H
#define SANDBOX_ENDPOINT_H

#include <jansson.h>

#include "endpoint.h"
#include "errcode.h"

struct call;

struct sandbox_endpoint {
	struct endpoint endpoint; /* first: req->endpoint leads here; its run is sandbox_run() */
	enum err (*run)(struct request *req);
	enum errcode (*answer)(struct call *call); /* of WeChat's APIs: run is api_run() */
};

/* .endpoint of a struct sandbox_endpoint; the rest is what further members it sets. */
#define SANDBOX_ENDPOINT(its_dialect, its_method, its_path, its_summary, ...)                      \
	{                                                                                          \
		.dialect = &(its_dialect), .method = (its_method), .path = (its_path),             \
		.summary.en = (its_summary), .access = ACCESS_NO_CREDENTIAL,                       \
		.pool = POOL_CORE, .run = sandbox_run, __VA_ARGS__                                 \
	}

/* ERR_FORBIDDEN unless peer, own address and Host are all loopback, and so is who is forwarded for.
 */
enum err sandbox_run(struct request *req);

/* The whole response, with 200; flags are json_dumps()'s, json is used up. */
void sandbox_write_json(struct request *req, const char *type, json_t *json, size_t flags);

#endif
