/*
 * A listening socket, made here or by another program. FastCGI has neither passwords nor
 * encryption, and every client that can connect is trusted. So a unix socket has a mode and a
 * group, and other addresses must be on the loopback interface.
 *
 * A path on which another program answers is refused. A path that is left over, or held by workers
 * that lost their master, is replaced at once: they answer what is in the old queue, and new
 * clients get into the new one. A lock file keeps two instances apart. It lies beside a unix
 * socket; that of a port lies in the state directory.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <sys/stat.h>

struct conf;

struct listener {
	int fd;   /* -1: closed */
	int lock; /* -1: none */
	char address[128];
	/* The file of a unix socket: zero until its path is ours; of another program's socket, the
	 * file that the path named when this process got it. Zero for a port. */
	struct stat file;
};

/* Checks that this process could listen on address. Changes nothing and may run beside the program
 * that listens there. Returns -1 and logs every problem. */
int listener_check(const struct conf *conf, const char *address);
/* Returns -1 and logs the reason if it cannot listen there. */
int listener_open(struct listener *listener, const struct conf *conf, const char *address);
/* Takes a socket that another program has made, whose path stays that program's. lock: the lock
 * file that an old master passed with it, -1 if none. Returns -1 and logs the reason if fd is no
 * listening socket. */
int listener_adopt(struct listener *listener, int fd, int lock);
/* Returns whether another program has made it. */
bool listener_is_foreign(const struct listener *listener);
/* Returns whether the path still names this socket, so that clients can connect. True for a port,
 * and where it cannot be found out. */
bool listener_is_named(const struct listener *listener);
/* In a new master, which got the socket and its lock file: the path is its own from now on. */
void listener_own(struct listener *listener);
/* In an old master: the path and the lock file are the new one's from now on. */
void listener_disown(struct listener *listener);
/* Removes the path, if it is still ours, so that no client connects any more. */
void listener_unlink(struct listener *listener);
/* In a worker: the lock file is the master's. */
void listener_release_lock(struct listener *listener);
void listener_close(struct listener *listener);

#endif
