#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "pid_file.h"

static int write_new(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int status;

	if (fd < 0)
		return -1;
	status = dprintf(fd, "%d\n", (int)getpid()) < 0 ? -1 : 0;
	return close(fd) < 0 ? -1 : status;
}

int pid_file_write(struct pid_file *file, const struct conf *conf, const char *name)
{
	char path[PATH_MAX];

	snprintf(file->path, sizeof(file->path), "%s/%s.pid", conf->server_state_directory, name);
	snprintf(path, sizeof(path), "%s/%s.pid.new", conf->server_state_directory, name);
	if (write_new(path) < 0 || rename(path, file->path) < 0) {
		log_error("pid file %s: %m; see server.state_directory", file->path);
		return -1;
	}
	return 0;
}

void pid_file_remove(const struct pid_file *file)
{
	FILE *stream = fopen(file->path, "re");
	int pid = 0;

	if (stream == NULL)
		return;
	if (fscanf(stream, "%d", &pid) == 1 && pid == getpid())
		unlink(file->path);
	fclose(stream);
}
