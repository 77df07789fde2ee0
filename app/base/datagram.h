/*
 * Datagrams to a unix socket by its path: a log daemon's or a service manager's. None waits, and
 * each looks the path up, so that a daemon that was started again gets the next one.
 */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <stddef.h>
#include <sys/uio.h>

int datagram_open(void);
/* The parts as one. path: '@' begins a name of the abstract namespace. -1: errno, EAGAIN where the
 * other does not read fast enough. */
int datagram_send(int fd, const char *path, struct iovec *parts, size_t n_parts);

#endif
