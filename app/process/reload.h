/*
 * The configurations of a master: the one it lives by, and the next, whose workers come up beside
 * those that serve. When all of them are ready the next takes over; when they die instead, or are
 * not ready in time, nothing has changed.
 *
 * What took over is on trial for half a minute. When its workers go on dying in it, the last good
 * one comes back, in the same way: it is the next again. A worker that the watchdog ends does not
 * count: a slow upstream is nothing that another configuration mends. A generation that is replaced
 * while on trial is not the last good one.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "generation.h"

struct service;
struct workers;

struct reload {
	const struct service *service;
	struct workers *workers;
	struct generation *current; /* the master's */
	struct generation next;      /* next.conf NULL: there is none */
	struct generation last_good; /* likewise: only while the current one is on trial */
	unsigned n_generations;
	unsigned n_refused; /* reloads, and upgrades, that came to nothing */
	struct buf refusal; /* the last, and why, unless another configuration serves since */
	struct buf restart; /* keys that the last reload found changed and that take one */
	struct buf errors;  /* logged since reload_collect_errors() */
	int64_t next_us, trial_us;
};

void reload_init(struct reload *reload, const struct service *service, struct workers *workers,
	struct generation *current);
void reload_close(struct reload *reload);

/* Reads the configuration again. */
void reload_begin(struct reload *reload);
bool reload_is_under_way(const struct reload *reload);
/* To be called several times a second. */
void reload_poll(struct reload *reload);
/* From now on what is logged as an error is a reason of reload_fail(). */
void reload_collect_errors(struct reload *reload);
/* Says what has come to nothing. */
void reload_fail(struct reload *reload, const char *what);
/* Tells the service manager which generation serves. */
void reload_notify(const struct reload *reload);
/* Lines for the status. */
void reload_describe(const struct reload *reload, struct buf *text);

#endif
