/*
 * How the program is started, which it finds out by itself:
 *
 * 1. with descriptors that systemd, or the master it is to replace, has left it (inheritance.h):
 *    a master on those sockets;
 * 2. with a listening socket as standard input (spawn-fcgi, supervisord, mod_fcgid, lighttpd): one
 *    worker on it, since who owns the socket looks after processes, too;
 * 3. else: a master with the sockets of the configuration.
 *
 * Started as CGI, it answers that it is none, and ends.
 */
#ifndef START_H
#define START_H

#include "endpoint.h"

struct service;

struct start {
	const struct service *service;
	const char *conf_path; /* NULL: defaults and environment alone */
	enum pool pool;        /* of a worker on standard input */
	char *const *argv;     /* this program's, which an upgrade starts again */
};

/* To the end of the program; its exit status. Workers return through here, too. */
int start_run(const struct start *start);

#endif
