/*
 * What has to be done now and then, for all hosts: what is too old to be kept is forgotten.
 *
 * Each chore has a row in job_lease. Whoever takes the lease does the chore, in batches of a
 * thousand rows at most, each committed by itself, and renews the lease as it goes; who dies loses
 * it within a minute, by the database's clock. A chore that fails is told in the log and in its
 * row, and tried again in a minute.
 *
 * Busy and idle workers do a little between two requests; where traffic may be none, cron does all
 * (wxuserctl jobs run).
 */
#ifndef CHORE_H
#define CHORE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct chore;

/* What a worker has in hand; all zero at first. */
struct chore_hand {
	const struct chore *chore; /* NULL: none */
	int64_t n_rows;            /* done so far */
	int64_t look_us;           /* when to look for one that is due */
};

/* A few batches of what is due, for some hundredths of a second; looks at most once a minute
 * whether anything is. */
void chore_step(struct db *db, struct chore_hand *hand);

struct chore_state {
	const char *name;
	const char *holder;  /* who does it now; "": nobody */
	const char *forgets; /* what, and when */
	int64_t due_us;      /* 0: at once; so it is when over, and nobody has come to it */
	int64_t now_us;      /* the database's */
	int64_t ended_us, failed_us; /* 0: never; not since then */
	int64_t n_rows;
};

/* In the order in which they are done. */
enum err chore_list(
	struct db *db, void (*row)(void *ctx, const struct chore_state *state), void *ctx);

enum chore_outcome {
	CHORE_DONE,
	CHORE_FAILED, /* logged */
	CHORE_HELD,   /* somebody else does it */
};

/* Does all that are due; name: that one, due or not. Tells of each. ERR_PARAMETER: no such
 * chore. */
enum err chore_run(struct db *db, const char *name,
	void (*tell)(void *ctx, const struct chore_state *state, enum chore_outcome outcome),
	void *ctx);

#endif
