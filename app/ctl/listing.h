/*
 * What a command prints of what it has read: for people, or with --json for programs. A list is
 * lines under a heading, or an array with an object on each line; one thing is lines, or an object.
 *
 * Members of the objects are declared in handlers/, as those of the answers are.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stddef.h>

#include "ctl.h"

struct shape;

struct listing {
	struct ctl *ctl;
	const char *heading; /* NULL: none, or it is printed */
	const struct shape *shape;
	void (*print)(const void *row); /* a row for people */
	size_t n_rows;                  /* printed so far */
};

/* Prints a row, a struct of the shape. */
void listing_add(struct listing *listing, const void *row);
/* Ends the list by the result of db/: prints what an empty list has, and nothing of one that failed
 * before its first row. reason as of ctl_status(). Returns the exit status. */
int listing_end(struct listing *listing, enum err err, const char *reason);

/* Ends a list of what was looked for and is not there: prints that it is empty, for programs, and
 * the reason. Returns EXIT_FAILURE. */
int listing_nothing(struct listing *listing, const char *reason);

/* Prints one object on a line. */
void listing_object(struct ctl *ctl, const struct shape *shape, const void *model);

#endif
