/*
 * The columns of look-up hashes, and how they get the hashes of the key that replaces another one.
 *
 * A hash is made of a sealed value of its row. That of a confirmed phone is not: its number is that
 * of a user, a resident or a member of the tenant with the same hash. A number that none of them
 * has any more cannot be hashed again: its confirmation is found by the old key alone, until the
 * person confirms it anew or it counts no longer. Nor can one whose sealed value no key opens,
 * until the value is stored anew. Hashes of codes are not here, since they expire.
 */
#ifndef LOOKUP_COLUMNS_H
#define LOOKUP_COLUMNS_H

#include <stdint.h>

#include "db.h"

struct lookup_pass {
	enum err (*batch_done)(void *ctx, int64_t n_rows); /* an error ends the pass */
	void *ctx;
};

/* Before a key replaces another one: removes what a rotation before, which may have been given up,
 * has left beside. No process may make hashes beside meanwhile. */
enum err lookup_columns_clear(struct db *db, const struct lookup_pass *pass);
/* Makes the hashes under the next key that stand beside those of the key in use. */
enum err lookup_columns_fill(struct db *db, const struct lookup_pass *pass);
/* Makes all hashes those of the key in use, which is the next one. */
enum err lookup_columns_move(struct db *db, const struct lookup_pass *pass);
/* Counts the confirmations that count and were not moved. */
enum err lookup_columns_count_left(struct db *db, int64_t *n_r);
#define LOOKUP_KEY_UNKNOWN (-1)
/* Calls count for each hash of a sealed value with the number of the key that has made it; 0: none
 * of the file has; LOOKUP_KEY_UNKNOWN: no key opens the value, and any may have. */
enum err lookup_columns_count(
	struct db *db, void (*count)(void *ctx, int32_t number), void *ctx);

#endif
