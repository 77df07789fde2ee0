#include "arena.h"
#include "clock.h"
#include "db.h"
#include "lookup_rows.h"
#include "secret.h"
#include "str.h"
#include "transaction.h"

#define BATCH 100
#define BATCH_SIZE_MAX (4 << 20)

enum err lookup_rows_read(
	struct db *db, const struct lookup_sweep *sweep, struct lookup_reading *reading)
{
	struct arena *arena = arena_new(BATCH_SIZE_MAX), *results = db->arena;
	struct lookup_row last = {.n_most = BATCH};
	int64_t n_read = 0;
	enum err err;
	void *rows;
	size_t n;

	db_set_arena(db, arena);
	do {
		err = stmt_all(db, sweep->read, &last, &rows, &n);
		if (err == ERR_NONE && n > 0) {
			last.id = ((struct lookup_row *)rows)[n - 1].id;
			last.account_id = ((struct lookup_row *)rows)[n - 1].account_id;
			err = reading->batch(db, sweep, rows, n, reading->ctx);
		}
		n_read += (int64_t)n;
		arena_reset(arena);
	} while (err == ERR_NONE && n == BATCH &&
		(reading->n_most == 0 || n_read < reading->n_most));
	reading->is_all = n < BATCH;
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

enum err lookup_rows_are_none(struct db *db, const struct stmt *read, bool *are_r)
{
	const struct lookup_row key = {.n_most = 1};
	size_t n;
	void *rows;
	enum err err = stmt_all(db, read, &key, &rows, &n);

	*are_r = n == 0;
	return err;
}

bool lookup_row_has_hash(const struct lookup_row *row)
{
	static const uint8_t none[CRYPTO_HASH_SIZE];

	return !crypto_equal(row->found, none, sizeof(none));
}

/* Returns whether the row is to be written: the hash is to be that of the next key, or of the key
 * in use if there is none. */
static bool make_hash(const struct db *db, const char *kind, struct lookup_row *row)
{
	const struct secret_text text = {row->tenant_id, kind, row->text};

	if (kind == NULL)
		return true;
	if (!lookup_row_has_hash(row) || str_is_empty(row->text))
		return false;
	if (!secret_mac_next(db->keys, &text, row->written))
		secret_mac(db->keys, SECRET_FOR_LOOKUP, &text, row->written);
	return !crypto_equal(row->written, row->stored, sizeof(row->written));
}

struct writing {
	const struct stmt *stmt;
	const struct lookup_row *rows;
	size_t n;
	int64_t n_written;
};

static enum err write_rows(struct db *db, void *ctx)
{
	struct writing *writing = ctx;
	enum err err = ERR_NONE;

	writing->n_written = 0;
	for (size_t i = 0; i < writing->n && err == ERR_NONE; i++) {
		err = stmt_write(db, writing->stmt, &writing->rows[i]);
		writing->n_written += db->n_rows;
	}
	return err;
}

enum err lookup_rows_write(struct db *db, const struct stmt *stmt,
	const struct lookup_row *rows, size_t n, int64_t *n_written_r)
{
	struct writing writing = {.stmt = stmt, .rows = rows, .n = n};
	enum err err = n == 0 ? ERR_NONE : transaction_run(db, write_rows, &writing);

	*n_written_r = writing.n_written;
	return err;
}

struct sweeping {
	const struct lookup_pass *pass;
	int64_t *n_skipped; /* NULL: hashes by which nobody is found are written, too */
};

/* Returns whether the row is to be skipped, and counts it. */
static bool skip(const struct db *db, const struct sweeping *sweeping, const char *kind,
	const struct lookup_row *row)
{
	const struct secret_text text = {row->tenant_id, kind, row->text};
	bool is_found;

	if (sweeping->n_skipped == NULL)
		return false;
	is_found = secret_key_is_looked_up(db->keys,
		secret_mac_made_by(db->keys, SECRET_FOR_LOOKUP, &text, row->found));
	*sweeping->n_skipped += !is_found;
	return !is_found;
}

/* Then requests have the database for themselves as long as the batch took. */
static enum err sweep_batch(struct db *db, const struct lookup_sweep *sweep,
	struct lookup_row *rows, size_t n, void *ctx)
{
	const int64_t begun_us = clock_monotonic_us();
	const struct sweeping *sweeping = ctx;
	int64_t n_written;
	size_t n_changed = 0;
	enum err err;

	for (size_t i = 0; i < n; i++)
		if (make_hash(db, sweep->kind, &rows[i]) &&
			!skip(db, sweeping, sweep->kind, &rows[i]))
			rows[n_changed++] = rows[i];
	err = lookup_rows_write(db, sweep->write, rows, n_changed, &n_written);
	if (err == ERR_NONE)
		err = sweeping->pass->batch_done(sweeping->pass->ctx, (int64_t)n, n_written);
	clock_sleep_us(clock_monotonic_us() - begun_us);
	return err;
}

enum err lookup_rows_sweep(struct db *db, const struct lookup_sweep *sweeps, size_t n,
	const struct lookup_pass *pass)
{
	struct sweeping sweeping = {pass, NULL};
	struct lookup_reading reading = {.batch = sweep_batch, .ctx = &sweeping};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		err = lookup_rows_read(db, &sweeps[i], &reading);
	return err;
}

enum err lookup_rows_sweep_found(struct db *db, const struct lookup_sweep *sweep,
	const struct lookup_pass *pass, int64_t *n_skipped)
{
	struct sweeping sweeping = {pass, n_skipped};
	struct lookup_reading reading = {.batch = sweep_batch, .ctx = &sweeping};

	return lookup_rows_read(db, sweep, &reading);
}
