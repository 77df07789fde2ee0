/*
 * Everything or nothing. What another transaction may undo (deadlock, lock time-out, a cluster's
 * certification, a race for a unique key) is tried again from the start, a few times, with
 * growing pauses. So is what was surely lost with the connection before COMMIT was sent; of a
 * COMMIT without an answer the outcome is unknown, and it is not.
 */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "db.h"

/* fn runs as often as it must: what it changes in ctx it sets anew each time. What it returns
 * other than ERR_NONE rolls back. Also ERR_BUSY, ERR_INTERNAL, logged. */
enum err transaction_run(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx);

/* For fn to return: another was quicker, from the start again. */
enum err transaction_again(struct db *db);
/* For fn to return after a statement failed. */
enum err transaction_failed(const struct db *db);
/* For fn to return after a statement that writes: by what stmt_run() returned, where a duplicate is
 * another who was quicker. */
enum err transaction_wrote(struct db *db, int n_rows);

#endif
