/*
 * STATE_DIRECTORY/NAME.pid: one line, the master's process number. It is replaced as a whole, so
 * that a reader never finds half of it.
 */
#ifndef PID_FILE_H
#define PID_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct conf;

struct pid_file {
	char path[PATH_MAX];
};

void pid_file_init(struct pid_file *file, const struct conf *conf, const char *name);
/* -1: logged. */
int pid_file_write(const struct pid_file *file);
/* Whose number it has; 0: there is none. */
pid_t pid_file_read(const struct pid_file *file);
/* false: it has another process's number, or was not there. */
bool pid_file_remove(const struct pid_file *file);

#endif
