/*
 * How the program is started, which it finds out by itself:
 *
 * 1. with descriptors that systemd, or the master it is to replace, has left it (listen_fds.h):
 *    a master on those sockets;
 * 2. with a listening socket as standard input (spawn-fcgi, supervisord, mod_fcgid, lighttpd): one
 *    worker on it, since who owns the socket looks after processes, too; or, told how many workers
 *    there shall be, a master of one pool on it;
 * 3. else: a master with the sockets of the configuration.
 *
 * Started as CGI, it answers that it is none, and ends.
 */
#ifndef START_H
#define START_H

#include "endpoint.h"

struct conf;
struct service;

struct start {
	const struct service *service;
	const char *conf_path; /* NULL: defaults and environment alone */
	enum pool pool;        /* of who is on standard input */
	int32_t n_workers;     /* of a master there; 0: it is one worker */
	char *const *argv;     /* this program's, which an upgrade starts again */
};

/* Whether a master could begin with this configuration, whose user this process can become; changes
 * nothing, and may be asked beside the one that serves. -1: logged all that is in the way. */
int start_check(const struct conf *conf);
/* To the end of the program; its exit status. Workers return through here, too. */
int start_run(const struct start *start);

#endif
