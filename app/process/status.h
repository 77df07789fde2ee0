/*
 * STATE_DIRECTORY/NAME.status: a socket on which the master says how it is to whoever connects,
 * also while every worker is busy. Text, a line "NAME value" each.
 */
#ifndef STATUS_H
#define STATUS_H

#include <limits.h>
#include <sys/stat.h>

struct buf;
struct conf;

struct status {
	int fd; /* -1: closed */
	char path[PATH_MAX];
	struct stat file;
};

/* In the place of another master's, if it is there. -1: logged. */
int status_open(struct status *status, const struct conf *conf, const char *name);
void status_close(struct status *status);
/* Its path, if that is still ours. */
void status_remove(const struct status *status);

/* Somebody who has connected and wants to be told; -1: nobody. */
int status_accept(const struct status *status);
/* Hangs up. */
void status_tell(int fd, const struct buf *text);

/* The other side: what a running master says of itself. -1: errno. */
int status_ask(const struct conf *conf, const char *name, struct buf *text_r);

#endif
