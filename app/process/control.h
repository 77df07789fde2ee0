/*
 * The control socket: STATE_DIRECTORY/NAME.control, on which the master answers also while every
 * worker is busy. A client connects, sends one line of commands separated by blanks, gets the
 * output of each in turn, and is disconnected:
 *
 *     status    lines "NAME value": the program, its pid, state and generation, its workers
 *     metrics   all counters, as /metrics has them
 *     requests  a line for each request in flight (scoreboard.h)
 *     forget    "forgotten": from now on no worker uses what it remembers (db/remembered.h)
 *
 * The master never blocks on a client. It resumes a slow one at its next tick and drops it after
 * 3 s. Only root and the user of the master may connect.
 *
 * That user's workers may exchange the socket, too. So an answer is believed by nobody who has more
 * rights than they: whoever signals the master asks the kernel which process listens, and does it
 * with the rights of that user (app/ctl/operation.c).
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "buf.h"

#define CONTROL_CONNECTIONS_MAX 8
#define CONTROL_FORGET "forget"
#define CONTROL_FORGOTTEN "forgotten\n"

struct conf;

/* Appends the output of a command; command is "" if the line was empty. */
typedef void control_run(const void *ctx, const char *command, struct buf *output);

struct control_connection {
	int fd; /* -1: none */
	int64_t deadline_us;
	char line[128];
	size_t n_read;
	bool is_read; /* up to the end of the line */
	struct buf output;
	size_t n_sent;
};

struct control {
	int fd; /* -1: closed */
	struct stat file;
	struct control_connection connections[CONTROL_CONNECTIONS_MAX];
};

/* Makes it closed. */
void control_init(struct control *control);
/* Listens on path, which it takes from another master if that has it. Returns -1 and logs the
 * reason if it cannot. */
int control_open(struct control *control, const char *path);
/* Removes path, unless it is another master's by now. */
void control_unlink(const struct control *control, const char *path);
/* Closes the socket and all connections; path stays. */
void control_close(struct control *control);
/* Accepts connections and goes on with each as far as it can without waiting. The master calls it
 * at each tick. */
void control_poll(struct control *control, control_run *run, const void *ctx);

/* In a client: sends the commands to the master called name and reads their output. Waits 10 s at
 * most for each step. pid_r: the process that listens, as the kernel says; 0: it cannot be seen
 * from here. Returns -1 with errno if nobody listens or the master does not answer. */
int control_ask(const struct conf *conf, const char *name, const char *commands,
	struct buf *output_r, pid_t *pid_r);

#endif
