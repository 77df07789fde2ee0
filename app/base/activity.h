/*
 * What this process is at, where others can see it: the watchdog, and whoever looks at the running
 * program. Who is about to wait says so by one store: no lock, no system call, no clock.
 *
 * A worker shows it in its slot of the scoreboard, in a word that holds a count of changes, too:
 * who looks twice and finds the same word knows that the worker has stood there meanwhile. Who has
 * named no place (tools, tests) shows it to nobody.
 */
#ifndef ACTIVITY_H
#define ACTIVITY_H

#include <stdatomic.h>
#include <stdint.h>

enum activity {
	ACTIVITY_NONE,
	ACTIVITY_READING,  /* the request, from the web server */
	ACTIVITY_RUNNING,
	ACTIVITY_DATABASE, /* waits for it, as for the next two */
	ACTIVITY_WECHAT,
	ACTIVITY_SMS,
	ACTIVITY_ANSWERING,
	ACTIVITY_N
};

/* Where this process shows it from now on. */
void activity_use(_Atomic uint64_t *word);
/* What it was at before, to which the caller goes back when this is over. */
enum activity activity_begin(enum activity activity);

/* For those who look at a word. */
enum activity activity_in(uint64_t word);
const char *activity_name(enum activity activity);

#endif
