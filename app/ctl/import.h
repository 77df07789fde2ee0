/*
 * A CSV file into the database, for the commands that import one.
 *
 * All lines are looked at before the first is applied: where one is bad nothing is, unless the bad
 * ones are to be skipped. Then they are applied some at a time, a transaction each, since one of
 * a hundred thousand rows would hold its locks for minutes and not fit a cluster's limits. What
 * stops in the middle is said again: a line that is there already changes nothing.
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
	/* A record as a row, its text in the arena: NULL, or what is wrong, personal values
	 * masked. */
	const char *(*read)(const struct import *import, const struct csv_record *record,
		struct arena *arena, void *row_r);
	/* What no two lines may share, and how it is called; NULL: nothing. */
	const char *(*key)(const void *row);
	const char *key_name;
	/* Up to IMPORT_ROWS_MAX rows, in one transaction. */
	enum err (*apply)(struct import *import, struct db *db, void *rows, size_t n_rows);
	const char *refusal;    /* what ERR_PARAMETER of apply means */
	void *ctx;              /* of read and apply */
	struct line_keys *keys; /* import_run() sets it: apply may look up which there are */
};

/* Says what is wrong and how many lines were applied; the exit status. */
int import_run(struct ctl *ctl, struct import *import);

#endif
