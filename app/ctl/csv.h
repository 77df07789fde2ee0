/*
 * CSV as spreadsheets write it (RFC 4180), a record at a time from a file of any length.
 *
 * Encoding and line ends are csv_text's. Values are separated by commas, semicolons or tabs: by
 * what a line "sep=;" above says, else by what tells most columns' names apart. Among the first
 * lines one names the columns, in any order and by any of their names; what stands above it is a
 * title. A value in quotes may hold line breaks. A record of nothing but blanks counts as lines
 * only, blanks and empty values around the others do not count, and a record may end before the
 * last columns. After a record that cannot be read the line after its first is tried.
 *
 * A value is read without what csv_write() and spreadsheets put around it, as cell.h says.
 */
#ifndef CSV_H
#define CSV_H

#include <stdint.h>

#include "csv_record.h"

#define CSV_RECORD_SIZE_MAX (16 << 10)

struct arena;
struct csv;

/* columns: those that the file may have, CSV_COLUMNS_MAX at most. NULL: *error_r says why. What the
 * caller gets lives in the arena; the caller closes it. */
struct csv *csv_open(const char *path, const struct csv_column *columns, struct arena *arena,
	const char **error_r);
void csv_close(struct csv *csv);
/* How far into the file it has read, in bytes. */
int64_t csv_offset(const struct csv *csv);
/* To the first record again. */
void csv_rewind(struct csv *csv);
/* 1, 0 at the end, -1: errno. The values live in the arena. */
int csv_read(struct csv *csv, struct arena *arena, struct csv_record *record_r);
/* Whether the file was written to since it was opened. */
bool csv_has_changed(const struct csv *csv);

#endif
