/*
 * Converts between the members of a struct and the columns of the client library: binds them as
 * parameters, and fills them from a stored result. Sealed columns are sealed and opened on the way.
 * For stmt.c only.
 */
#ifndef ROW_H
#define ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct cell;
struct column;
struct db;
struct st_mysql_bind;
struct st_mysql_stmt;

/* Returns the number of columns; 0 if columns is NULL. */
size_t row_n_columns(const struct column *columns);
/* has_both: the text is of both_texts.h. */

/* Returns how many parameters the server gets. */
size_t row_n_sent(const struct column *params, bool has_both);
/* Returns the bound parameters, which are in the scratch arena until the next statement. */
struct st_mysql_bind *row_bind(
	struct db *db, const struct column *columns, const void *row, bool has_both);

/* Returns the bound parameters of several rows for an INSERT; columns have no TENANT. */
struct st_mysql_bind *row_bind_rows(struct db *db, const struct column *columns, const void *rows,
	size_t n_rows, size_t row_size);

struct row_reader {
	struct db *db;
	struct st_mysql_stmt *handle;
	const struct column *columns;
	unsigned n_columns;
	struct cell *cells; /* filled by each fetch */
	/* Of a row that counts, absent is false and tenant is tenant_id. NULL: any row does. */
	const struct cell *absent, *tenant;
	int32_t tenant_id;
};

/* Begins to read a handle whose result is stored. */
void row_reader_init(struct row_reader *reader, struct db *db, struct st_mysql_stmt *handle,
	const struct column *columns);
/* Then rows of another tenant than row names do not count, if params say that. */
void row_reader_compare_tenant(
	struct row_reader *reader, const struct column *params, const void *row);
/* Reads the next row that counts; its texts are in the arena of results. Returns ERR_ABSENT after
 * the last one, with row as it was, or another error with db->error set if a column does not
 * open (sealed_value.h). */
enum err row_read(struct row_reader *reader, void *row);

#endif
