#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "breaker.h"
#include "bucket.h"
#include "conf.h"
#include "instance.h"
#include "log.h"
#include "privileges.h"
#include "scoreboard.h"
#include "shared_limits.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_SIZE 40

/* Whose times and layout the rest is in. */
struct head {
	char version[32];
	char boot_id[BOOT_ID_SIZE];
	size_t size;
};

struct shared_limits {
	_Alignas(128) struct head head;
	_Alignas(128) struct breaker_table breakers;
	_Alignas(128) struct bucket_table buckets;
};

/* Returns -1 with errno. */
static int head_init(struct head *head)
{
	FILE *stream = fopen(BOOT_ID_PATH, "re");
	bool has_read;

	*head = (struct head){.version = PACKAGE_VERSION, .size = sizeof(struct shared_limits)};
	if (stream == NULL)
		return -1;
	has_read = fgets(head->boot_id, sizeof(head->boot_id), stream) != NULL;
	fclose(stream);
	return has_read ? 0 : -1;
}

static struct shared_limits *limits_map(int fd)
{
	return mmap(NULL, sizeof(struct shared_limits), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static int limits_fail(int fd, int error)
{
	close(fd);
	errno = error;
	return -1;
}

static bool limits_are_of(int fd, const struct head *head)
{
	struct head found;

	return pread(fd, &found, sizeof(found), 0) == sizeof(found) &&
		memcmp(&found, head, sizeof(found)) == 0;
}

/* Returns the descriptor of the file that is there; -1 with errno, ENOENT if one is to be made,
 * EPERM if it is another user's. */
static int limits_open(const char *path, const struct head *head)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat file;

	if (fd < 0)
		return -1;
	if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode) || file.st_uid != geteuid())
		return limits_fail(fd, EPERM);
	if ((file.st_mode & 077) != 0 || file.st_size != sizeof(struct shared_limits) ||
		!limits_are_of(fd, head))
		return limits_fail(fd, ENOENT);
	return fd;
}

/* Else a full disk would end with SIGBUS whoever writes there first. */
static int limits_allocate(int fd)
{
	errno = posix_fallocate(fd, 0, sizeof(struct shared_limits));
	return errno == 0 ? 0 : -1;
}

static int limits_fill(int fd, const struct head *head)
{
	struct shared_limits *limits;

	if (limits_allocate(fd) < 0)
		return -1;
	limits = limits_map(fd);
	if (limits == MAP_FAILED)
		return -1;
	bucket_table_init(&limits->buckets);
	limits->head = *head;
	return munmap(limits, sizeof(*limits));
}

/* Returns the descriptor; -1 with errno. */
static int limits_make(const char *path, const struct head *head)
{
	char new_path[INSTANCE_NEW_PATH_SIZE];
	int fd;

	instance_new_path(path, new_path);
	unlink(new_path); /* left by a process that died here */
	fd = open(new_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 && (limits_fill(fd, head) < 0 || instance_publish(path) < 0))
		return limits_fail(fd, errno);
	return fd;
}

/* Returns MAP_FAILED with errno. */
static struct shared_limits *limits_join_locked(const char *path, int *fd_r)
{
	struct shared_limits *limits;
	struct head head;
	int fd;

	if (head_init(&head) < 0)
		return MAP_FAILED;
	fd = limits_open(path, &head);
	if (fd < 0 && errno == ENOENT)
		fd = limits_make(path, &head);
	if (fd < 0)
		return MAP_FAILED;
	limits = limits_map(fd);
	if (limits == MAP_FAILED)
		limits_fail(fd, errno);
	*fd_r = fd;
	return limits;
}

static struct shared_limits *limits_join(const char *path, int *fd_r)
{
	char lock_path[PATH_MAX + sizeof(".lock")];
	struct shared_limits *limits;
	int lock, error;

	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	lock = instance_lock(lock_path);
	if (lock < 0)
		return MAP_FAILED;
	limits = limits_join_locked(path, fd_r);
	error = errno;
	close(lock);
	errno = error;
	return limits;
}

void shared_limits_join(struct scoreboard *board, const struct conf *conf)
{
	char path[PATH_MAX];
	struct shared_limits *limits = MAP_FAILED;
	struct scoreboard_shared shared = {.size = sizeof(*limits)};

	snprintf(path, sizeof(path), "%s/limits", conf->server_state_directory);
	if (privileges_use_temporarily(conf->server_user) == 0)
		limits = limits_join(path, &shared.fd);
	if (limits == MAP_FAILED)
		log_warning(
			"%s: %m; [rates] hold for these workers alone; run: wxuserctl check", path);
	else {
		shared.mapping = limits;
		scoreboard_share(board, &shared, &limits->breakers, &limits->buckets);
	}
	privileges_restore();
}

void shared_limits_mend(const struct scoreboard *board)
{
	struct shared_limits *limits = board->shared.mapping;
	struct stat file;
	struct head head;

	if (limits == NULL || fstat(board->shared.fd, &file) < 0 ||
		file.st_size >= (off_t)board->shared.size)
		return;
	if (head_init(&head) < 0 || limits_allocate(board->shared.fd) < 0) {
		log_warning("the file limits in server.state_directory was cut, and cannot be made "
			    "anew: %m");
		return;
	}
	memset(limits, 0, sizeof(*limits));
	limits->head = head;
	bucket_table_init(&limits->buckets);
	log_warning("the file limits in server.state_directory was cut to %jd bytes and is made "
		    "anew; [rates] and breakers begin from nothing",
		(intmax_t)file.st_size);
}
