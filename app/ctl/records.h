/*
 * The records of a file, whatever it is: CSV (csv.h) or lines of JSON (ndjson.h).
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "csv_column.h"

struct arena;
struct records;

/* Opens a file as csv_open() does a text. */
struct records *records_open(const char *path, const struct csv_column *columns, bool skips_others,
	struct arena *arena, const char **error_r);
void records_close(struct records *records);
/* The offset in the file of what is read next, in bytes. */
int64_t records_offset(const struct records *records);
/* Returns to the first record. */
void records_rewind(struct records *records);
/* Reads the next record, its values in the arena. 1, 0 at the end, -1: errno. */
int records_read(struct records *records, struct arena *arena, struct csv_record *record_r);
/* Whether the file was written to since it was opened. */
bool records_has_changed(const struct records *records);

#endif
