/*
 * Another process that changes the same rows before the n-th statement of a rule. A test that has
 * one is linked with WITH_RIVALS.
 */
#ifndef RIVALS_H
#define RIVALS_H

#include <stdbool.h>

#include "db.h"

/* Calls fn before the n-th statement from here on; n 0: never. */
void interrupt(int n, void (*fn)(void));
/* Returns how many statements there are until then; 0: fn was called. */
int n_until_interrupted(void);

/* Before the n-th statement another process runs fn, until fn is done or waits for what this one
 * holds. */
void rival_before(int n, enum err (*fn)(struct db *db));
struct rival_outcome {
	bool has_come;  /* false: the rule was over before its n-th statement */
	bool was_first; /* it did not wait */
	enum err err;   /* what fn returned */
};
/* Waits for its end. */
struct rival_outcome rival_end(void);

/* The n-th statement from here on runs, and the connection is lost before its answer. */
void lose_answer(int n);

#endif
