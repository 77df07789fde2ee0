/*
 * Sends datagrams to the unix socket of a log daemon or a service manager. Sending never blocks.
 * Each datagram looks up the path, so a daemon that was restarted receives the next one.
 */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <stddef.h>
#include <sys/uio.h>

/* Returns a descriptor for datagram_send(), or -1 with errno. */
/* Returns a descriptor for datagram_send(), or -1 with errno. */
int datagram_open(void);
/* Sends the parts as one datagram. A path that begins with '@' is a name of the abstract namespace.
 * Returns -1 with errno on failure: EAGAIN if the receiver does not read fast enough. */
int datagram_send(int fd, const char *path, struct iovec *parts, size_t n_parts);

#endif
