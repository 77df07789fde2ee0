/*
 * CSV that spreadsheets open and csv.h reads again, value by value the same.
 */
#ifndef CSV_WRITE_H
#define CSV_WRITE_H

#include <stddef.h>
#include <stdio.h>

struct csv_column;

/* The mark by which spreadsheets know UTF-8, and the columns' names. */
void csv_write_columns(FILE *out, const struct csv_column *columns);
void csv_write(FILE *out, const char *const *values, size_t n_values);

#endif
