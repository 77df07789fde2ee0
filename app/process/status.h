/*
 * STATE_DIRECTORY/NAME.status: a socket on which the master says how it is to whoever connects,
 * also while every worker is busy. Asked by a line of words; answered in text:
 *
 *     status    lines "NAME value": the program, its pid, state and generation, its workers
 *     metrics   all that is counted, as /metrics has it
 *     requests  a line for each request at hand (standing.h)
 */
#ifndef STATUS_H
#define STATUS_H

#include <limits.h>
#include <sys/stat.h>

#include "inquiry.h"

#define STATUS_N_INQUIRIES 8

struct buf;
struct conf;

struct status {
	int fd; /* -1: closed */
	char path[PATH_MAX];
	struct stat file;
	struct inquiry inquiries[STATUS_N_INQUIRIES];
};

/* Closed. */
void status_init(struct status *status, const struct conf *conf, const char *name);
/* In the place of another master's, if it is there. -1: logged. */
int status_open(struct status *status);
void status_close(struct status *status);
/* Its path, if that is still ours. */
void status_remove(const struct status *status);

/* Answers who asks, some at a time, without waiting for anybody. To be called several times a
 * second. */
void status_answer(struct status *status, const struct teller *teller);

/* The other side: what a running master says to these words. -1: errno. */
int status_ask(
	const struct conf *conf, const char *name, const char *words, struct buf *text_r);

#endif
