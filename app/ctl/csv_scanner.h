/*
 * The records of a CSV text as their values, one after the other. To which columns they belong says
 * csv.h.
 *
 * No byte of a character in GB18030 is a separator, a quote or a line break, so these are found
 * before a record is decoded.
 */
#ifndef CSV_SCANNER_H
#define CSV_SCANNER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

#define CSV_RECORD_SIZE_MAX (16 << 10)

struct arena;
struct csv_place;
struct csv_text;

struct csv_scanner {
	struct csv_text *text; /* the scanner's */
	char separator;
	struct buf bytes; /* the values of one record, each with its NUL */
};

/* The values of one record that are still to be read, each with its NUL. */
struct csv_values {
	char *at; /* NULL: it could not be read */
	const char *end;
};

/* Closes the text, too. */
void csv_scanner_release(struct csv_scanner *scanner);
/* Reads the next record, its values in the arena. Returns 1, 0 at the end, or -1 with errno. Sets
 * *error_r to what is wrong with the record; NULL: nothing. */
int csv_scanner_read(struct csv_scanner *scanner, struct arena *arena,
	struct csv_values *values_r, const char **error_r);
/* Returns the next value, as cell_clean() does; NULL after the last one. */
const char *csv_scanner_next_value(struct csv_values *values, const char **loss_r);
/* Whether a value without quotes is what programs write for NULL of a database. */
bool csv_scanner_is_null(const char *bytes, size_t size);

#endif
