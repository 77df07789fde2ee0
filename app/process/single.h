/*
 * One worker without a master, on a listening socket that a process manager owns. It looks after
 * number, age and the end of workers, so that max_requests does not count here. TERM, INT and HUP
 * drain: who wants the configuration read again starts another process.
 */
#ifndef SINGLE_H
#define SINGLE_H

#include "endpoint.h"

struct generation;
struct listener;
struct service;

/* The exit status. */
int single_run(const struct generation *generation, const struct service *service,
	const struct listener *listener, enum pool pool);

#endif
