#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "lock_file.h"
#include "log.h"

/* A worker has the descriptor, too, until it has begun. */
#define WAIT_US (2 * CLOCK_SECOND_US)
#define RETRY_US 20000
#define NAME_SIZE 64

int lock_file_take(const char *path)
{
	int64_t until_us = clock_monotonic_us() + WAIT_US;
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (lock < 0)
		return -1;
	while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || clock_monotonic_us() > until_us) {
			int error = errno;

			close(lock);
			errno = error;
			return -1;
		}
		clock_sleep_us(RETRY_US);
	}
	return lock;
}

/* An inode's number is used again, but not with the same time. */
static int name_socket(const struct stat *file, char text_r[NAME_SIZE])
{
	return snprintf(text_r, NAME_SIZE, "%ju %jd.%09ld\n", (uintmax_t)file->st_ino,
		(intmax_t)file->st_mtim.tv_sec, file->st_mtim.tv_nsec);
}

void lock_file_write(int lock, const struct stat *made)
{
	char text[NAME_SIZE];
	int size = name_socket(made, text);

	if (ftruncate(lock, 0) < 0 || pwrite(lock, text, (size_t)size, 0) != size)
		log_warning("lock file: %m");
}

bool lock_file_names(int lock, const struct stat *found)
{
	char text[NAME_SIZE], said[NAME_SIZE] = "";
	int size = name_socket(found, text);

	return pread(lock, said, sizeof(said) - 1, 0) == size && strcmp(said, text) == 0;
}
