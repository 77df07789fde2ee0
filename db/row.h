/*
 * The members of a struct as the client library takes and gives them, column by column: bound as
 * parameters, filled from a stored result. What is sealed is opened and sealed here. For stmt.c
 * only.
 */
#ifndef ROW_H
#define ROW_H

#include <stddef.h>

struct cell;
struct column;
struct db;
struct st_mysql_bind;
struct st_mysql_stmt;

/* columns may be NULL: none. */
size_t row_n_columns(const struct column *columns);
/* In the scratch arena, until the next statement. */
struct st_mysql_bind *row_bind(struct db *db, const struct column *columns, const void *row);

struct row_reader {
	struct db *db;
	struct st_mysql_stmt *handle;
	const struct column *columns;
	unsigned n_columns;
	struct cell *cells;
	struct st_mysql_bind *binds;
};

/* For a handle whose result is stored. */
void row_reader_init(struct row_reader *reader, struct db *db, struct st_mysql_stmt *handle,
	const struct column *columns);
/* The next row: 1, 0, or -1 with the failure noted. Texts are in the arena of results. */
int row_read(struct row_reader *reader, void *row);

#endif
