/*
 * What a worker works with. Everything is the caller's.
 */
#ifndef WORKER_PLACE_H
#define WORKER_PLACE_H

#include <sys/types.h>

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
	void *shared;    /* what service->open() made for all workers of the configuration */
	const struct service *service;
	struct scoreboard *board;
	struct slot *slot;
	const struct listener *listener;
	struct handover handover;
	pid_t master;                    /* 0: there is none, and no other workers */
	const struct instance *instance; /* the master's */
	int landlock;                    /* of confine_find_landlock() */
};

#endif
