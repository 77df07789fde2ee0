/*
 * All workers of a master: two pools, and the scoreboard on which each worker has a slot.
 *
 * Workers of several generations live beside one another: those that serve, those of the next
 * configuration, and those that drain. One that dies while it should serve is replaced, at once the
 * first times, then with growing pauses if workers go on dying as they start. A generation on trial
 * has no pauses; its deaths are counted instead.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker_pool.h"

/* A worker that is not ready by then counts as failed. */
#define WORKERS_READY_WITHIN_S 10

struct buf;
struct conf;
struct generation;
struct listen_fds;
struct scoreboard;
struct service;
struct slot;
struct program;

struct workers {
	const struct service *service;
	struct scoreboard *board;
	struct worker_pool pools[POOL_N];
	unsigned on_trial;       /* the number of that generation; 0: none */
	unsigned n_trial_deaths; /* without those that the watchdog ended or that were stopped */
	bool was_any_ready;
};

/* Declares pool, which is const where workers is. */
#define WORKERS_EACH_POOL(workers, pool) \
	for (__typeof__(&(workers)->pools[0]) pool = (workers)->pools; \
		pool < (workers)->pools + POOL_N; pool++)

void workers_init(struct workers *workers, const struct program *program);
/* Opens the sockets of each pool that has workers, those of listen_fds or else of the
 * configuration, and makes the scoreboard. Returns -1 and logs the reason if it cannot. */
int workers_open(
	struct workers *workers, const struct conf *conf, const struct listen_fds *listen_fds);
void workers_close(struct workers *workers);
/* Adds the sockets of all pools to what a new master will get. */
void workers_pass(const struct workers *workers, struct listen_fds *listen_fds);

/* Adds the number of workers of each pool that has some to the line of the log that is being
 * written. */
void workers_log_sizes(const struct workers *workers, const struct conf *conf);

/* Takes a slot for a worker that the generation lacks; the caller forks it. Returns NULL if none is
 * missing, or if the next one has to wait. */
struct slot *workers_take_vacancy(struct workers *workers, const struct generation *generation);
/* Notes what fork() returned for the slot. If it failed, logs that and gives the slot back. */
void workers_note_fork(struct workers *workers, struct slot *slot, pid_t pid);

/* Returns whether all workers of the generation are ready. */
bool workers_are_ready(const struct workers *workers, const struct generation *generation);
/* Returns whether no process is left. */
bool workers_are_gone(const struct workers *workers);
/* Returns whether workers die as they start and none was ever ready. */
bool workers_fail_to_start(const struct workers *workers);

/* Puts a generation on trial and counts its deaths from 0 on; number 0 ends the trial. */
void workers_set_on_trial(struct workers *workers, unsigned number);
/* Sends one of worker.h's signals to all workers. */
void workers_signal(const struct workers *workers, int signal);
/* Returns the oldest generation that has a worker, or current, if none is older. */
unsigned workers_oldest_generation(const struct workers *workers, unsigned current);
/* Stops the workers of a generation. They hand their connections over to the others. */
void workers_stop_generation(const struct workers *workers, unsigned number);
/* Reaps the dead, aborts workers that are stuck, kills those that were stopped drain_timeout_ms
 * ago. The master calls it at each tick. */
void workers_poll(struct workers *workers, const struct conf *conf);

/* Appends the lines of the control command "status" for one generation. */
void workers_describe(
	const struct workers *workers, const struct generation *generation, struct buf *text);
/* Appends the line that counts the workers that drain. */
void workers_describe_draining(const struct workers *workers, struct buf *text);

#endif
