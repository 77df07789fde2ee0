/*
 * The program's life: sockets, two pools of pre-forked workers, signals, respawn with back-off,
 * watch, drain.
 *
 * TERM and INT drain: workers answer what they hold and what waits, then end; after
 * drain_timeout_ms they are killed. A worker that dies is replaced, at once the first times, then
 * with growing pauses. When the master dies, its workers die with it. USR1 opens the log file anew,
 * here and in the workers. HUP and USR2 are logged and change nothing.
 */
#ifndef MASTER_H
#define MASTER_H

#include "endpoint.h"

struct conf;
struct service;

/* Runs until told to end; the exit status. Workers return through here, too. */
int master_run(const struct conf *conf, const struct service *service);
/* One worker on the listening socket fd, which a process manager owns: it looks after number,
 * age and the end of workers, so that max_requests does not count here. TERM and INT drain. The
 * exit status. */
int master_run_single(
	const struct conf *conf, const struct service *service, int fd, enum pool pool);

#endif
