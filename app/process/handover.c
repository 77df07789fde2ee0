#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "handover.h"

/* For as long a full queue is waited on. */
#define PATIENCE_US 100000

/* A message: one byte that says whether the connection has spoken, and its descriptor. */
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
		.message = {
			.msg_iov = &envelope->bytes,
			.msg_iovlen = 1,
			.msg_control = envelope->control,
			.msg_controllen = sizeof(envelope->control),
		},
	};
}

int handover_open(struct handover *handover)
{
	const struct timeval patience = {.tv_usec = PATIENCE_US};
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	handover->in = ends[0];
	handover->out = ends[1];
	return 0;
}

void handover_close(struct handover *handover)
{
	if (handover->in < 0)
		return;
	close(handover->in);
	close(handover->out);
	handover->in = handover->out = -1;
}

bool handover_give(const struct handover *handover, int fd, bool has_spoken)
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
	return sendmsg(handover->out, &envelope.message, MSG_NOSIGNAL) == 1;
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
