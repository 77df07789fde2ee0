#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "inquiry.h"

#define PATIENCE_US (3 * CLOCK_SECOND_US)

void inquiry_begin(struct inquiry *inquiry, int fd)
{
	*inquiry = (struct inquiry){.fd = fd, .until_us = clock_monotonic_us() + PATIENCE_US};
}

void inquiry_end(struct inquiry *inquiry)
{
	if (inquiry->fd < 0)
		return;
	close(inquiry->fd);
	inquiry->fd = -1;
	buf_release(&inquiry->text);
}

/* Until the end of the line, or of what the other side says. */
static void hear(struct inquiry *inquiry)
{
	char *end = inquiry->words + inquiry->n_heard;
	ssize_t n = recv(inquiry->fd, end, sizeof(inquiry->words) - 1 - inquiry->n_heard,
		MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		inquiry->n_heard += (size_t)n;
	inquiry->is_heard = n <= 0 || strchr(end, '\n') != NULL ||
		inquiry->n_heard == sizeof(inquiry->words) - 1;
}

static void answer(struct inquiry *inquiry, const struct teller *teller)
{
	static const char separators[] = " \r";
	char *word = inquiry->words + strspn(inquiry->words, separators);

	word[strcspn(word, "\n")] = '\0';
	do {
		size_t size = strcspn(word, separators);
		char *next = word + size + strspn(word + size, separators);

		word[size] = '\0';
		teller->tell(teller->ctx, word, &inquiry->text);
		word = next;
	} while (*word != '\0');
}

/* False: there is more, and the other side has to read first. */
static bool send_rest(struct inquiry *inquiry)
{
	const struct buf *text = &inquiry->text;

	while (inquiry->n_sent < text->size) {
		ssize_t n = send(inquiry->fd, text->data + inquiry->n_sent,
			text->size - inquiry->n_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno != EAGAIN;
		inquiry->n_sent += (size_t)n;
	}
	return true;
}

void inquiry_go_on(struct inquiry *inquiry, const struct teller *teller)
{
	bool is_told = false;

	if (inquiry->fd < 0)
		return;
	if (!inquiry->is_heard) {
		hear(inquiry);
		if (inquiry->is_heard)
			answer(inquiry, teller);
	}
	if (inquiry->is_heard)
		is_told = send_rest(inquiry);
	if (is_told || clock_monotonic_us() > inquiry->until_us)
		inquiry_end(inquiry);
}
