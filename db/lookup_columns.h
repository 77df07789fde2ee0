/*
 * The columns of look-up hashes, and how they get the hashes of the key that replaces another one.
 *
 * A hash is made of a sealed value of its row; that of a confirmed phone is not:
 * lookup_confirmed.h. One whose sealed value no key opens cannot be made again, until the value is
 * stored anew. Hashes of codes are not here, since they expire.
 */
#ifndef LOOKUP_COLUMNS_H
#define LOOKUP_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "key_verify.h"
#include "lookup_pass.h"

/* Before a key replaces another one: removes what a rotation before, which may have been given up,
 * has left beside. No process may make hashes beside meanwhile. */
enum err lookup_columns_clear(struct db *db, const struct lookup_pass *pass);
/* Makes the hashes under the next key that stand beside those by which persons are found. */
enum err lookup_columns_fill(struct db *db, const struct lookup_pass *pass);
/* Makes all hashes those of the key in use, which is the next one or has no next one. If two
 * members have one phone then, the one that is found by it keeps it, and the other keeps the hash
 * of another key. */
enum err lookup_columns_move(struct db *db, const struct lookup_pass *pass);

/* Finds whether all hashes that stood beside have been moved. */
enum err lookup_columns_are_moved(struct db *db, bool *are_r);

#define LOOKUP_KEY_UNKNOWN (-1)

struct lookup_hash {
	const char *table, *column;
	int64_t id; /* of the row */
	int32_t tenant_id;
	/* Of the key that has made it; 0: none of the file has; LOOKUP_KEY_UNKNOWN: no key opens
	 * the value, and any may have. */
	int32_t number;
	bool is_looked_up; /* by that key, or it may be */
};

struct lookup_count {
	void (*hash)(void *ctx, const struct lookup_hash *hash);
	void *ctx;
	int64_t n_rows_most; /* of each column; 0: all */
	bool is_all;         /* result: there are no more rows */
};

/* Calls hash for each hash of a sealed value. */
enum err lookup_columns_count(struct db *db, struct lookup_count *count);

/* Checks whether look-ups find each of them. Returns an array in the arena. */
enum err lookup_columns_verify(
	struct db *db, struct verified_column **columns_r, size_t *n_columns_r);

#endif
