/*
 * A worker process: it limits its own rights, opens the service and serves one request at a time.
 * It ends when it is stopped (shutdown.h), after max_requests, or when it is out of memory.
 *
 *     HUP        ends after the request in progress, because other workers stay
 *     INT, TERM  drains, then ends
 *     USR1       reopens the log files
 *     USR2       the master is gone
 */
#ifndef WORKER_H
#define WORKER_H

struct worker_place;

/* Serves to the end of the worker and returns its exit status. Signals must be blocked. */
int worker_run(const struct worker_place *place);

#endif
