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

struct seat {
	struct pid_file pid_file;
	struct status status;
};

/* name: of the files in the state directory. */
void seat_init(struct seat *seat, const struct conf *conf, const char *name);
/* Whether this user can take it, be it now or after an upgrade. -1: logged. */
int seat_check(const struct conf *conf);
/* Whoever had it before. -1: logged. */
int seat_take(struct seat *seat, struct staff *staff);
/* Removes what is still ours. */
void seat_leave(struct seat *seat, struct staff *staff);
void seat_close(struct seat *seat);

#endif
