/*
 * CSV as spreadsheets write it (RFC 4180): reads a record at a time from a file of any length, and
 * writes what spreadsheets open.
 *
 * csv_text finds encoding and line ends. Commas, semicolons or tabs separate values: those of a
 * line "sep=;" at the beginning, else those that tell most columns' names apart. One of the first
 * lines names the columns, in any order and by any of their names; lines above it are a title.
 * A value in quotes may hold line breaks. NULL, \N and the like without quotes are empty, as
 * programs for databases mean them. Between tabs a quote within a value is one. Lines of blanks are
 * skipped, blanks and empty values around the others are ignored, and a record may end before the
 * last columns. After a record that cannot be read, reading goes on at the line after its first.
 *
 * A value comes without what csv_write() and spreadsheets put around it; see cell.h.
 */
#ifndef CSV_H
#define CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "csv_column.h"

struct csv;
struct csv_text;

/* Opens a text at its beginning that may have these columns, at most CSV_COLUMNS_MAX. skips_others:
 * it may have others, which are skipped. The caller closes it, and the text with it; the arena must
 * live until then. NULL: *error_r says why, and the text is closed. */
struct csv *csv_open(struct csv_text *text, const struct csv_column *columns, bool skips_others,
	struct arena *arena, const char **error_r);
void csv_close(struct csv *csv);
/* The offset in the file of what is read next, in bytes. */
int64_t csv_offset(const struct csv *csv);
/* Returns to the first record. */
void csv_rewind(struct csv *csv);
/* Reads the next record, its values in the arena. 1, 0 at the end, -1: errno. */
int csv_read(struct csv *csv, struct arena *arena, struct csv_record *record_r);
/* Whether the file was written to since it was opened. */
bool csv_has_changed(const struct csv *csv);

/* Writes the byte order mark by which spreadsheets know UTF-8, and the columns' names. */
void csv_write_columns(FILE *out, const struct csv_column *columns);
/* Writes a record that csv_read() reads again, value by value the same. */
void csv_write(FILE *out, const char *const *values, size_t n_values);

#endif
