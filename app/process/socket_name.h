/*
 * The address of a socket: a path, or a loopback address with a port, as 127.0.0.1:9000 or
 * [::1]:9000. No other address is accepted, see listener.h.
 */
#ifndef SOCKET_NAME_H
#define SOCKET_NAME_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct addrinfo;
struct stat;

bool socket_name_is_path(const char *address);
/* Returns false, with errno ENAMETOOLONG, if path is too long. */
bool socket_name_of_path(const char *path, struct sockaddr_un *name_r);
/* Binds fd to path and replaces the file there. Returns -1 with errno if it cannot. */
int socket_name_bind(int fd, const char *path, mode_t mode);
/* Removes path if it still names that file. */
void socket_name_unlink(const char *path, const struct stat *file);
/* The caller frees the result with freeaddrinfo(). Returns NULL if address is not a loopback
 * ADDRESS:PORT. */
struct addrinfo *socket_name_parse(const char *address);

/* Connects and disconnects. Returns 0 or an errno, EINVAL if address is neither a path nor a
 * loopback ADDRESS:PORT. */
int socket_name_probe(const char *address);

#endif
