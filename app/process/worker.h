/*
 * A worker process: it limits its own rights, opens the service and serves one request at a time.
 * It ends when it is stopped (shutdown.h), after max_requests, or when it is out of memory.
 *
 *     HUP        ends after the request in progress, because other workers stay
 *     INT, TERM  drains, then ends
 *     USR1       reopens the log files
 *     USR2       the master is gone
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "handover.h"

struct conf;
struct instance;
struct listener;
struct log;
struct scoreboard;
struct service;
struct slot;

/* Everything is the caller's. */
struct worker_place {
	const struct conf *conf;
	struct log *log; /* in use */
	void *shared;    /* what service->open() made for all workers of the configuration */
	const struct service *service;
	struct scoreboard *board;
	struct slot *slot;
	const struct listener *listener;
	struct handover handover;
	pid_t master;                    /* 0: there is none, and no other workers */
	const struct instance *instance; /* the master's */
};

/* Serves to the end of the worker and returns its exit status. Signals must be blocked. */
int worker_run(const struct worker_place *place);

#endif
