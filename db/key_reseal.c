#include "arena.h"
#include "clock.h"
#include "key_reseal.h"
#include "key_states.h"
#include "sealed_columns.h"
#include "sealed_value.h"
#include "secret.h"
#include "stmt.h"
#include "transaction.h"

#define BATCH 100
#define BATCH_SIZE_MAX (1 << 20)

struct resealed_value {
	int64_t id;
	int32_t tenant_id, number;
	struct uuid row_uuid;
	const char *text;               /* NULL: no key opens it; "": its key is lost */
	uint8_t hash[CRYPTO_HASH_SIZE]; /* of the sealed bytes */
	int64_t n_most;
};

#define VALUE(member, type) COLUMN(struct resealed_value, member, type)

struct batch {
	const struct column *sealed;
	struct resealed_value last; /* the rows after its id are next */
	const struct resealed_value *values;
	size_t n;
};

static enum err batch_read(struct db *db, struct batch *batch)
{
	const struct column columns[] = {
		VALUE(id, INT64),
		VALUE(tenant_id, INT32),
		VALUE(row_uuid, UUID),
		TRIED(struct resealed_value, text, batch->sealed->table, batch->sealed->name),
		VALUE(hash, HASH),
		{.kind = COLUMN_END_OF_TABLE},
	};
	const struct stmt stmt = {
		.text = batch->sealed->sql->others,
		.params = COLUMNS(VALUE(id, INT64), VALUE(number, INT32), VALUE(n_most, INT64)),
		.columns = columns,
		.row_size = sizeof(struct resealed_value),
	};
	void *rows;
	enum err err = stmt_all(db, &stmt, &batch->last, &rows, &batch->n);

	batch->values = rows;
	if (err == ERR_NONE && batch->n > 0)
		batch->last.id = batch->values[batch->n - 1].id;
	return err;
}

static bool can_reseal(const struct resealed_value *value)
{
	return value->text != NULL && value->text != sealed_value_lost;
}

/* A value that was stored anew meanwhile is another one, and stays. */
static enum err batch_write(struct db *db, void *ctx)
{
	const struct batch *batch = ctx;
	const struct column params[] = {
		SEALED_LIKE(struct resealed_value, text, batch->sealed->table, batch->sealed->name),
		VALUE(id, INT64),
		VALUE(hash, HASH),
		{.kind = COLUMN_END_OF_TABLE},
	};
	const struct stmt stmt = {.text = batch->sealed->sql->replace, .params = params};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < batch->n && err == ERR_NONE; i++)
		if (can_reseal(&batch->values[i]))
			err = stmt_write(db, &stmt, &batch->values[i]);
	return err;
}

static void reseal_note(struct reseal *reseal, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		reseal->n_closed += batch->values[i].text == NULL;
	reseal->n_done += (int64_t)batch->n;
	reseal->progress(reseal->ctx, reseal);
}

struct resealing {
	struct reseal *reseal;
	struct migration_lock lock;
};

/* Then requests have the database for themselves as long as the batch took. */
static enum err reseal_batch(struct db *db, struct batch *batch, struct resealing *resealing)
{
	const int64_t begun_us = clock_monotonic_us();
	enum err err = batch_read(db, batch);

	if (err == ERR_NONE && batch->n > 0)
		err = transaction_run(db, batch_write, batch);
	if (err != ERR_NONE)
		return err;
	reseal_note(resealing->reseal, batch);
	clock_sleep_us(clock_monotonic_us() - begun_us);
	return migration_lock_renew(&resealing->lock);
}

/* What a batch opened is forgotten after it. */
static enum err reseal_column(
	struct db *db, const struct column *sealed, struct resealing *resealing)
{
	struct arena *arena = arena_new(BATCH_SIZE_MAX), *results = db->arena;
	struct batch batch = {
		.sealed = sealed,
		.last = {.number = secret_key_number(db->keys, SECRET_KEY_SEALING),
			.n_most = BATCH},
	};
	enum err err;

	db_set_arena(db, arena);
	do {
		err = reseal_batch(db, &batch, resealing);
		arena_reset(arena);
	} while (err == ERR_NONE && batch.n == BATCH);
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

static void reseal_count(void *ctx, const struct key_state *key)
{
	struct reseal *reseal = ctx;

	if (!key->is_in_use)
		reseal->n_total += key->n_values;
}

static enum err reseal_locked(struct db *db, struct resealing *resealing)
{
	struct sealed_columns sealed;
	const struct key_states_wanted wanted = {.kinds = 1u << SECRET_KEY_SEALING};
	enum err err = key_states_each(db, &wanted, reseal_count, resealing->reseal);

	sealed_columns_find(&sealed);
	for (size_t i = 0; i < sealed.n && err == ERR_NONE; i++)
		err = reseal_column(db, sealed.columns[i], resealing);
	return err;
}

enum err key_reseal_run(struct db *db, struct reseal *reseal)
{
	struct resealing resealing = {
		.reseal = reseal,
		.lock = {.db = db, .purpose = MIGRATION_LOCK_KEYS},
	};
	enum err err = migration_lock_take(&resealing.lock, reseal->wait, reseal->ctx);

	if (err != ERR_NONE)
		return err;
	err = reseal_locked(db, &resealing);
	migration_lock_release(&resealing.lock);
	return err;
}
