#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "draft.h"
#include "log.h"
#include "pid_file.h"

void pid_file_init(struct pid_file *file, const struct conf *conf, const char *name)
{
	snprintf(file->path, sizeof(file->path), "%s/%s.pid", conf->server_state_directory, name);
}

static int write_new(const char *path)
{
	int fd, status;

	unlink(path); /* of who died here, perhaps as another user */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	status = dprintf(fd, "%d\n", (int)getpid()) < 0 ? -1 : 0;
	return close(fd) < 0 ? -1 : status;
}

int pid_file_write(const struct pid_file *file)
{
	char draft[DRAFT_PATH_SIZE];

	draft_name(file->path, draft);
	if (write_new(draft) < 0 || draft_publish(file->path) < 0) {
		log_error("pid file %s: %m; see server.state_directory", file->path);
		return -1;
	}
	return 0;
}

pid_t pid_file_read(const struct pid_file *file)
{
	FILE *stream = fopen(file->path, "re");
	int pid = 0;

	if (stream == NULL)
		return 0;
	if (fscanf(stream, "%d", &pid) != 1)
		pid = 0;
	fclose(stream);
	return pid;
}

bool pid_file_remove(const struct pid_file *file)
{
	return pid_file_read(file) == getpid() && unlink(file->path) == 0;
}
