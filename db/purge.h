/*
 * Removes what is too old, a thousand rows at most at a time, and waits for no request, nor lets
 * one wait: what is too old is counted first, without a lock, so that the removal ends before it
 * comes to a row that is still of use, and it goes by the index of age, whatever the optimizer
 * thinks of a small table.
 *
 * OLD names table, that index, condition and order: "x FORCE INDEX (x_age) WHERE … ORDER BY …"; KEY
 * the primary key's columns, ON what makes a row of x one of old.
 */
#ifndef PURGE_H
#define PURGE_H

#include <stdint.h>

#include "stmt.h"

struct purge {
	int32_t n_rows;
};

#define PURGE_COUNT(OLD)                                                                        \
	{                                                                                       \
		.text = "SELECT COUNT(*) FROM (SELECT 1 FROM " OLD " LIMIT 1000) old",          \
		.columns = COLUMNS(COLUMN(struct purge, n_rows, INT32)),                        \
	}
#define PURGE_REMOVE(X, KEY, OLD, ON)                                                           \
	{                                                                                       \
		.text = "DELETE " X " FROM (SELECT " KEY " FROM " OLD " LIMIT ?) old "          \
			"STRAIGHT_JOIN " X " ON " ON,                                           \
		.params = COLUMNS(COLUMN(struct purge, n_rows, INT32)),                         \
	}

/* The number of rows removed, or -1. */
int purge_run(struct db *db, const struct stmt *count, const struct stmt *remove);

#endif
