/*
 * A community as a line of a file.
 *
 *	name              1 to 64 characters; the one column that must be there
 *	regionCode        of a known division, in any of its forms; empty: of no one place
 *	regionLevel       0 all, 1 province … 5 village
 *	organisation      up to 64 characters; empty: none
 *	organisationLevel as regionLevel, but of the organisation, as the two below
 *	businessType      a number from 0
 *	unitType          a number from 1
 *
 * A column that is not there, or a number that is empty, leaves what is stored.
 */
#ifndef COMMUNITY_COLUMNS_H
#define COMMUNITY_COLUMNS_H

#include <stdio.h>

#include "csv_column.h"

struct arena;
struct community;
struct csv_record;

extern const struct csv_column community_columns[];

/* NULL, or what is wrong; whether there is such a division is not known yet. */
const char *community_columns_read(const struct csv_record *record, struct arena *arena,
	struct community *community_r);
/* What is wrong with a regionCode of no division. */
const char *community_columns_no_region(const struct csv_record *record, struct arena *arena);
void community_columns_write(FILE *out, const struct community *community);

#endif
