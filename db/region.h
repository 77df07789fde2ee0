/*
 * Divisions of the country, from a province to a village. Zeros may follow a code up to a longer
 * form: 4301 and 430100000000 are one place. A city without counties has one of its own name in the
 * table (441900), which is then what its code in a longer form means.
 *
 * The table lacks what lies in 71, 81 and 82; any code there is taken as it stands.
 */
#ifndef REGION_H
#define REGION_H

#include <stdint.h>

#include "db.h"
#include "region_code.h"

struct division {
	int64_t code;     /* the short form; 0: none at this level */
	const char *name; /* NULL: not known */
};

struct region {
	int64_t code;  /* the short form */
	int32_t level; /* 1 province to 5 village */
	struct division chain[REGION_N_LEVELS]; /* from the province to itself */
};

int region_find(struct db *db, int64_t code, struct region *region_r);
/* Its own, else that of the next above that has one. */
const char *region_name(const struct region *region);

#endif
