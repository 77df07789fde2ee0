#include <stdlib.h>

#include "arena.h"
#include "conn.h"
#include "crypto.h"
#include "key_check.h"
#include "key_states.h"
#include "lookup_columns.h"
#include "sealed_columns.h"
#include "secret.h"
#include "stmt.h"

struct count {
	int32_t number;
	int64_t n;
};

enum { AUDIT_NUMBERS, LINK_NUMBERS, OLD_ENTRIES };

static const struct stmt statements[] = {
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

const struct stmt_table key_states_statements = STMT_TABLE(statements);

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

/* What no key opens may be of each key that look-ups use. */
static void count_hash(void *ctx, const struct lookup_hash *hash)
{
	struct key_states *states = ctx;

	for (size_t i = 0; i < states->n; i++) {
		struct key_state *key = &states->keys[i];

		if (key->kind == SECRET_KEY_LOOKUP &&
			(hash->number == LOOKUP_KEY_UNKNOWN ? key->is_looked_up
							    : key->number == hash->number))
			key->n_values++;
	}
}

static enum err count_hashes(
	struct db *db, const struct key_states_wanted *wanted, struct key_states *states)
{
	struct lookup_count count = {
		.hash = count_hash, .ctx = states, .n_rows_most = wanted->n_rows_most,
	};
	enum err err = lookup_columns_count(db, &count);

	for (size_t i = 0; i < states->n; i++)
		states->keys[i].has_more =
			states->keys[i].kind == SECRET_KEY_LOOKUP && !count.is_all;
	return err;
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

static enum err count_signed(struct db *db, struct key_state *keys, size_t n_keys)
{
	enum err err = counts_add(db, &statements[AUDIT_NUMBERS], SECRET_KEY_AUDIT, keys, n_keys);

	return err == ERR_NONE ? counts_add(db, &statements[LINK_NUMBERS], SECRET_KEY_AUDIT, keys,
					 n_keys)
			       : err;
}

static enum err count_sealed(struct db *db, struct key_state *keys, size_t n_keys)
{
	struct sealed_columns sealed;
	enum err err = ERR_NONE;

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

static bool is_wanted(const struct key_states_wanted *wanted, enum secret_key_kind kind)
{
	return (wanted->kinds >> kind & 1) != 0;
}

static enum err key_states_count(
	struct db *db, const struct key_states_wanted *wanted, struct key_states *states)
{
	enum err err = ERR_NONE;

	if (is_wanted(wanted, SECRET_KEY_AUDIT))
		err = count_signed(db, states->keys, states->n);
	if (err == ERR_NONE && is_wanted(wanted, SECRET_KEY_LOOKUP))
		err = count_old_entries(db, states->keys, states->n);
	if (err == ERR_NONE && is_wanted(wanted, SECRET_KEY_LOOKUP))
		err = count_hashes(db, wanted, states);
	if (err == ERR_NONE && is_wanted(wanted, SECRET_KEY_SEALING))
		err = count_sealed(db, states->keys, states->n);
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
		.is_looked_up = kind == SECRET_KEY_LOOKUP &&
			secret_key_is_looked_up(db->keys, known->number),
		.step = (enum lookup_step)known->step,
		.n_values = secret_key_may_be_replaced(kind) ? 0 : -1,
	};
}

static bool is_known(
	const struct known_key *known, size_t n_known, const struct secret_check_value *value)
{
	for (size_t i = 0; i < n_known; i++)
		if (known[i].kind == (int32_t)value->kind &&
			(known[i].number == value->number ||
				crypto_equal(known[i].hash, value->hash, CRYPTO_HASH_SIZE)))
			return true;
	return false;
}

static int key_state_compare(const void *a, const void *b)
{
	const struct key_state *one = a, *other = b;

	return one->kind != other->kind ? (int)one->kind - (int)other->kind
					: one->number - other->number;
}

/* What the database knows, and the keys of the files that it does not know yet. */
static enum err key_states_find(struct db *db, struct key_states *states)
{
	const struct known_key *known;
	const struct secret_check_value *values;
	size_t n_known, n_values;
	enum err err = key_check_known(db, &known, &n_known);

	if (err != ERR_NONE)
		return err;
	n_values = secret_check_values(db->keys, db->arena, &values);
	states->keys = arena_array(db->arena, struct key_state, n_known + n_values);
	for (states->n = 0; states->n < n_known; states->n++)
		states->keys[states->n] = key_state_of(db, &known[states->n]);
	for (size_t i = 0; i < n_values; i++) {
		const struct known_key new = {
			.kind = (int32_t)values[i].kind, .number = values[i].number};

		if (!is_known(known, n_known, &values[i]))
			states->keys[states->n++] = key_state_of(db, &new);
	}
	qsort(states->keys, states->n, sizeof(*states->keys), key_state_compare);
	return ERR_NONE;
}

enum err key_states_each(struct db *db, const struct key_states_wanted *wanted,
	void (*key)(void *ctx, const struct key_state *key), void *ctx)
{
	struct key_states states;
	enum err err;

	conn_set_no_timeout(db->conn);
	err = key_states_find(db, &states);
	if (err == ERR_NONE)
		err = key_states_count(db, wanted, &states);
	for (size_t i = 0; i < states.n && err == ERR_NONE; i++)
		if (is_wanted(wanted, states.keys[i].kind))
			key(ctx, &states.keys[i]);
	return err;
}
