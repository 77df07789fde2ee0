#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "clock.h"
#include "file_end.h"

#define N_LOOKS 5
#define PAUSE_US 1000

/* The size of a file that does not end with a line break, 0 of one that does. */
static off_t size_if_cut(int fd)
{
	struct stat status;
	char last;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0 ||
		pread(fd, &last, 1, status.st_size - 1) != 1 || last == '\n')
		return 0;
	return status.st_size;
}

/* A line that crosses two pages grows in two steps: one that is being written goes on. */
bool file_end_is_cut(int fd)
{
	off_t before = size_if_cut(fd);

	for (int n = 1; n < N_LOOKS && before > 0; n++) {
		off_t size;

		clock_sleep_us(PAUSE_US);
		size = size_if_cut(fd);
		if (size == before)
			return true;
		before = size;
	}
	return false;
}
