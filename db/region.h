/*
 * Regions: the divisions of the country, from provinces to villages. A code has 2 digits for a
 * province, 4 for a city, 6 for a county, 9 for a town and 12 for a village, and begins with the
 * code of the division above it. Zeros may follow a code up to a longer form: 4301 and 430100000000
 * are one place. A city without counties has one of its own name in the table (441900), which is
 * then what its code in a longer form means.
 *
 * The table lacks what lies in 71, 81 and 82; any code there is taken as it stands.
 */
#ifndef REGION_H
#define REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

#define REGION_N_LEVELS 5

/* Returns 1 to REGION_N_LEVELS, or 0 if no code has so many digits. */
int region_level(int64_t code);
/* Returns the division of that level in which code lies: code itself at its own level, 0 if code is
 * above that level. */
int64_t region_at_level(int64_t code, int level);

struct division {
	int64_t code;     /* the short form; 0 if there is none at this level */
	const char *name; /* NULL if it is not known */
};

struct region {
	int64_t code;  /* the short form */
	int32_t level; /* 1 province to 5 village */
	struct division chain[REGION_N_LEVELS]; /* from the province to itself */
};

/* Returns ERR_REGION_UNKNOWN if the table has no such code. */
enum err region_find(struct db *db, int64_t code, struct region *region_r);
/* Returns the name of the region, or of the nearest region above it that has one. */
const char *region_name(const struct region *region);

#define REGION_IMPORT_MAX 1000
#define REGION_NAME_MAX 64

struct region_row {
	int64_t code;     /* of a level */
	const char *name; /* 1 to REGION_NAME_MAX characters */
};

struct region_import {
	const struct region_row *rows;
	size_t n_rows; /* at most REGION_IMPORT_MAX */
	bool is_dry_run; /* only counts */
	/* Set by region_import(). */
	size_t n_added, n_renamed;
	size_t orphan; /* with ERR_PARAMETER: the first row whose parent is unknown */
};

/* Imports all rows or none. Adds those that are new, and renames those whose name has changed; the
 * other rows of the table stay. Returns ERR_PARAMETER if the parent of a row is neither in the
 * table nor among the rows. */
enum err region_import(struct db *db, struct region_import *import);
/* Whether the table has the code, in the form of its level. */
enum err region_is_stored(struct db *db, int64_t code, bool *is_stored_r);

#endif
