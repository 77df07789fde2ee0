/*
 * Where a socket listens: a unix path, or a loopback address with port, as 127.0.0.1:9000 or
 * [::1]:9000. No other is taken: FastCGI knows neither passwords nor encryption.
 */
#ifndef SOCKET_NAME_H
#define SOCKET_NAME_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct addrinfo;

bool socket_name_is_path(const char *address);
/* False: too long. */
bool socket_name_of_path(const char *path, struct sockaddr_un *name_r);
/* To be freed with freeaddrinfo(). NULL: not of this machine. */
struct addrinfo *socket_name_parse(const char *address);

/* Connects and hangs up: 0, or errno; EINVAL: neither a path nor a loopback ADDRESS:PORT. */
int socket_name_probe(const char *address);

#endif
