/*
 * A member as a line of a file.
 *
 *	name      up to 64 characters
 *	phone     a mobile number; the one column that must be there
 *	sex       0 to 9
 *	birthday  a day, or a day and a time, in UTC+8
 *	idCard    18 characters with the right check character
 *	address   up to 256 characters
 *	cardState valid, lost, void or unusable
 *
 * A column that is not there leaves what is stored, an empty value clears it; an empty cardState
 * leaves it, too.
 */
#ifndef MEMBER_COLUMNS_H
#define MEMBER_COLUMNS_H

#include <stdio.h>

struct arena;
struct csv_record;
struct member;

/* NULL at the end. */
extern const char *const member_columns[];

/* NULL, or what is wrong, without the value; what is to stay is as db/member_roll.h says. */
const char *member_columns_read(
	const struct csv_record *record, struct arena *arena, struct member *member_r);
void member_columns_write(FILE *out, const struct member *member);

#endif
