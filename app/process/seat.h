/*
 * By what the world knows who the master is: pid file, status socket, and the paths of the
 * workers' sockets that are its own.
 */
#ifndef SEAT_H
#define SEAT_H

#include "pid_file.h"
#include "status.h"

struct conf;
struct staff;
struct start;

struct seat {
	struct pid_file pid_file;
	struct status status;
};

/* Its files in the state directory are called as the program, and as its pool where it has but one:
 * the other may be another master's. */
void seat_init(struct seat *seat, const struct conf *conf, const struct start *start);
/* Whether server.user can take it, be it now or after an upgrade. -1: logged. */
int seat_check(const struct conf *conf);
/* Whether no other master has it. -1: logged. */
int seat_find_free(const struct seat *seat, const struct conf *conf);
/* Whoever had it before. -1: logged. */
int seat_take(struct seat *seat, struct staff *staff);
/* Removes what is still ours. */
void seat_leave(struct seat *seat, struct staff *staff);
void seat_close(struct seat *seat);

#endif
