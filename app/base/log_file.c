#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file_end.h"
#include "log_sink.h"

enum outcome { WRITTEN, NOT_WRITTEN, CUT };

static char line_break[] = {'\n'};

/* Of each line on its own: where others write to the same file or pipe, none comes in between. */
static enum outcome write_parts(int fd, const struct iovec *parts, int n_parts)
{
	size_t size = 0;
	ssize_t n;

	for (int i = 0; i < n_parts; i++)
		size += parts[i].iov_len;
	do
		n = writev(fd, parts, n_parts);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size)
		return WRITTEN;
	if (n <= 0)
		return NOT_WRITTEN;
	errno = ENOSPC;
	return CUT;
}

/* ---- A file. */

/* A file is opened for reading, too, so that a line that another process left cut is seen. A pipe
 * is not: it would have a reader then. */
static int open_file(const struct log_sink *sink)
{
	const int flags = O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(sink->address, O_WRONLY | O_CREAT | flags, 0640), both;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return fd;
	both = open(sink->address, O_RDWR | flags);
	if (both < 0)
		return fd;
	close(fd);
	return both;
}

static int write_file(const struct log_sink *sink, const struct log_line *line)
{
	const struct iovec parts[] = {
		{line_break, file_end_is_cut(sink->fd)},
		{line->text.data, line->text.size},
	};

	return write_parts(sink->fd, parts, 2) == WRITTEN ? 0 : -1;
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
static int write_stderr(const struct log_sink *sink, const struct log_line *line)
{
	char level[] = {'<', (char)('0' + log_severity(line->level)), '>'};
	static bool is_cut; /* by us: the shell opens a file for writing only */
	const struct iovec parts[] = {
		{line_break, is_cut || file_end_is_cut(sink->fd)},
		{level, is_journal() ? sizeof(level) : 0},
		{line->text.data, line->text.size},
	};
	const enum outcome outcome = write_parts(sink->fd, parts, 3);

	if (outcome != NOT_WRITTEN)
		is_cut = outcome == CUT;
	return outcome == WRITTEN ? 0 : -1;
}

const struct log_driver log_stderr = {
	.name = "stderr",
	.open = open_stderr,
	.write = write_stderr,
};
