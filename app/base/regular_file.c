#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "regular_file.h"

int regular_file_open(const char *path, int flags, mode_t mode)
{
	const int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
	struct stat file;
	int error;

	if (fd < 0)
		return -1;
	if (fstat(fd, &file) == 0) {
		if (S_ISREG(file.st_mode))
			return fd;
		errno = S_ISDIR(file.st_mode) ? EISDIR : ENXIO;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

FILE *regular_file_read(const char *path)
{
	const int fd = regular_file_open(path, O_RDONLY, 0);
	FILE *file;

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "r");
	if (file == NULL)
		BUG("out of memory");
	return file;
}

bool regular_file_is_other(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && !S_ISREG(file.st_mode) && !S_ISDIR(file.st_mode);
}

const char *regular_file_error(int error)
{
	return error == ENXIO ? "it is no regular file" : strerror(error);
}
