/*
 * The columns that a CSV file may have, the names by which people call them, and a record of values
 * in these columns.
 */
#ifndef CSV_COLUMN_H
#define CSV_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

#define CSV_COLUMNS_MAX 24

struct arena;

struct csv_column {
	const char *name;   /* NULL: the end of the columns */
	const char *others; /* further names, the usual one first, with '|' between; NULL: none */
	bool is_required;   /* a file must have it */
	bool is_personal;   /* its values are masked in complaints */
	int id;             /* for who reads the records */
};

struct csv_record {
	long line;         /* where it begins, from 1 */
	const char *error; /* NULL: none */
	const struct csv_column *columns;
	/* As the file calls the columns; NULL: as they are called here. */
	const char *const *names;
	/* In the order of columns; NULL: the file has no such column, or the record ends before. */
	const char *values[CSV_COLUMNS_MAX];
};

/* A name of a column, without what does not count. */
struct csv_name {
	const char *folded; /* NULL: the end of the names */
	int column;         /* its place */
};

/* All names of the columns, in the arena. Case, width, blanks, hyphens and a remark in brackets at
 * the end do not count. */
const struct csv_name *csv_column_fold(struct arena *arena, const struct csv_column *columns);
/* The column's place, by any of its names. -1: no column has this name. */
int csv_column_find(const struct csv_name *names, const char *name);
/* "name (姓名)", in the arena. */
const char *csv_column_names(struct arena *arena, const struct csv_column *column);
/* The names of all columns, with ", " between, in the arena. */
const char *csv_column_list(struct arena *arena, const struct csv_column *columns);

/* Says in the arena what is wrong with a value: phone "138****0001" is not a mobile number. The
 * column is called as the file calls it, the value is masked if it is personal, and what follows
 * it. If a spreadsheet has spoiled the value, that is said in the place of what. */
const char *csv_column_complain(
	const struct csv_record *record, struct arena *arena, int column, const char *what);
/* Returns what is wrong with the value as a name; NULL: nothing. */
const char *csv_column_check_name(
	const struct csv_record *record, struct arena *arena, int column, size_t n_chars_max);

#endif
