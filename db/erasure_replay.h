/*
 * The replay of erasures.log after a restored backup has brought erased persons back.
 */
#ifndef ERASURE_REPLAY_H
#define ERASURE_REPLAY_H

#include <stddef.h>

#include "db.h"

/* Erases again all users and members of erasures.log, but no row that is younger than its
 * erasure. */
enum err erasure_replay(struct db *db, size_t *n_erased_r);

#endif
