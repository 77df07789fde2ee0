/*
 * How the program starts. It finds out by itself which way it was started:
 *
 * 1. with descriptors from systemd or from a master that upgrades (listen_fds.h): it is a master on
 *    those sockets;
 * 2. with a listening socket as standard input (spawn-fcgi, supervisord, mod_fcgid, lighttpd): it
 *    is one worker on that socket, because the program that owns the socket manages the processes;
 *    or, with --workers, a master of one pool on it;
 * 3. otherwise it is a master on the sockets of the configuration.
 *
 * Started as CGI, it answers with an error and exits.
 */
#ifndef START_H
#define START_H

struct conf;
struct program;

/* Checks that a master could start with this configuration, whose user this process can become.
 * Changes nothing and may run beside a master that serves. Returns -1 and logs every problem. */
int start_check(const struct conf *conf);
/* Runs the program to its end and returns the exit status. */
int start_run(const struct program *program);

#endif
