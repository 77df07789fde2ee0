/*
 * What a process does or waits for at the moment, for the watchdog and for those who observe the
 * running program. Setting it is one store: no lock, no system call, no clock.
 *
 * A worker writes it on the scoreboard, beside the request that it is at, in a word that also
 * counts the changes. A reader that finds the same word twice knows that this request has not moved
 * meanwhile. A process that has named no word (tools, tests) shows its activity to nobody.
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

/* Makes this process show its activity there from now on; NULL: to nobody. */
void activity_use(_Atomic uint64_t *word);
/* Returns the activity before, to which the caller goes back afterwards. */
enum activity activity_begin(enum activity activity);

/* Returns the activity that a word shows. */
enum activity activity_in(uint64_t word);
const char *activity_name(enum activity activity);

#endif
