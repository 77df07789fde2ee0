#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "instance.h"
#include "log.h"
#include "permission.h"
#include "privileges.h"
#include "socket_name.h"
#include "str.h"

/* A worker holds the descriptors of its master for a moment after the fork, also if that master is
 * killed meanwhile. */
#define WAIT_US (2 * CLOCK_SECOND_US)
#define RETRY_US 20000
#define LOCK_TEXT_SIZE 64
#define PID_TEXT_SIZE 16

void instance_init(struct instance *instance, const struct conf *conf, const char *name)
{
	snprintf(instance->pid_path, sizeof(instance->pid_path), "%s/%s.pid",
		conf->server_state_directory, name);
	snprintf(instance->control_path, sizeof(instance->control_path), "%s/%s.control",
		conf->server_state_directory, name);
}

int instance_check(const struct conf *conf)
{
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = NULL;
	int status = privileges_use_temporarily(conf->server_user);

	if (status == 0)
		problem = permission_check_directory(
			conf->server_state_directory, conf->server_user, text);
	privileges_restore();
	if (problem != NULL)
		log_error("server.state_directory: %s", problem);
	return problem == NULL ? status : -1;
}

/* Returns false, at once, when WAIT_US have passed since since_us. */
static bool instance_pause(int64_t since_us)
{
	if (clock_monotonic_us() - since_us > WAIT_US)
		return false;
	clock_sleep_us(RETRY_US);
	return true;
}

static bool instance_is_listening(const char *path)
{
	int error = socket_name_probe(path);

	return error == 0 || error == EAGAIN; /* its backlog is full */
}

int instance_wait_free(const struct instance *instance, const struct conf *conf)
{
	int64_t since_us = clock_monotonic_us();

	while (instance_is_listening(instance->control_path)) {
		if (instance_pause(since_us))
			continue;
		log_error("server.state_directory %s: another instance, pid %d, has it; each needs "
			  "its own. To end that one, run: wxuserctl drain",
			conf->server_state_directory, (int)instance_read_pid(instance));
		return -1;
	}
	return 0;
}

static int instance_write_new_pid(const char *path)
{
	int fd, status;

	unlink(path); /* left by a process that died here, perhaps as another user */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	status = dprintf(fd, "%d\n", (int)getpid()) < 0 ? -1 : 0;
	return close(fd) < 0 ? -1 : status;
}

int instance_write_pid(const struct instance *instance)
{
	char new_path[INSTANCE_NEW_PATH_SIZE];

	instance_new_path(instance->pid_path, new_path);
	if (instance_write_new_pid(new_path) < 0 || instance_publish(instance->pid_path) < 0) {
		log_error("pid file %s: %m; see server.state_directory", instance->pid_path);
		return -1;
	}
	return 0;
}

pid_t instance_read_pid(const struct instance *instance)
{
	int fd = open(instance->pid_path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	char text[PID_TEXT_SIZE] = "";
	int32_t pid = 0;

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0) {
		text[strcspn(text, "\n")] = '\0';
		str_parse_int32(text, &pid);
	}
	close(fd);
	return pid;
}

bool instance_remove_pid(const struct instance *instance)
{
	return instance_read_pid(instance) == getpid() && unlink(instance->pid_path) == 0;
}

int instance_lock(const char *path)
{
	int64_t since_us = clock_monotonic_us();
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error;

	if (lock < 0)
		return -1;
	while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		error = errno;
		if (error == EWOULDBLOCK && instance_pause(since_us))
			continue;
		close(lock);
		errno = error;
		return -1;
	}
	return lock;
}

/* The number of an inode is used again, but not with the same time. */
static int instance_lock_text(const struct stat *file, char text_r[LOCK_TEXT_SIZE])
{
	return snprintf(text_r, LOCK_TEXT_SIZE, "%ju %jd.%09ld\n", (uintmax_t)file->st_ino,
		(intmax_t)file->st_mtim.tv_sec, file->st_mtim.tv_nsec);
}

void instance_write_lock(int lock, const struct stat *made)
{
	char text[LOCK_TEXT_SIZE];
	int size = instance_lock_text(made, text);

	if (ftruncate(lock, 0) < 0 || pwrite(lock, text, (size_t)size, 0) != size)
		log_warning("lock file: %m");
}

bool instance_lock_names(int lock, const struct stat *found)
{
	char text[LOCK_TEXT_SIZE], written[LOCK_TEXT_SIZE] = "";
	int size = instance_lock_text(found, text);

	return pread(lock, written, sizeof(written) - 1, 0) == size && strcmp(written, text) == 0;
}

void instance_new_path(const char *path, char new_r[INSTANCE_NEW_PATH_SIZE])
{
	snprintf(new_r, INSTANCE_NEW_PATH_SIZE, "%s" INSTANCE_NEW_SUFFIX, path);
}

int instance_publish(const char *path)
{
	char new_path[INSTANCE_NEW_PATH_SIZE];

	instance_new_path(path, new_path);
	return rename(new_path, path);
}
