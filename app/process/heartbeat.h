/*
 * The kernel's eye on a worker: unless the worker says in time that it goes on, an alarm ends it,
 * with a line that says at what it was (watchdog.h), and a second later, be it deaf to all
 * signals, a kill. A master's watchdog is faster; this is for who has no master, or has lost it.
 * Two system calls a second at most.
 */
#ifndef HEARTBEAT_H
#define HEARTBEAT_H

#include <signal.h>
#include <stdint.h>
#include <time.h>

#define HEARTBEAT_N_TIMERS 2

struct heartbeat {
	timer_t timers[HEARTBEAT_N_TIMERS];
	int64_t patience_us, last_us; /* since when its patience runs */
};

/* For a process whose longest silence are requests of deadline_ms. */
void heartbeat_start(struct heartbeat *heartbeat, long deadline_ms);
/* Before each request and between them. now_us: clock_monotonic_us(). */
void heartbeat_beat(struct heartbeat *heartbeat, int64_t now_us);
/* The process ends by then, however it goes on. */
void heartbeat_set_end(struct heartbeat *heartbeat, long end_in_ms);

#endif
