/*
 * What ends a worker that is stuck. The master aborts a worker whose request is past its deadline,
 * logs what the worker was doing, and kills it a second later if it is still there.
 *
 * Each worker has a heartbeat besides, for when there is no master or it was killed. If the worker
 * does not beat in time, the kernel sends it an alarm, at which it logs the same line and ends. If
 * it blocks all signals, the kernel kills it a second later. The master acts first.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdint.h>
#include <time.h>

#define HEARTBEAT_N_TIMERS 2

struct scoreboard;
struct slot;

/* In the master, at each tick. */
void watchdog_poll(const struct scoreboard *board, long deadline_ms);
/* In a worker: its alarm logs what slot says and ends the process. */
void watchdog_catch_alarm(const struct scoreboard *board, const struct slot *slot);

struct heartbeat {
	timer_t timers[HEARTBEAT_N_TIMERS];
	int64_t timeout_us, last_us;
};

/* deadline_ms: the longest time a request may take. */
void heartbeat_start(struct heartbeat *heartbeat, long deadline_ms);
/* Restarts the time-out, from when the oldest request in flight began. A worker calls it before
 * each request and once a second; it makes two system calls a second at most. now_us:
 * clock_monotonic_us(); oldest_us: the same if no request is in flight. */
void heartbeat_beat(struct heartbeat *heartbeat, int64_t now_us, int64_t oldest_us);
/* Makes the process end in end_in_ms at the latest; later beats change nothing. */
void heartbeat_set_end(struct heartbeat *heartbeat, long end_in_ms);

#endif
