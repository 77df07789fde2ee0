/*
 * A worker process: it limits its own rights, opens the service and serves requests, each as a
 * task (task.h). It ends when it is stopped (shutdown.h), after max_requests, or when a request is
 * out of memory; in each case the requests in flight are answered first.
 *
 *     HUP        takes no more requests, because other workers stay
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
