/*
 * What a program gives to the platform: its endpoints, and functions for what only the program
 * knows. main.c defines one.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"

struct conf;
struct request;
struct scoreboard;
struct slot;

struct service {
	const char *name;                          /* of the program, for logs */
	const struct endpoint *const *endpoints;   /* ends with NULL */
	const struct dialect *const *dialects;     /* the first that fits counts; ends with NULL */
	/* Called in the master for each configuration: checks it, warns, and prepares what its
	 * workers share. replaces: an earlier configuration serves now, and goes on if this one
	 * fails. Returns -1 and logs the reason if the configuration cannot be used. */
	int (*open)(struct conf *conf, bool replaces, void **shared_r);
	void (*close)(void *shared);
	/* Called once in each worker, whose slot of the board it is. Returns the state that the
	 * functions below get, or NULL if the worker cannot work and must exit. The board outlives
	 * the state. */
	void *(*worker_open)(void *shared, const struct conf *conf, struct slot *slot,
		struct scoreboard *board);
	void (*worker_close)(void *state);
	/* Called about once a second, when no request runs; some may wait. */
	void (*worker_tick)(void *state);
	/* Returns a descriptor that can be read when worker_resume() has something to do. NULL: no
	 * request waits. */
	int (*worker_fd)(void *state);
	/* Lets the requests go on whose waits are over. */
	void (*worker_resume)(void *state);
	/* Called for each request that a worker holds at the same time, with the worker's state.
	 * Returns what the next two functions get, for one request after another. NULL: they get
	 * the worker's state. */
	void *(*task_open)(void *state);
	void (*task_close)(void *task);
	/* Called before dispatch(): sets req->db, req->wechat and the like. */
	void (*request_open)(void *task, struct request *req);
	/* Called after dispatch(), also when that broke off because the arena is exhausted: ends
	 * what the request left open. */
	void (*request_close)(void *task, struct request *req);
	/* Sets req->principal, and returns what keeps it from req->endpoint: by
	 * request_check_access(), and by what only the program knows. It is not called for an
	 * endpoint with ACCESS_NO_CREDENTIAL or ACCESS_SIGNED. NULL: every principal is
	 * anonymous. */
	enum err (*authenticate)(struct request *req);
	/* Returns whether the request presents an access token that the program has made, without a
	 * look at the database: it may have ended. NULL: none does. */
	bool (*has_own_token)(const struct request *req);
};

#endif
