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

/* A message: a byte, whether the connection has carried a request, and its descriptor. */
struct envelope {
	char has_spoken;
	struct iovec bytes;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
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

bool handover_give(int out, int fd, bool has_spoken)
{
	struct envelope envelope;
	struct cmsghdr *control;

	envelope_init(&envelope);
	envelope.has_spoken = has_spoken;
	control = CMSG_FIRSTHDR(&envelope.message);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
	return sendmsg(out, &envelope.message, MSG_NOSIGNAL) == 1;
}

int handover_take(const struct handover *handover, bool *has_spoken_r)
{
	struct envelope envelope;
	const struct cmsghdr *control;
	int fd;

	envelope_init(&envelope);
	if (recvmsg(handover->in, &envelope.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -1;
	control = CMSG_FIRSTHDR(&envelope.message);
	if (control == NULL) /* out of descriptors: the kernel has closed it */
		return -1;
	memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	*has_spoken_r = envelope.has_spoken;
	return fd;
}
