/*
 * Whether the keys open what the database holds sealed: in all columns that a statement seals or
 * opens, so that none is forgotten.
 */
#ifndef SEALED_H
#define SEALED_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct sealed_column {
	const char *table, *name;
	int64_t n_values, n_closed; /* tried; of these, that no key opens */
	int64_t n_lost;             /* of these, whose key is said to be lost */
	int64_t closed_id;          /* primary key of the first one; 0: none */
};

enum sealed_extent {
	SEALED_FIRST, /* of the first rows: cheap, however large a table is */
	SEALED_ANY,   /* until a row has one */
	SEALED_ALL,
};

/* Tries the values of each column; an array in the arena. */
enum err sealed_try(struct db *db, enum sealed_extent extent, struct sealed_column **columns_r,
	size_t *n_columns_r);

#endif
