/*
 * The table of divisions, as an operator brings it, some rows at a time. What is there already is
 * left alone unless its name has changed, so that the same rows may be brought again; what is not
 * brought stays.
 */
#ifndef DB_REGION_IMPORT_H
#define DB_REGION_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"

#define REGION_IMPORT_MAX 1000
#define REGION_NAME_MAX 64

struct region_row {
	int64_t code;     /* of a level: see region_code.h */
	const char *name; /* 1 to REGION_NAME_MAX characters */
};

struct region_import {
	const struct region_row *rows;
	size_t n_rows; /* REGION_IMPORT_MAX at most */
	/* What came of it. */
	size_t n_added, n_renamed;
	size_t orphan; /* with ERR_PARAMETER: the first row that lies in no division known */
};

/* All of it or nothing. A row's parent is known, or among the rows. */
enum err region_import(struct db *db, struct region_import *import);

#endif
