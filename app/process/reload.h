/*
 * The configurations of a master: the one it lives by, and the next, whose workers come up beside
 * those that serve. When all of them are ready the next takes over; when they die instead, or are
 * not ready in time, nothing has changed.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "generation.h"

struct service;
struct slot;
struct staff;

struct reload {
	const struct service *service;
	struct staff *staff;
	struct generation current, next; /* next.conf NULL: there is none */
	unsigned n_generations;
	unsigned n_refused; /* reloads, and upgrades, that came to nothing */
	int64_t next_us;
};

/* first is its own from now on. */
void reload_init(struct reload *reload, const struct service *service, struct staff *staff,
	const struct generation *first);
void reload_close(struct reload *reload);

/* Reads the configuration again. */
void reload_begin(struct reload *reload);
bool reload_is_under_way(const struct reload *reload);
/* To be called several times a second. */
void reload_look(struct reload *reload);
/* Says what has come to nothing. */
void reload_refuse(struct reload *reload, const char *what);

/* After a rotation. */
void reload_reopen_logs(struct reload *reload);

/* Forks what is missing. The new one's slot in a worker, NULL in the master. */
struct slot *reload_hire(struct reload *reload);
/* In a worker: no other log stays open than its generation's, which it uses. */
void reload_keep_log(struct reload *reload, const struct generation *mine);
/* Whose worker has the slot. */
const struct generation *reload_generation_of(
	const struct reload *reload, const struct slot *slot);

#endif
