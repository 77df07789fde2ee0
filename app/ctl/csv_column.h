/*
 * The columns that a CSV file may have, and the names by which people call them.
 */
#ifndef CSV_COLUMN_H
#define CSV_COLUMN_H

#include <stdbool.h>

#define CSV_COLUMNS_MAX 16

struct arena;

struct csv_column {
	const char *name;   /* NULL: the end of the columns */
	const char *others; /* further names, the usual one first, with '|' between; NULL: none */
	bool is_required;   /* a file must have it */
	bool is_personal;   /* masked in what is said of a value */
};

/* By any of its names, whatever their case, width, blanks and hyphens; a remark in brackets at the
 * end does not count. -1: it is none. */
int csv_column_find(const struct csv_column *columns, const char *name);
/* "name (姓名)", in the arena. */
const char *csv_column_names(struct arena *arena, const struct csv_column *column);
/* All of them, with ", " between. */
const char *csv_column_list(struct arena *arena, const struct csv_column *columns);

#endif
