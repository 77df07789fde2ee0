#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "bad_lines.h"
#include "heap.h"
#include "regular_file.h"

#define COPIES_MAX 99
#define PART_SIZE 4096
#define OWNER_ALONE 0600
#define NO_FILE (-1)

struct bad_lines {
	const char *source;
	int64_t heading_size;
	int from, to; /* NO_FILE: not opened yet */
	char path[PATH_MAX];
};

struct bad_lines *bad_lines_new(const char *path, int64_t heading_size)
{
	struct bad_lines *lines = heap_new_of(struct bad_lines);

	*lines = (struct bad_lines){
		.source = path,
		.heading_size = heading_size,
		.from = NO_FILE,
		.to = NO_FILE,
	};
	return lines;
}

void bad_lines_free(struct bad_lines *lines)
{
	if (lines == NULL)
		return;
	if (lines->from != NO_FILE)
		close(lines->from);
	if (lines->to != NO_FILE)
		close(lines->to);
	free(lines);
}

/* Returns 0, or -1 with errno. */
static int copy(struct bad_lines *lines, int64_t begin, int64_t end)
{
	char part[PART_SIZE];

	while (begin < end) {
		size_t most = end - begin < PART_SIZE ? (size_t)(end - begin) : PART_SIZE;
		ssize_t n = pread(lines->from, part, most, begin);

		if (n == 0)
			return 0;
		if (n < 0 || write(lines->to, part, (size_t)n) != n)
			return -1;
		begin += n;
	}
	return 0;
}

/* Makes the copy under the first name that no file has. Returns as copy(). */
static int create(struct bad_lines *lines)
{
	for (int n = 1; n <= COPIES_MAX && lines->to == NO_FILE; n++) {
		char number[sizeof("99")] = "";

		if (n > 1)
			snprintf(number, sizeof(number), "%d", n);
		if (snprintf(lines->path, PATH_MAX, "%s.bad%s", lines->source, number) >= PATH_MAX)
			errno = ENAMETOOLONG;
		else
			lines->to = open(
				lines->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OWNER_ALONE);
		if (lines->to == NO_FILE && errno != EEXIST)
			return -1;
	}
	if (lines->to == NO_FILE)
		return -1;
	lines->from = regular_file_open(lines->source, O_RDONLY, 0);
	return lines->from == NO_FILE ? -1 : copy(lines, 0, lines->heading_size);
}

const char *bad_lines_add(struct bad_lines *lines, struct arena *arena, int64_t begin, int64_t end)
{
	int status = lines->to == NO_FILE ? create(lines) : 0;

	if (status == 0)
		status = copy(lines, begin, end);
	return status == 0
		? NULL
		: arena_printf(arena,
			  "%s: %s; the bad lines are written beside the file: import a copy "
			  "of it from a folder with room that user %d may write, such as "
			  "/var/tmp",
			  lines->path, strerror(errno), (int)geteuid());
}

const char *bad_lines_path(const struct bad_lines *lines)
{
	return lines == NULL || lines->to == NO_FILE ? NULL : lines->path;
}
