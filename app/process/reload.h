/*
 * A reload: the next configuration is read, and its workers come up beside those that serve. When
 * all of them are ready, the next generation becomes the current one. If they die or are not ready
 * in time, nothing has changed.
 *
 * The new current generation is on trial for 30 s. If its workers keep dying in that time, the last
 * good generation comes back in the same way, as the next one. A worker that the watchdog ended
 * does not count, because no configuration mends a slow upstream. A generation that is replaced
 * while on trial does not become the last good one.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "generation.h"

struct conf;
struct workers;

struct reload {
	struct workers *workers;
	struct generation *current;  /* the master's */
	struct generation next;      /* next.conf NULL: there is none */
	struct generation last_good; /* likewise: only while the current one is on trial */
	unsigned n_generations;
	unsigned n_failures; /* reloads and upgrades that failed */
	struct buf failure;  /* the last one and its reason; "" once another generation serves */
	struct buf restart;  /* keys that the last reload found changed and that take a restart */
	struct buf errors;   /* logged since reload_collect_errors() */
	int64_t next_us, trial_us;
};

void reload_init(struct reload *reload, struct workers *workers, struct generation *current);
/* The current generation stays the caller's. */
void reload_close(struct reload *reload);

/* Logs who is let in by the configuration with which the service starts, since the audit, which is
 * the database's, does not know a file. A reload logs what has changed. */
void reload_log_access(const struct conf *conf);

/* Reads the configuration again. */
void reload_begin(struct reload *reload);
bool reload_is_under_way(const struct reload *reload);
/* To be called at each tick. */
void reload_poll(struct reload *reload);
/* Keeps what is logged as an error from now on, as the reason for reload_fail(). */
void reload_collect_errors(struct reload *reload);
/* Notes and logs that a reload or an upgrade has failed. */
void reload_fail(struct reload *reload, const char *what);
/* Tells the service manager which generation serves. */
void reload_notify(const struct reload *reload);
/* Appends the lines of the control command "status". */
void reload_describe(const struct reload *reload, struct buf *text);

#endif
