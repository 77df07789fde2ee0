#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "conf.h"
#include "handover.h"
#include "instance.h"
#include "log.h"
#include "privileges.h"
#include "socket_name.h"

#define GIVE_TIMEOUT_US 100000

/* A message: a byte, whether the connection has carried a request, and its descriptors. */
struct envelope {
	char has_spoken;
	struct iovec bytes;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
	struct msghdr message;
};

static void envelope_init(struct envelope *envelope)
{
	*envelope = (struct envelope){
		.bytes = {.iov_base = &envelope->has_spoken, .iov_len = 1},
		.message =
			{
				.msg_iov = &envelope->bytes,
				.msg_iovlen = 1,
				.msg_control = envelope->control,
				.msg_controllen = sizeof(envelope->control),
			},
	};
}

void handover_init(struct handover *handover, const struct conf *conf, const char *name)
{
	*handover = (struct handover){.in = -1, .out = -1};
	snprintf(handover->path, sizeof(handover->path), "%s/%s.handover",
		conf->server_state_directory, name);
}

static int handover_connect(const char *path)
{
	const struct timeval timeout = {.tv_usec = GIVE_TIMEOUT_US};
	struct sockaddr_un name;
	int fd;

	if (!socket_name_of_path(path, &name))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	close(fd);
	return -1;
}

int handover_open(struct handover *handover, const struct conf *conf)
{
	char new_path[INSTANCE_NEW_PATH_SIZE];

	instance_new_path(handover->path, new_path);
	unlink(handover->path);
	handover->in = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_name_bind(handover->in, new_path, 0600) < 0 ||
		privileges_give(new_path, conf->server_user) < 0)
		return -1;
	handover->out = handover_connect(new_path);
	return handover->out < 0 ? -1 : 0;
}

void handover_publish(const struct handover *handover)
{
	if (handover->in < 0)
		return;
	if (instance_publish(handover->path) < 0 && errno != ENOENT) /* already, by an old master */
		log_error("%s: %m; remove it, else workers of a killed master cannot hand over",
			handover->path);
}

void handover_unlink(const struct handover *handover)
{
	char new_path[INSTANCE_NEW_PATH_SIZE];

	if (handover->in < 0)
		return;
	instance_new_path(handover->path, new_path);
	unlink(new_path);
	unlink(handover->path);
}

int handover_find(const struct handover *handover)
{
	return handover_connect(handover->path);
}

void handover_close(struct handover *handover)
{
	if (handover->in < 0)
		return;
	close(handover->in);
	close(handover->out);
	handover->in = handover->out = -1;
}

bool handover_give(int out, const struct handed *handed)
{
	const int fds[] = {handed->fd, handed->spool_fd};
	size_t size = handed->spool_fd < 0 ? sizeof(fds[0]) : sizeof(fds);
	struct envelope envelope;
	struct cmsghdr *control;

	envelope_init(&envelope);
	envelope.has_spoken = handed->has_spoken;
	envelope.message.msg_controllen = CMSG_SPACE(size);
	control = CMSG_FIRSTHDR(&envelope.message);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(control), fds, size);
	return sendmsg(out, &envelope.message, MSG_NOSIGNAL) == 1;
}

bool handover_take(const struct handover *handover, struct handed *handed_r)
{
	struct envelope envelope;
	const struct cmsghdr *control;
	int fds[] = {-1, -1};

	envelope_init(&envelope);
	if (recvmsg(handover->in, &envelope.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return false;
	control = CMSG_FIRSTHDR(&envelope.message);
	if (control != NULL)
		memcpy(fds, CMSG_DATA(control), control->cmsg_len - CMSG_LEN(0));
	*handed_r = (struct handed){fds[0], fds[1], envelope.has_spoken};
	if (control != NULL && (envelope.message.msg_flags & MSG_CTRUNC) == 0)
		return true;
	if (fds[0] >= 0) /* out of descriptors: the kernel has closed the other */
		close(fds[0]);
	return false;
}
