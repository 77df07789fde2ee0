/*
 * An upgrade: the master starts its own program's file again and leaves it the sockets. The heir
 * brings its workers up beside those that serve, asks for the whole place, and is granted it; from
 * then on the path of the sockets, the pid file and the connections are the heir's. The master
 * stays until it has them, so that somebody is there to ask at any time. An heir that does not ask
 * in time is ended, and nothing has changed.
 */
#ifndef SUCCESSION_H
#define SUCCESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct inheritance;

/* ---- The one who goes. */

struct succession {
	pid_t heir; /* 0: none */
	char *const *argv;
	int link;
	int64_t started_us;
	bool is_late; /* and told to end */
};

enum succession_state {
	SUCCESSION_NONE,
	SUCCESSION_WAITING,
	SUCCESSION_ASKED,  /* the heir is ready */
	SUCCESSION_FAILED, /* the heir has ended */
};

/* inheritance: what the heir gets beside the link. -1: logged. */
int succession_begin(struct succession *succession, char *const *argv,
	struct inheritance *inheritance);
/* To be called several times a second. What follows FAILED is NONE. */
enum succession_state succession_look(struct succession *succession);
void succession_grant(const struct succession *succession);
/* The heir has what was granted, or never will; also where there is none. */
bool succession_is_over(struct succession *succession);
/* The heir shall end, too, where there is one. */
void succession_cancel(struct succession *succession);
/* In a worker, so that the heir hears of its predecessor's end at once. */
void succession_close(struct succession *succession);

/* ---- The heir. link: from the inheritance, -1 for who inherits from none. */

int succession_link(const struct inheritance *inheritance);
void succession_ask(int link);
/* Why it will never ask, for who goes to tell. */
void succession_decline(int link, const char *why);
/* Also when the other has died. Who has taken the place closes the link. */
bool succession_is_granted(int link);

#endif
