/*
 * Descriptors that one program leaves to the one it starts, as systemd does it: from 3 on,
 * LISTEN_FDS of them, for the process LISTEN_PID, with names in LISTEN_FDNAMES.
 *
 * systemd gives listening sockets. They are called core and remote by FileDescriptorName=; where
 * neither name is there, they are taken in this order.
 */
#ifndef INHERITANCE_H
#define INHERITANCE_H

#include <sys/stat.h>

#define INHERITANCE_MAX 16

struct inheritance {
	int n;
	int fds[INHERITANCE_MAX];
	char names[256]; /* "core:remote" */
	/* Of a socket on standard input, what its path named at first; else zero. */
	struct stat file;
};

/* What this process was left; its children will not find the variables. */
void inheritance_take(struct inheritance *inheritance);
/* -1: there is none of that name. */
int inheritance_find(const struct inheritance *inheritance, const char *name);

/* fd -1: nothing is added. */
void inheritance_add(struct inheritance *inheritance, const char *name, int fd);
/* In a child that goes on to exec. Its descriptors from 3 on are overwritten, by these. */
void inheritance_leave(struct inheritance *inheritance);

#endif
