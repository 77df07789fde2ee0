/*
 * Replaces the key of look-up hashes by a new one while the service runs.
 *
 * Each step is a committed row of key_check, which each process learns within a minute
 * (key_host.h). The next step comes only when all processes of all hosts follow the one before, so
 * that no process is more than one step behind another.
 *
 *  0. The new key is in the files of all hosts.
 *  1. Look-ups find hashes of both keys. New hashes are of the old key. Where a hash is unique,
 *     that of the new key stands beside it, and is unique, too: lookup_columns_fill() adds those
 *     that are missing.
 *  2. New hashes are of the new key. Of two processes that store one number, one in step 1 and one
 *     in step 2, the hashes beside let one succeed. lookup_columns_move() replaces the old hashes.
 *     Hashes of codes expire.
 *  3. The old key is not used any more, and may be dropped (key_rotation.h).
 *
 * What is done stays done if it is killed; the next run does the rest.
 */
#ifndef LOOKUP_ROTATION_H
#define LOOKUP_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "lookup_columns.h"
#include "migration_lock.h"

/* How long the hash of a code may be looked for: longer than one is good. */
#define LOOKUP_ROTATION_CODES_S (15 * 60)

struct lookup_rotation {
	void (*wait)(void *ctx, const struct migration_holder *holder); /* for another process */
	void (*wait_for)(void *ctx, const char *reason);                /* each second */
	void (*progress)(void *ctx, int32_t step, int64_t n_rows);
	void *ctx;
	/* If no more than so many would keep it at step 2 they are given up. */
	int64_t n_give_up_most;
	/* Counts these, and does nothing else. A confirmation whose number came back after the last
	 * run is counted, too. */
	bool is_dry_run;

	const char *reason; /* why it was refused */
	int32_t number;     /* of the key that is in use at the end */
	/* What may need the old key, so that it stays at step 2: confirmations, and hashes whose
	 * values no key opens. */
	int64_t n_left, n_closed;
	int64_t n_given_up;
	bool is_repair;     /* no key replaced another one */
	int64_t n_repaired; /* if so: the hashes of other keys that were made anew */
	int64_t n_stuck;    /* those that could not, since another member has the phone */
	struct lookup_hash stuck;   /* the first of these */
	int64_t n_rows, n_written;  /* in this step */
};

/* Returns ERR_PARAMETER with the reason if a host cannot follow, or if a dry run cannot tell what
 * is left. A dry run does not wait for another process. If no key is to replace another
 * one, makes the hashes anew that look-ups do not find. */
enum err lookup_rotation_run(struct db *db, struct lookup_rotation *rotation);
/* Returns whether nothing needs the old key. */
bool lookup_rotation_is_over(const struct lookup_rotation *rotation);

#endif
