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

struct community;
struct csv_record;

/* NULL at the end. */
extern const char *const community_columns[];

/* NULL, or what is wrong, without the value; whether there is such a division is not known yet. */
const char *community_columns_read(
	const struct csv_record *record, struct community *community_r);
void community_columns_write(FILE *out, const struct community *community);

#endif
