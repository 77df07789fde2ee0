/*
 * Descriptors passed from one program to the one that it starts, by systemd's protocol
 * (sd_listen_fds(3)): from 3 on, LISTEN_FDS of them, for the process LISTEN_PID, with names in
 * LISTEN_FDNAMES.
 *
 * systemd passes listening sockets. FileDescriptorName= calls them core and remote; if neither name
 * is given, the first is core and the second remote. An upgrade passes more, see upgrade.h.
 */
#ifndef LISTEN_FDS_H
#define LISTEN_FDS_H

#include <sys/stat.h>

#define LISTEN_FDS_MAX 16

struct listen_fds {
	int n;
	int fds[LISTEN_FDS_MAX];
	char names[256]; /* "core:remote" */
	/* If the socket was on standard input, the file that its path named at the start; else
	 * zero. */
	struct stat file;
};

/* Reads what was passed to this process, and removes the variables so that its children do not find
 * them. */
void listen_fds_receive(struct listen_fds *listen_fds);
/* Returns the descriptor of that name, -1 if there is none. */
int listen_fds_find(const struct listen_fds *listen_fds, const char *name);

/* Adds a descriptor to pass; none if fd is -1. */
void listen_fds_add(struct listen_fds *listen_fds, const char *name, int fd);
/* Passes all to the program that this process, a child, will exec. Overwrites its descriptors from
 * 3 on. */
void listen_fds_pass(struct listen_fds *listen_fds);

#endif
