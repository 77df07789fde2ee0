/*
 * The running program, as it tells of itself on its status socket: one master of both pools, or,
 * where each was started on a socket of its own, two of one pool.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct ctl;

#define RUNNING_MAX 3

struct running {
	const char *name; /* of its files in the state directory */
	int32_t pid, generation;
	int32_t parent; /* who started it; 0: has gone */
	int32_t n_refused; /* reloads and upgrades that came to nothing */
	const char *refusal; /* the last of them and why, in the arena; "": none */
	const char *restart; /* keys that the last reload found changed and that take one; "" */
	const char *text;    /* all it says, in the arena */
};

/* Who answers; their number. 0: errno, also of one who is there and does not. */
size_t running_find(const struct ctl *ctl, struct running found_r[RUNNING_MAX]);
/* -1: errno. */
int running_ask(const struct ctl *ctl, const char *name, struct running *running_r);
/* words: as control.h has them. -1: errno. */
int running_ask_for(
	const struct ctl *ctl, const char *name, const char *words, struct buf *text_r);
/* Workers whose master was killed: what to do, in the arena; NULL: there are none. */
const char *running_find_orphans(const struct ctl *ctl);
/* Says that it could not be asked, by errno, and what may be wrong; EXIT_FAILURE. */
int running_fail(const struct ctl *ctl);

#endif
