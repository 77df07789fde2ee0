/*
 * Records as lines of JSON, an object each, in any encoding that csv_text.h reads. Empty lines and
 * those that begin with # are skipped.
 *
 * If members that are no columns are an error, a member is a column by any of its names
 * (csv_column.h). If they are skipped, a column's names are paths with dots,
 * "authData.weixin.openid", each letter of which counts; the first one that has a value is taken.
 *
 * A number is its digits, a Boolean "true" or "false", null "". A value in the wrapping of MongoDB
 * or LeanCloud, such as {"$date": …} or {"__type": "Date", "iso": …}, is read without it. Blanks
 * around a text do not count, unless it has an apostrophe before it, as what is written here has.
 */
#ifndef NDJSON_H
#define NDJSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "csv_column.h"

#define NDJSON_LINE_SIZE_MAX (64 << 10)

struct arena;
struct csv_text;
struct ndjson;

/* Whether a file's first line is one. *error_r: what is wrong with a file that holds JSON in
 * another way; NULL: nothing. */
bool ndjson_is_it(struct csv_text *text, const char **error_r);
/* As csv_open(); *error_r also says which column the first record lacks, or which of its members is
 * no column. */
struct ndjson *ndjson_open(struct csv_text *text, const struct csv_column *columns,
	bool skips_others, struct arena *arena, const char **error_r);
void ndjson_close(struct ndjson *ndjson);
int64_t ndjson_offset(const struct ndjson *ndjson);
void ndjson_rewind(struct ndjson *ndjson);
/* As csv_read(). */
int ndjson_read(struct ndjson *ndjson, struct arena *arena, struct csv_record *record_r);
bool ndjson_has_changed(const struct ndjson *ndjson);

/* Writes a record that ndjson_read() reads again, without the values that are "". */
void ndjson_write(FILE *out, const struct csv_column *columns, const char *const *values);

/* The member that a path names within a text of JSON, in the arena; NULL: there is none. */
const char *ndjson_member(struct arena *arena, const char *json, const char *path);

#endif
