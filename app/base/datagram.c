#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "datagram.h"

int datagram_open(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int datagram_send(int fd, const char *path, struct iovec *parts, size_t n_parts)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t size = strlen(path);
	const struct msghdr message = {
		.msg_name = &name,
		.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size),
		.msg_iov = parts,
		.msg_iovlen = n_parts,
	};

	if (size >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name.sun_path, path, size);
	if (*path == '@')
		name.sun_path[0] = '\0';
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}
