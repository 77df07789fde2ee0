#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "last_line.h"
#include "str.h"

/* Returns the size of a file whose last line is incomplete, or 0. */
static off_t size_if_incomplete(int fd)
{
	struct stat status;
	char last;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0 ||
		pread(fd, &last, 1, status.st_size - 1) != 1 || last == '\n')
		return 0;
	return status.st_size;
}

bool last_line_is_incomplete(int fd)
{
	return size_if_incomplete(fd) > 0;
}

/* Writes through a descriptor of its own, since pwrite() appends, too, if the file was opened for
 * appending. */
bool last_line_complete(int fd)
{
	char path[sizeof("/proc/self/fd/") + 11];
	struct stat status;
	off_t size;
	bool is_whole;
	int own;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_RDWR | O_CLOEXEC);
	if (own < 0)
		return false;
	size = size_if_incomplete(own);
	is_whole = size == 0 || pwrite(own, "\n", 1, size - 1) == 1;
	close(own);
	return is_whole;
}
