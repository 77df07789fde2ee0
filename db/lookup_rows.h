/*
 * For db/lookup_*.c: reads the rows that have look-up hashes, a batch at a time, and writes the
 * hashes of some of them.
 */
#ifndef LOOKUP_ROWS_H
#define LOOKUP_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "lookup_pass.h"
#include "stmt.h"

struct lookup_row {
	int64_t id;
	struct uuid account_id; /* in place of id */
	int32_t tenant_id;
	struct uuid row_uuid;
	const char *text;                  /* NULL: no key opens it; "": there is none */
	uint8_t found[CRYPTO_HASH_SIZE];   /* by which it is found as long as all goes on */
	uint8_t stored[CRYPTO_HASH_SIZE];  /* in the column that is written */
	uint8_t written[CRYPTO_HASH_SIZE]; /* into it */
	int64_t n_most, n_left;
	int32_t n_days; /* for which a confirmation counts where the tenant has not set it */
};

#define LOOKUP_ROW(member, type) COLUMN(struct lookup_row, member, type)
#define LOOKUP_AFTER COLUMNS(LOOKUP_ROW(id, INT64), LOOKUP_ROW(n_most, INT64))
/* The text of a sealed column, and hashes of it. */
#define LOOKUP_TEXT(table, name)                                                                \
	LOOKUP_ROW(tenant_id, INT32), LOOKUP_ROW(row_uuid, UUID),                               \
		TRIED(struct lookup_row, text, table, name), LOOKUP_ROW(found, HASH),           \
		LOOKUP_ROW(stored, HASH)
/* What a statement of these rows has beside its text, its user and, if it reads, its parameters. */
#define LOOKUP_READS(...)                                                                       \
	.columns = COLUMNS(__VA_ARGS__), .row_size = sizeof(struct lookup_row),                 \
	.any_tenant = STMT_OF_OPERATOR
#define LOOKUP_WRITES(...) .params = COLUMNS(__VA_ARGS__), .any_tenant = STMT_OF_OPERATOR

/* Reads rows, hashes the text of each, and writes those whose hash is another one. kind NULL: there
 * is no text, and each row is written. */
struct lookup_sweep {
	const struct stmt *read, *write;
	const char *kind;
};

typedef enum err lookup_batch(struct db *db, const struct lookup_sweep *sweep,
	struct lookup_row *rows, size_t n, void *ctx);

struct lookup_reading {
	lookup_batch *batch;
	void *ctx;
	int64_t n_most; /* ends after so many rows or some more; 0: with the last one */
	bool is_all;    /* result: there are no more */
};

/* Calls batch for the rows of a sweep, some at a time. What a batch opened is forgotten after
 * it. */
enum err lookup_rows_read(
	struct db *db, const struct lookup_sweep *sweep, struct lookup_reading *reading);
/* Finds whether the statement of a sweep would read nothing. */
enum err lookup_rows_are_none(struct db *db, const struct stmt *read, bool *are_r);
/* Does each of n sweeps. */
enum err lookup_rows_sweep(struct db *db, const struct lookup_sweep *sweeps, size_t n,
	const struct lookup_pass *pass);
/* Does a sweep without the hashes by which nobody is found, since neither key in use has made them.
 * Adds how many these are to *n_skipped. */
enum err lookup_rows_sweep_found(struct db *db, const struct lookup_sweep *sweep,
	const struct lookup_pass *pass, int64_t *n_skipped);
/* Writes n rows in one transaction. Sets *n_written_r to how many rows of the table that were. */
enum err lookup_rows_write(struct db *db, const struct stmt *stmt,
	const struct lookup_row *rows, size_t n, int64_t *n_written_r);

bool lookup_row_has_hash(const struct lookup_row *row);

#endif
