/*
 * The replay of erasures.log after a restored backup has brought erased persons back.
 */
#ifndef ERASURE_REPLAY_H
#define ERASURE_REPLAY_H

#include <stddef.h>

#include "db.h"
#include "erasure_sync.h"

/* What to do if a file has no erasures. */
#define ERASURE_IMPORT                                                                             \
	"take them from its backup or from another host: wxuserctl erasures import FILE"

/* Appends to erasures.log what only the database has, erases again all users and members of the
 * file, but no row that is younger than its erasure, and gives the database the tombstones that it
 * lacks. Returns ERR_PARAMETER if there is no file, or erasure_find_gap() finds a problem;
 * problem_r says what to do. */
enum err erasure_replay(struct db *db, size_t *n_erased_r, const char **problem_r);

/* What to do if erasure_comparison.lacks_known. */
#define ERASURE_KNOWN_LACKING                                                                      \
	"%s and the database lack an erasure that this host has known, as after a restore "        \
	"without the file; " ERASURE_IMPORT "; where no copy is left, that person may be back, "   \
	"and this is told until you run: rm %s/erasures.bookmark"

/* Sets problem_r to why not all are erased again by what the file has: it has lines of another key,
 * or it has none, though somebody was erased; NULL: it may be trusted. */
enum err erasure_find_problem(
	struct db *db, const struct erasure_comparison *comparison, const char **problem_r);
/* The same; and a line that is none of an erasure is a problem, too, or one that is lacking. */
enum err erasure_find_gap(
	struct db *db, const struct erasure_comparison *comparison, const char **problem_r);

#endif
