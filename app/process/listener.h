/*
 * A listening socket of our own: a unix path or a loopback address with port. FastCGI knows
 * neither passwords nor encryption: whoever can connect is believed, so unix sockets have a mode
 * and a group, and no other address is taken.
 *
 * A path on which something answers is refused; one that is left over is taken anew. A lock file
 * beside it keeps two starting programs apart and is held until the last worker has gone.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <sys/stat.h>

struct conf;

struct listener {
	int fd;    /* -1: closed */
	int lock;  /* -1: none */
	char address[128];
	struct stat file; /* of a unix socket whose path is ours; else zero */
};

/* Connects and hangs up: 0, or errno; EINVAL: neither a path nor a loopback
 * ADDRESS:PORT. */
int listener_probe(const char *address);

/* -1: logged. */
int listener_open(struct listener *listener, const struct conf *conf, const char *address);
/* A socket that another program has made; lock: what it had of the lock file, -1 none. The path
 * stays the other's. -1: logged. */
int listener_adopt(struct listener *listener, int fd, int lock);
/* The path of an adopted socket that came with its lock file is ours from now on. */
void listener_own(struct listener *listener);
/* The path is another's from now on. */
void listener_disown(struct listener *listener);
/* Removes the path, if it is still ours, so that nobody new comes. */
void listener_unlink(struct listener *listener);
void listener_close(struct listener *listener);

#endif
