/*
 * A listening socket of our own, or one that another program has made. FastCGI knows neither
 * passwords nor encryption: whoever can connect is believed, so a unix socket has a mode and a
 * group, and no other address is taken than one of this machine.
 *
 * A path on which a stranger answers is refused. What is left over, or held by workers that lost
 * their master, is replaced at once: they answer what waits in the old queue, and who connects
 * later comes into the new one. A lock file beside it, of a port in the state directory, keeps two
 * programs apart.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <sys/stat.h>

struct conf;

struct listener {
	int fd;    /* -1: closed */
	int lock;  /* -1: none */
	char address[128];
	/* Of a unix socket whose path is ours; of another program's, what its path named when we
	 * had it. Else zero. */
	struct stat file;
};

/* Whether address is one on which this process could listen; changes nothing, and may be asked
 * beside the program that listens there. -1: logged what is in the way. */
int listener_check(const struct conf *conf, const char *address);
/* -1: logged. */
int listener_open(struct listener *listener, const struct conf *conf, const char *address);
/* A socket that another program has made; lock: what it had of the lock file, -1 none. The path
 * stays the other's. -1: logged. */
int listener_adopt(struct listener *listener, int fd, int lock);
/* Whether another program has made it. */
bool listener_is_anothers(const struct listener *listener);
/* Whether the path still names it, so that somebody can connect. True of a port, and where that
 * cannot be found out. */
bool listener_is_named(const struct listener *listener);
/* The path of an adopted socket that came with its lock file is ours from now on. */
void listener_own(struct listener *listener);
/* The path is another's from now on, and so is the lock. */
void listener_disown(struct listener *listener);
/* Removes the path, if it is still ours, so that nobody new comes. */
void listener_unlink(struct listener *listener);
/* In a worker: the lock is the master's. */
void listener_release_lock(struct listener *listener);
void listener_close(struct listener *listener);

#endif
