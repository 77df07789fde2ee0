/*
 * Descriptors that one program leaves to the one it starts, as systemd does it: from 3 on,
 * LISTEN_FDS of them, for the process LISTEN_PID, with names in LISTEN_FDNAMES.
 *
 * systemd gives listening sockets. They are called core and remote by FileDescriptorName=; where
 * neither name is there, they are taken in this order.
 */
#ifndef LISTEN_FDS_H
#define LISTEN_FDS_H

#include <sys/stat.h>

#define LISTEN_FDS_MAX 16

struct listen_fds {
	int n;
	int fds[LISTEN_FDS_MAX];
	char names[256]; /* "core:remote" */
	/* Of a socket on standard input, what its path named at first; else zero. */
	struct stat file;
};

/* What this process was left; its children will not find the variables. */
void listen_fds_receive(struct listen_fds *listen_fds);
/* -1: there is none of that name. */
int listen_fds_find(const struct listen_fds *listen_fds, const char *name);

/* fd -1: nothing is added. */
void listen_fds_add(struct listen_fds *listen_fds, const char *name, int fd);
/* In a child that goes on to exec. Its descriptors from 3 on are overwritten, by these. */
void listen_fds_pass(struct listen_fds *listen_fds);

#endif
