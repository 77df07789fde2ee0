/*
 * The way into every endpoint of the sandbox: it believes whoever calls, so that only this machine
 * may, and only by a name that no other site can put on it.
 */
#ifndef DOOR_H
#define DOOR_H

#include "endpoint.h"
#include "errcode.h"

struct call;

struct sandbox_endpoint {
	struct endpoint endpoint; /* first: req->endpoint leads here; its run is door_run() */
	enum err (*run)(struct request *req);
	enum errcode (*answer)(struct call *call); /* of WeChat's APIs: run is api_run() */
};

/* ERR_FORBIDDEN unless peer, own address and Host are all loopback. */
enum err door_run(struct request *req);

#endif
