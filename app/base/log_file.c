#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "last_line.h"
#include "log_sink.h"

/* Each write has a place for it in its first part. */
static char line_break[] = {'\n'};

/* Writes a line by one call, so that lines of several processes in one file or pipe do not mix. A
 * line that was cut is ended here, else every process would have to check for it. */
static int write_parts(struct log_sink *sink, struct iovec *parts, int n_parts)
{
	size_t size = 0;
	ssize_t n;

	parts[0] = (struct iovec){line_break, sink->is_cut};
	for (int i = 0; i < n_parts; i++)
		size += parts[i].iov_len;
	do
		n = writev(sink->fd, parts, n_parts);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		sink->is_cut = (size_t)n < size && !last_line_complete(sink->fd);
	if (n == (ssize_t)size)
		return 0;
	if (n >= 0)
		errno = ENOSPC;
	return -1;
}

/* ---- A file. */

static int open_file(const struct log_sink *sink)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;

	return open(sink->address, flags | O_NONBLOCK, 0640); /* it may be a pipe */
}

static int write_file(struct log_sink *sink, const struct log_line *line)
{
	struct iovec parts[] = {{0}, {line->text.data, line->text.size}};

	return write_parts(sink, parts, 2);
}

const struct log_driver log_file = {
	.open = open_file,
	.write = write_file,
};

/* ---- Standard error. */

/* JOURNAL_STREAM is DEVICE:INODE of the stream that systemd has connected to the journal. */
static bool is_journal(void)
{
	static bool is_known, is_so;
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat status;

	if (is_known)
		return is_so;
	is_known = true;
	if (stream != NULL && fstat(STDERR_FILENO, &status) == 0) {
		snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)status.st_dev,
			(uintmax_t)status.st_ino);
		is_so = strcmp(stream, ours) == 0;
	}
	return is_so;
}

static int open_stderr(const struct log_sink *sink)
{
	(void)sink;
	return STDERR_FILENO;
}

/* The journal takes a line's level from "<6>" before it. */
static int write_stderr(struct log_sink *sink, const struct log_line *line)
{
	char level[] = {'<', (char)('0' + line->severity), '>'};
	struct iovec parts[] = {
		{0},
		{level, is_journal() ? sizeof(level) : 0},
		{line->text.data, line->text.size},
	};

	return write_parts(sink, parts, 3);
}

const struct log_driver log_stderr = {
	.name = "stderr",
	.open = open_stderr,
	.write = write_stderr,
};
