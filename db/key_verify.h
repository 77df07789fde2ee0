/*
 * Checks stored values against the keys of this host: whether a key opens what is sealed, and
 * whether phones were hashed with the look-up key. Covers each column that a statement seals or
 * opens, and each hash that has its phone beside it.
 */
#ifndef KEY_VERIFY_H
#define KEY_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct verified_column {
	const char *table, *name;
	int64_t n_values; /* checked */
	int64_t n_wrong;  /* values that no key opens, or that another key has hashed */
	int64_t wrong_id; /* primary key of the first such row; 0: none */
	struct uuid wrong_uuid; /* its row_uuid, by which the log names it; nil: not known */
	int64_t n_lost;   /* values whose key its file marks as lost */
};

enum verify_extent {
	VERIFY_FIRST, /* the first rows of each table: cheap, however large the table is */
	VERIFY_ANY,   /* rows until one of them has a value */
	VERIFY_ALL,
};

/* Checks the sealed columns. Returns an array in the arena. */
enum err key_verify_sealed(struct db *db, enum verify_extent extent,
	struct verified_column **columns_r, size_t *n_columns_r);
/* Checks whether the keys of the file have hashed the phones in the first rows of each table. */
enum err key_verify_hashed(
	struct db *db, struct verified_column **columns_r, size_t *n_columns_r);
#endif
