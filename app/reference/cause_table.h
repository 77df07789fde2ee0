/*
 * The cause of each error that an endpoint may answer: when it comes, and what its client does
 * then. A text of an answer is for the person at the other end and may be the same for several
 * errors; these are for the client's author.
 */
#ifndef CAUSE_TABLE_H
#define CAUSE_TABLE_H

#include "err.h"
#include "shape.h"

struct cause {
	struct text when, next;
};

/* Without texts: no answer tells the error. */
extern const struct cause cause_table[ERR_N];

#endif
