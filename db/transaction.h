/*
 * Transactions: all of the statements of a function take effect, or none.
 *
 * A transaction is repeated from its start, a few times and after growing pauses, if another
 * transaction can have undone it: deadlock, lock time-out, certification in a cluster, or a race
 * for a unique key. It is also repeated if the connection was lost before COMMIT was sent, so that
 * nothing has taken effect. It is not repeated if COMMIT got no answer, or failed with 1180, since
 * its outcome is unknown. A transaction that changes users (user_changes.h) has a few seconds for
 * it; a longer one is rolled back, unless it has set db->ahead_s to the seconds that it takes at
 * most.
 *
 * On a cluster, a transaction that has written nothing is repeated once: it may have found all
 * done, or nothing to do, in rows that another node has changed since.
 *
 * To wait for WeChat or an SMS gateway within a transaction is a BUG() (fiber.h).
 */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "err.h"

struct db;

/* Runs fn in a transaction, perhaps more than once: fn sets anew each time what it changes in ctx.
 * If fn returns an error, the transaction is rolled back; after ERR_DUPLICATE, it is repeated.
 * Returns what fn returned last, or ERR_BUSY or ERR_INTERNAL, which is logged. */
enum err transaction_run(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx);
/* The same, but rolls back also if fn succeeds: shows what fn would do. */
enum err transaction_dry_run(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx);

/* Returns what fn returns to have the transaction repeated, since another one was first. */
enum err transaction_again(struct db *db);

#endif
