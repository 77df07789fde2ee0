/*
 * A member as a line of a file.
 *
 *	name      up to 64 characters
 *	phone     a mobile number; the one column that must be there
 *	sex       0 to 9; 男 is 1, 女 is 2
 *	birthday  a day, or a day and a time, in UTC+8; one of two meanings, such as
 *	          03/04/1990 or 1-May-25, is refused
 *	idCard    the number of an identity card
 *	address   up to 256 characters
 *	cardState valid, lost, void or unusable, or the Chinese word
 *
 * A column that is not there leaves what is stored, an empty value clears it; an empty cardState
 * leaves it, too, and so does a line that ends before a column.
 */
#ifndef MEMBER_COLUMNS_H
#define MEMBER_COLUMNS_H

#include <stdio.h>

#include "csv_column.h"

struct arena;
struct csv_record;
struct member;

extern const struct csv_column member_columns[];

/* NULL, or what is wrong, personal values masked; what is to stay is as db/member.h says. */
const char *member_columns_read(
	const struct csv_record *record, struct arena *arena, struct member *member_r);
void member_columns_write(FILE *out, const struct member *member);

#endif
