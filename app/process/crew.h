/*
 * What the workers of one pool have in common, whatever their generation: the listening socket,
 * the handover, and a brake for when they die as soon as they start.
 */
#ifndef CREW_H
#define CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "handover.h"
#include "listener.h"

struct conf;
struct inheritance;
struct service;
struct start;

struct crew {
	const char *name; /* "core" */
	enum pool pool;
	long n_workers; /* -1: as many as the configuration says */
	struct listener listener;
	struct handover handover;
	unsigned n_quick_deaths;
	int64_t last_quick_death_us, hire_after_us;
};

/* As the program was started. */
void crew_init(struct crew *crew, enum pool pool, const struct start *start);
/* How many workers there shall be; 0, and no socket, for a pool that is another master's, or that
 * no endpoint belongs to. */
size_t crew_size(const struct crew *crew, const struct service *service, const struct conf *conf);
/* What was inherited, else the socket of the configuration. program: its name. -1: logged. */
int crew_open(struct crew *crew, const char *program, const struct conf *conf,
	const struct inheritance *inheritance);
void crew_close(struct crew *crew);
/* Leaves all to a successor. */
void crew_leave(const struct crew *crew, struct inheritance *inheritance);

/* One died in less than a second: after some of those, the next is hired later and later. */
void crew_brake(struct crew *crew);
/* For a generation that may do better. */
void crew_release_brake(struct crew *crew);

#endif
