/*
 * The program's life: sockets, two pools of pre-forked workers, signals, respawn with back-off, drain.
 *
 * TERM and INT drain: workers answer what they hold and what waits, then end; after drain_timeout_ms they are killed. A
 * worker that dies is replaced, at once the first times, then with growing pauses. When nobody gave a socket path and fd 0 is a
 * listening socket (spawn-fcgi, supervisord, mod_fcgid) the process itself is one worker on it.
 */
#ifndef MASTER_H
#define MASTER_H

#include "endpoint.h"

struct conf;
struct service;

/* Runs until told to end; the exit status. */
int master_run(const struct conf *conf, const struct service *service);
/* One worker on the listening socket fd; the exit status. */
int master_run_single(
	const struct conf *conf, const struct service *service, int fd, enum pool pool);

#endif
