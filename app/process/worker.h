/*
 * A worker's life: confined, it opens the service, serves one request at a time from its
 * connections, and leaves by a normal return, with everything freed, when it is told to, has served
 * enough, or has run out of memory.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "endpoint.h"
#include "handover.h"

struct conf;
struct instance;
struct listener;
struct log;
struct scoreboard;
struct service;
struct slot;

struct worker_place {
	const struct conf *conf;
	struct log *log; /* in use */
	void *shared;    /* of the service, for all workers of this configuration */
	const struct service *service;
	struct scoreboard *board;
	struct slot *slot;
	const struct listener *listener;
	struct handover handover;
	enum pool pool;
	pid_t master;                    /* 0: none, and no siblings */
	const struct instance *instance; /* the master's */
};

/* Signals must be blocked. TERM, INT: answer what is there, then end. HUP: end after the request at
 * hand, since others stay. USR1: open the log anew. USR2: the master has gone. The exit status. */
int worker_run(const struct worker_place *place);

#endif
