/*
 * Imports a CSV file into the database.
 *
 * The first pass checks all lines: if one is bad, none is applied, unless bad lines are to be
 * skipped. The second pass applies them a chunk at a time, a transaction each: one transaction of a
 * hundred thousand rows would hold its locks for minutes and exceed a cluster's limits. An import
 * that stops in between can be repeated, since a line that is stored already changes nothing.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "csv.h"
#include "ctl.h"

struct line_keys;

#define IMPORT_ROWS_MAX 1000

struct import {
	const char *path;
	const struct csv_column *columns; /* as csv_open() takes them */
	bool skips_bad;
	size_t row_size;
	/* Reads a record as a row, its text in the arena. NULL, or what is wrong, with personal
	 * values masked. */
	const char *(*read)(const struct import *import, const struct csv_record *record,
		struct arena *arena, void *row_r);
	/* The value that no two lines may share; NULL: the row has none. */
	const char *(*key)(const void *row);
	const char *key_name; /* for messages */
	/* Stores up to IMPORT_ROWS_MAX rows in one transaction. */
	enum err (*apply)(struct import *import, struct db *db, void *rows, size_t n_rows);
	const char *reason;     /* what ERR_PARAMETER of apply means */
	void *ctx;              /* for read and apply */
	struct line_keys *keys; /* set by import_run(), for apply: the keys of all lines */
};

/* Prints what is wrong and how many lines were applied. Returns the exit status. */
int import_run(struct ctl *ctl, struct import *import);

#endif
