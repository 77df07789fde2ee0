/*
 * A record of a CSV file by its columns, and what is said of its values: which column, as the file
 * calls it, and the value, masked where it is personal.
 */
#ifndef CSV_RECORD_H
#define CSV_RECORD_H

#include "csv_column.h"

struct arena;

struct csv_record {
	long line;         /* where it begins, from 1 */
	const char *error; /* NULL: none */
	const struct csv_column *columns;
	/* As the file calls the columns; NULL: as they are called here. */
	const char *const *names;
	/* In the order of columns; NULL: the file has no such column, or the record ends before. */
	const char *values[CSV_COLUMNS_MAX];
};

/* What is wrong with a value, in the arena, such as: phone "138****0001" is not a mobile number.
 * what follows the value; where a spreadsheet has spoiled it, that is said instead. */
const char *csv_record_complain(
	const struct csv_record *record, struct arena *arena, int column, const char *what);

#endif
