/*
 * The files by which one instance of the program is known: its pid file, the path of its control
 * socket, and the lock files of its listening sockets. They lie in server.state_directory; the
 * lock file of a unix socket lies beside that socket.
 *
 * A file or socket is made as PATH.new and renamed when it is complete, so that a reader never
 * finds half of it, nor none where there was one.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct conf;
struct stat;

struct instance {
	char pid_path[PATH_MAX];     /* NAME.pid: one line, the master's process number */
	char control_path[PATH_MAX]; /* NAME.control, see control.h */
};

/* name: the program's, with its pool behind it where the master has only one pool. */
void instance_init(struct instance *instance, const struct conf *conf, const char *name);

/* Checks that server.user can keep files in server.state_directory. Returns -1 and logs the reason
 * if it cannot. */
int instance_check(const struct conf *conf);
/* Waits until no other master answers on the control socket, 2 s at most. Returns -1 and logs that
 * master's number if it still answers then. */
int instance_wait_free(const struct instance *instance, const struct conf *conf);

/* Writes this process's number into the pid file. Returns -1 and logs the reason if it cannot. */
int instance_write_pid(const struct instance *instance);
/* Returns the number in the pid file, 0 if there is none. */
pid_t instance_read_pid(const struct instance *instance);
/* Removes the pid file. Returns false, and leaves it, if it has another process's number. */
bool instance_remove_pid(const struct instance *instance);

/* Opens and locks a listening socket's lock file. The lock ends with the process, however that
 * ends. Waits 2 s at most. Returns the descriptor; -1 with errno, EWOULDBLOCK if another process
 * holds the lock. */
int instance_lock(const char *path);
/* Writes into the lock file which socket its holder has made. Workers that lost their master may
 * still listen on that socket, but the next master may replace it. */
void instance_write_lock(int lock, const struct stat *made);
/* Returns whether the lock file says that found is its holder's socket. */
bool instance_lock_names(int lock, const struct stat *found);

#define INSTANCE_NEW_SUFFIX ".new"
#define INSTANCE_NEW_PATH_SIZE (PATH_MAX + sizeof(INSTANCE_NEW_SUFFIX))

/* Writes PATH.new to new_r. */
void instance_new_path(const char *path, char new_r[INSTANCE_NEW_PATH_SIZE]);
/* Renames PATH.new to PATH. Returns -1 with errno if it cannot. */
int instance_publish(const char *path);

#endif
