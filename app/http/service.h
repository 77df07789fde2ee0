/*
 * What a program plugs into the platform: its endpoints and what only it can know. main.c fills
 * one in; the platform calls it in each worker.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"

struct conf;
struct request;
struct scoreboard;

struct service {
	const char *name;                          /* of the program, for logs */
	const struct endpoint *const *endpoints;   /* ends with NULL */
	const struct dialect *const *dialects;     /* tried in their order; ends with NULL */
	/* In the master, whenever the configuration was read: a last check, warnings, and what all
	 * workers that will live by it share. replaces: another serves until then, and goes on.
	 * -1: logged why it is no good. */
	int (*open)(struct conf *conf, bool replaces, void **shared_r);
	void (*close)(void *shared);
	/* Once in each worker; the state goes to the functions below. The board may be
	 * kept. NULL: the worker ends. */
	void *(*worker_open)(void *shared, const struct conf *conf, enum pool pool,
		struct scoreboard *board);
	void (*worker_close)(void *state);
	/* Between requests, at least once a second while idle. */
	void (*worker_idle)(void *state);
	/* Around a request: sets req->db, req->wechat and the like; puts things right. */
	void (*request_open)(void *state, struct request *req);
	void (*request_close)(void *state, struct request *req);
	/* Sets req->principal, and returns what keeps it from req->endpoint: by
	 * request_check_access(), and by what only the program knows. It is not called for an
	 * endpoint with ACCESS_OPERATOR or ACCESS_SIGNED. NULL: every principal is anonymous. */
	enum err (*authenticate)(struct request *req);
};

#endif
