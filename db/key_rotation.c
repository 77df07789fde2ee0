#include <string.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "key_check.h"
#include "key_entry.h"
#include "key_host.h"
#include "key_rotation.h"
#include "lookup_columns.h"
#include "sealed_columns.h"
#include "secret.h"
#include "stmt.h"
#include "transaction.h"

#define BATCH 100
#define BATCH_SIZE_MAX (1 << 20)
/* As long as a cursor of user_changes.h is good. */
#define CURSOR_DAYS 31

struct step {
	int32_t kind, number;
	bool is_recent;
};

struct count {
	int32_t number;
	int64_t n;
};

enum { RETIRE, IS_RECENT, AUDIT_NUMBERS, LINK_NUMBERS, OLD_ENTRIES };

#define STEP(member, type) COLUMN(struct step, member, type)

static const struct stmt statements[] = {
	[RETIRE] = {
		.text = "UPDATE key_check SET retired_at = UTC_TIMESTAMP(6) "
			"WHERE kind = ? AND number = ? AND retired_at IS NULL",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(STEP(kind, INT32), STEP(number, INT32)),
	},
	/* Whether a newer key is in use for too short a time. */
	[IS_RECENT] = {
		.text = "SELECT COALESCE(MAX(used_from) > UTC_TIMESTAMP(6) - "
			"INTERVAL " STMT_NUMBER(CURSOR_DAYS) " DAY, FALSE) FROM key_check "
			"WHERE kind = ? AND number > ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(STEP(kind, INT32), STEP(number, INT32)),
		.columns = COLUMNS(STEP(is_recent, BOOL)),
	},
	[AUDIT_NUMBERS] = {
		.text = "SELECT COALESCE(key_number, 0), COUNT(*) FROM audit "
			"GROUP BY key_number LIMIT 1000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct count, number, INT32),
			COLUMN(struct count, n, INT64)),
		.row_size = sizeof(struct count),
	},
	[LINK_NUMBERS] = {
		.text = "SELECT key_number, COUNT(*) FROM audit_link "
			"GROUP BY key_number LIMIT 1000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct count, number, INT32),
			COLUMN(struct count, n, INT64)),
		.row_size = sizeof(struct count),
	},
	[OLD_ENTRIES] = {
		.text = "SELECT COUNT(*) FROM audit WHERE key_number IS NULL",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct count, n, INT64)),
	},
};

const struct stmt_table key_rotation_statements = STMT_TABLE(statements);

/* ---- Which keys there are. */

static enum err counts_add(struct db *db, const struct stmt *stmt, enum secret_key_kind kind,
	struct key_state *keys, size_t n_keys)
{
	const struct count *counts;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, stmt, NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	counts = rows;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n_keys; j++)
			if (keys[j].kind == kind && keys[j].number == counts[i].number)
				keys[j].n_values += counts[i].n;
	return ERR_NONE;
}

struct key_states {
	struct key_state *keys;
	size_t n;
};

static void count_hash(void *ctx, int32_t number)
{
	struct key_states *states = ctx;

	for (size_t i = 0; i < states->n; i++)
		if (states->keys[i].kind == SECRET_KEY_LOOKUP &&
			(states->keys[i].number == number || number == LOOKUP_KEY_UNKNOWN))
			states->keys[i].n_values++;
}

/* Those that a look-up key has signed have no number. */
static enum err count_old_entries(struct db *db, struct key_state *keys, size_t n_keys)
{
	struct count count;
	enum err err = stmt_need(db, &statements[OLD_ENTRIES], NULL, &count, ERR_INTERNAL);

	for (size_t i = 0; err == ERR_NONE && i < n_keys; i++)
		if (keys[i].kind == SECRET_KEY_LOOKUP &&
			secret_keys_lack_subkeys(
				db->keys, SECRET_KEY_LOOKUP, (uint16_t)keys[i].number))
			keys[i].n_entries = count.n;
	return err;
}

static enum err key_states_count(struct db *db, struct key_state *keys, size_t n_keys)
{
	struct key_states states = {keys, n_keys};
	struct sealed_columns sealed;
	enum err err = counts_add(db, &statements[AUDIT_NUMBERS], SECRET_KEY_AUDIT, keys, n_keys);

	if (err == ERR_NONE)
		err = counts_add(
			db, &statements[LINK_NUMBERS], SECRET_KEY_AUDIT, keys, n_keys);
	if (err == ERR_NONE)
		err = count_old_entries(db, keys, n_keys);
	if (err == ERR_NONE)
		err = lookup_columns_count(db, count_hash, &states);
	sealed_columns_find(&sealed);
	for (size_t i = 0; i < sealed.n && err == ERR_NONE; i++) {
		const struct stmt stmt = {
			.text = sealed.columns[i]->sql->numbers,
			.columns = statements[AUDIT_NUMBERS].columns,
			.row_size = sizeof(struct count),
		};

		err = counts_add(db, &stmt, SECRET_KEY_SEALING, keys, n_keys);
	}
	return err;
}

static struct key_state key_state_of(const struct db *db, const struct known_key *known)
{
	const enum secret_key_kind kind = (enum secret_key_kind)known->kind;

	return (struct key_state){
		.kind = kind,
		.number = known->number,
		.used_us = known->used_us,
		.is_in_use = known->number == secret_key_number(db->keys, kind),
		.is_lost = secret_keys_lost(db->keys, kind, (uint16_t)known->number),
		.is_retired = known->is_retired,
		.step = (enum lookup_step)known->step,
		.n_values = secret_key_may_be_replaced(kind) ? 0 : -1,
	};
}

static enum err key_states_find(struct db *db, struct key_state **keys_r, size_t *n_keys_r)
{
	const struct known_key *known;
	enum err err = key_check_known(db, &known, n_keys_r);

	if (err != ERR_NONE)
		return err;
	*keys_r = arena_array(db->arena, struct key_state, *n_keys_r);
	for (size_t i = 0; i < *n_keys_r; i++)
		(*keys_r)[i] = key_state_of(db, &known[i]);
	return key_states_count(db, *keys_r, *n_keys_r);
}

enum err key_rotation_list(
	struct db *db, void (*key)(void *ctx, const struct key_state *key), void *ctx)
{
	struct key_state *keys;
	size_t n;
	enum err err;

	conn_set_no_timeout(db->conn);
	err = key_states_find(db, &keys, &n);
	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		key(ctx, &keys[i]);
	return err;
}

/* ---- Steps. */

static enum err step_begin(struct db *db, void *ctx)
{
	const struct step *step = ctx;
	const enum secret_key_kind kind = (enum secret_key_kind)step->kind;
	enum err err = key_check_begin(db, kind, step->number);

	if (err == ERR_ABSENT)
		return ERR_PARAMETER;
	return err == ERR_NONE ? key_entry_write(db, "keys.rotate", kind, step->number) : err;
}

static enum err step_retire(struct db *db, void *ctx)
{
	const struct step *step = ctx;
	enum err err = stmt_change(db, &statements[RETIRE], step, ERR_ABSENT);

	return err == ERR_NONE ? key_entry_write(db, "keys.drop", (enum secret_key_kind)step->kind,
					 step->number)
			       : err;
}

/* ---- Taking a key into use. */

struct host_search {
	struct db *db;
	enum secret_key_kind kind;
	int32_t number;
	const char *reason; /* NULL: no host lacks it */
};

static void host_search_note(void *ctx, const struct key_host *host)
{
	struct host_search *search = ctx;
	const int32_t newest = search->kind == SECRET_KEY_SEALING ? host->sealing : host->audit;
	const char *path = secret_key_path(search->db->conf, search->kind);

	if (newest < search->number)
		search->reason = arena_printf(search->db->arena,
			"the service of host %s has not got key %d: copy %s there, and run "
			"\"wxuserctl reload\" there; its workers tell within a minute that they "
			"have it",
			host->name, search->number, path);
	else if (!host->is_settled && search->reason == NULL)
		search->reason = arena_printf(search->db->arena,
			"the service of host %s has just got its keys, and old processes may still "
			"end; run this again in a minute",
			host->name);
}

enum err key_rotation_begin(struct db *db, enum secret_key_kind kind, const char **reason_r)
{
	struct step step = {(int32_t)kind, secret_key_newest(db->keys, kind), false};
	struct host_search search = {.db = db, .kind = kind, .number = step.number};
	enum err err;

	if (secret_key_number(db->keys, kind) == step.number)
		return ERR_NONE;
	err = key_host_each(db, host_search_note, &search);
	*reason_r = search.reason;
	if (err == ERR_NONE && search.reason != NULL)
		return ERR_PARAMETER;
	*reason_r = "this key is retired, or another process has just taken it into use; see: "
		    "wxuserctl keys status";
	if (err == ERR_NONE)
		err = transaction_run(db, step_begin, &step);
	if (err == ERR_NONE)
		secret_keys_use(db->keys, kind, (uint16_t)step.number);
	return err;
}

/* ---- Sealing again. */

struct sealed_value {
	int64_t id;
	int32_t tenant_id, number;
	struct uuid row_uuid;
	const char *text;               /* NULL: no key opens it; "": its key is lost */
	uint8_t hash[CRYPTO_HASH_SIZE]; /* of the sealed bytes */
	int64_t n_most;
};

#define VALUE(member, type) COLUMN(struct sealed_value, member, type)

struct batch {
	const struct column *sealed;
	struct sealed_value last; /* the rows after its id are next */
	const struct sealed_value *values;
	size_t n;
};

static enum err batch_read(struct db *db, struct batch *batch)
{
	const struct column columns[] = {
		VALUE(id, INT64),
		VALUE(tenant_id, INT32),
		VALUE(row_uuid, UUID),
		TRIED(struct sealed_value, text, batch->sealed->table, batch->sealed->name),
		VALUE(hash, HASH),
		{.kind = COLUMN_END_OF_TABLE},
	};
	const struct stmt stmt = {
		.text = batch->sealed->sql->others,
		.params = COLUMNS(VALUE(id, INT64), VALUE(number, INT32), VALUE(n_most, INT64)),
		.columns = columns,
		.row_size = sizeof(struct sealed_value),
	};
	void *rows;
	enum err err = stmt_all(db, &stmt, &batch->last, &rows, &batch->n);

	batch->values = rows;
	if (err == ERR_NONE && batch->n > 0)
		batch->last.id = batch->values[batch->n - 1].id;
	return err;
}

static bool can_reseal(const struct sealed_value *value)
{
	return value->text != NULL && value->text != column_lost;
}

/* A value that was stored anew meanwhile is another one, and stays. */
static enum err batch_write(struct db *db, void *ctx)
{
	const struct batch *batch = ctx;
	const struct column params[] = {
		SEALED_LIKE(struct sealed_value, text, batch->sealed->table, batch->sealed->name),
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

	if (key->kind == SECRET_KEY_SEALING && !key->is_in_use)
		reseal->n_total += key->n_values;
}

static enum err reseal_locked(struct db *db, struct resealing *resealing)
{
	struct sealed_columns sealed;
	enum err err = key_rotation_list(db, reseal_count, resealing->reseal);

	sealed_columns_find(&sealed);
	for (size_t i = 0; i < sealed.n && err == ERR_NONE; i++)
		err = reseal_column(db, sealed.columns[i], resealing);
	return err;
}

enum err key_rotation_reseal(struct db *db, struct reseal *reseal)
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

/* ---- Retiring a key. */

struct key_search {
	const struct step *step;
	struct key_state found; /* number 0: there is none */
};

static void key_search_note(void *ctx, const struct key_state *key)
{
	struct key_search *search = ctx;

	if ((int32_t)key->kind == search->step->kind && key->number == search->step->number)
		search->found = *key;
}

static const char *why_needed(struct db *db, const struct key_state *key, const struct step *step)
{
	if (key->number == 0)
		return "the database knows no such key; see: wxuserctl keys status";
	if (key->is_in_use)
		return "this key is the one in use; see: wxuserctl keys status";
	if (key->number > secret_key_number(db->keys, key->kind))
		return "this key is newer than the one in use; see: wxuserctl keys status";
	if (key->kind == SECRET_KEY_LOOKUP && secret_keys_are_two(db->keys))
		return "another key is replacing this one; run: wxuserctl keys rotate lookup";
	if (key->n_entries > 0)
		return arena_printf(db->arena,
			"%lld entries of the audit from before it had a key need this key; see: "
			"wxuserctl keys status",
			(long long)key->n_entries);
	if (key->n_values > 0)
		return arena_printf(db->arena,
			"%lld values need this key; see: wxuserctl keys status",
			(long long)key->n_values);
	if (key->kind == SECRET_KEY_SEALING && step->is_recent)
		return "the key after it is in use for less than " STMT_NUMBER(
			CURSOR_DAYS) " days, and who follows GET /v1/users/changes may have a "
				     "cursor of this one";
	return NULL;
}

enum err key_rotation_retire(
	struct db *db, enum secret_key_kind kind, int32_t number, const char **reason_r)
{
	struct step step = {(int32_t)kind, number, false};
	struct key_search search = {.step = &step};
	enum err err = key_rotation_list(db, key_search_note, &search);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[IS_RECENT], &step, &step, ERR_INTERNAL);
	if (err != ERR_NONE)
		return err;
	*reason_r = why_needed(db, &search.found, &step);
	if (*reason_r != NULL)
		return ERR_PARAMETER;
	err = transaction_run(db, step_retire, &step);
	return err == ERR_ABSENT ? ERR_NONE : err; /* another host's file had it, too */
}
