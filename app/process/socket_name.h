/*
 * Where a socket is to be found: a unix path, or a loopback address with port, as 127.0.0.1:9000
 * or [::1]:9000. No other is taken: FastCGI knows neither passwords nor encryption.
 */
#ifndef SOCKET_NAME_H
#define SOCKET_NAME_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct addrinfo;
struct stat;

bool socket_name_is_path(const char *address);
/* False: too long, errno ENAMETOOLONG. */
bool socket_name_of_path(const char *path, struct sockaddr_un *name_r);
/* In the place of what lies there. -1: errno. */
int socket_name_bind(int fd, const char *path, mode_t mode);
/* Removes the path, if it is still that file's. */
void socket_name_unlink(const char *path, const struct stat *file);
/* To be freed with freeaddrinfo(). NULL: not of this machine. */
struct addrinfo *socket_name_parse(const char *address);

/* Connects and hangs up: 0, or errno; EINVAL: neither a path nor a loopback ADDRESS:PORT. */
int socket_name_probe(const char *address);

#endif
