/*
 * The look-up hashes of confirmed phones (confirmed_phone.h), whose numbers are stored nowhere else
 * in the row: the number is that of a user, a resident or a member of the tenant. A number that
 * none of them has cannot be hashed again: its confirmation is found by the old key alone, until
 * the person confirms it anew, it counts no longer, or it is given up.
 *
 * The passes are parts of those of lookup_columns.h.
 */
#ifndef LOOKUP_CONFIRMED_H
#define LOOKUP_CONFIRMED_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "lookup_pass.h"

enum err lookup_confirmed_clear(struct db *db, const struct lookup_pass *pass);
enum err lookup_confirmed_fill(struct db *db, const struct lookup_pass *pass);
enum err lookup_confirmed_move(struct db *db, const struct lookup_pass *pass);
enum err lookup_confirmed_are_moved(struct db *db, bool *are_r);
/* Moves those whose number came back after the pass of lookup_confirmed_fill(), or that were
 * stored too late: tries each number of a user, a resident or a member under each other key of the
 * file. */
enum err lookup_confirmed_find(struct db *db, const struct lookup_pass *pass);

/* Counts the confirmations that count and were not moved. */
enum err lookup_confirmed_count_left(struct db *db, int64_t *n_r);
/* Takes these confirmations back, and writes that to the audit. */
enum err lookup_confirmed_give_up(struct db *db, const struct lookup_pass *pass);

#endif
