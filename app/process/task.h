/*
 * A task is a request that the worker serves, on a fiber of its own. It has what one request needs:
 * an arena, buffers, an entry of the scoreboard, and what the service opens for it. All else is the
 * worker's.
 *
 *      tasks_begin()      tasks_end()
 *     ───────────────> runs ───────────>
 *                      │  ^
 *         fiber_wait() v  │ fiber_resume()
 *                     waits
 *
 * One task runs at a time, from one wait to the next. It waits for WeChat, for an SMS gateway, and
 * for what another request has taken (a login code, a row that is locked); most tasks never wait.
 * Meanwhile others run, so it must not wait in a transaction (fiber_forbid_waiting()), nor keep
 * what they may change. The request id of the log and the activity on the scoreboard are set at
 * each switch.
 *
 * A worker holds slot->in_flight_max tasks at most. They are made when they are first needed, and
 * serve one request after another.
 */
#ifndef TASK_H
#define TASK_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"

struct conn;
struct dispatcher;
struct worker;
struct worker_place;

struct task {
	struct worker *worker; /* that holds it */
	struct conn *conn;     /* on which the request came; NULL: none did */
	struct request request;
	struct buf body; /* of the request */
	struct arena *arena;
	sigjmp_buf exhausted; /* where it goes on if the arena is exhausted */
	bool is_exhausted;    /* the arena was; the state of the service is not known */
	void *state;          /* what the service opened for it; without task_open, the worker's */
	struct task *next_idle;
};

/* Those of a worker. It owns them, running or idle. */
struct tasks {
	const struct worker_place *place;
	struct worker *worker;
	void *state; /* of service->worker_open() */
	struct task **made; /* all of them */
	size_t n_made, n_in_flight;
	struct task *idle; /* of those, the first without a request */
};

/* place and state must outlive them. */
void tasks_init(
	struct tasks *tasks, const struct worker_place *place, struct worker *worker, void *state);
/* No request may be in flight. */
void tasks_release(struct tasks *tasks);

/* Begins the request that comes on conn; the worker holds fewer than it may. */
struct task *tasks_begin(struct tasks *tasks, struct conn *conn);
/* Opens the request for the service, dispatches it and closes it, with an answer in any case. */
void task_run(struct task *task, const struct dispatcher *dispatcher);
/* Forgets the request. */
void tasks_end(struct tasks *tasks, struct task *task);

bool tasks_are_full(const struct tasks *tasks);
/* Returns when the oldest request in flight began; now_us if there is none. */
int64_t tasks_oldest_us(const struct tasks *tasks, int64_t now_us);

#endif
