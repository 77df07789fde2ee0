/*
 * STATE_DIRECTORY/NAME.pid: one line, the master's process number. It is replaced as a whole, so
 * that a reader never finds half of it.
 */
#ifndef PID_FILE_H
#define PID_FILE_H

#include <limits.h>

struct conf;

struct pid_file {
	char path[PATH_MAX];
};

/* -1: logged. */
int pid_file_write(struct pid_file *file, const struct conf *conf, const char *name);
/* Only while it has this process's number. */
void pid_file_remove(const struct pid_file *file);

#endif
