#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socket_name.h"

bool socket_name_is_path(const char *address)
{
	return strchr(address, '/') != NULL;
}

static bool socket_name_is_loopback(const struct sockaddr *name)
{
	const struct sockaddr_in *in = (const void *)name;
	const struct sockaddr_in6 *in6 = (const void *)name;

	if (name->sa_family == AF_INET)
		return in->sin_port != 0 && ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return in6->sin6_port != 0 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

struct addrinfo *socket_name_parse(const char *address)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	const char *colon = strrchr(address, ':');
	char host[64];

	if (colon == NULL || colon == address)
		return NULL;
	if (*address == '[' && colon[-1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)(colon - address - 2), address + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return NULL;
	if (socket_name_is_loopback(found->ai_addr))
		return found;
	freeaddrinfo(found);
	return NULL;
}

bool socket_name_of_path(const char *path, struct sockaddr_un *name_r)
{
	size_t size = strlen(path);

	*name_r = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (size >= sizeof(name_r->sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(name_r->sun_path, path, size);
	return true;
}

int socket_name_bind(int fd, const char *path, mode_t mode)
{
	struct sockaddr_un name;
	mode_t mask;
	int status;

	if (!socket_name_of_path(path, &name))
		return -1;
	unlink(path);
	mask = umask(ACCESSPERMS & ~mode);
	status = bind(fd, (const struct sockaddr *)&name, sizeof(name));
	umask(mask);
	return status;
}

void socket_name_unlink(const char *path, const struct stat *file)
{
	struct stat there;

	if (lstat(path, &there) == 0 && there.st_dev == file->st_dev &&
		there.st_ino == file->st_ino)
		unlink(path);
}

/* Does not wait on a unix socket, because the program that listens may be stuck. */
static int socket_name_connect(const struct sockaddr *name, socklen_t size)
{
	int flags = SOCK_CLOEXEC | (name->sa_family == AF_UNIX ? SOCK_NONBLOCK : 0);
	int fd = socket(name->sa_family, SOCK_STREAM | flags, 0);
	int error = connect(fd, name, size) < 0 ? errno : 0;

	close(fd);
	return error;
}

int socket_name_probe(const char *address)
{
	struct sockaddr_un path;
	struct addrinfo *name;
	int error;

	if (socket_name_is_path(address) && !socket_name_of_path(address, &path))
		return errno;
	if (socket_name_is_path(address))
		return socket_name_connect((const struct sockaddr *)&path, sizeof(path));
	name = socket_name_parse(address);
	if (name == NULL)
		return EINVAL;
	error = socket_name_connect(name->ai_addr, name->ai_addrlen);
	freeaddrinfo(name);
	return error;
}
