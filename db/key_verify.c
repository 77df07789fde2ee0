#include <string.h>

#include "arena.h"
#include "conn.h"
#include "crypto.h"
#include "key_verify.h"
#include "sealed_columns.h"
#include "sealed_value.h"
#include "secret.h"
#include "stmt.h"
#include "str.h"

#define BATCH 1000
#define BATCH_SIZE_MAX (64 << 20)

struct value {
	int64_t id;
	int32_t tenant_id;
	struct uuid row_uuid;
	const char *text; /* NULL: no key opens it; "": there is none */
	uint8_t hash[CRYPTO_HASH_SIZE];
	int64_t n_most;
};

#define ROW(member, type) COLUMN(struct value, member, type)
#define PHONE 3 /* the phone's place among the columns */
#define PHONES_OF(table)                                                                        \
	{                                                                                       \
		.text = "SELECT id, tenant_id, row_uuid, phone, phone_hash FROM " table         \
			" WHERE id > ? ORDER BY id LIMIT ?",                                    \
		.params = COLUMNS(ROW(id, INT64), ROW(n_most, INT64)),                          \
		.columns = COLUMNS(ROW(id, INT64), ROW(tenant_id, INT32), ROW(row_uuid, UUID),  \
			TRIED(struct value, text, table, "phone"), ROW(hash, HASH)),            \
		.row_size = sizeof(struct value),                                               \
		.any_tenant = STMT_OF_OPERATOR,                                                 \
	}

static const struct stmt statements[] = {
	PHONES_OF("member"),
	PHONES_OF("wechat_user"),
	PHONES_OF("resident"),
};
#define N_HASHED (sizeof(statements) / sizeof(statements[0]))

const struct stmt_table key_verify_statements = STMT_TABLE(statements);

typedef void count_value(struct db *db, const struct value *value, struct verified_column *column);

/* Reads the rows of one column in batches. What a batch opened is forgotten after it. */
static enum err verify_column(struct db *db, const struct stmt *stmt, enum verify_extent extent,
	count_value *count, struct verified_column *column)
{
	struct arena *arena = arena_new(BATCH_SIZE_MAX), *results = db->arena;
	struct value last = {.n_most = BATCH};
	enum err err = ERR_NONE;
	void *rows;
	size_t n;

	db_set_arena(db, arena);
	do {
		const struct value *values;

		err = stmt_all(db, stmt, &last, &rows, &n);
		if (err != ERR_NONE)
			break;
		values = rows;
		for (size_t i = 0; i < n; i++)
			count(db, &values[i], column);
		if (n > 0)
			last.id = values[n - 1].id;
		arena_reset(arena);
	} while (n == BATCH &&
		(extent == VERIFY_ALL || (extent == VERIFY_ANY && column->n_values == 0)));
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

static void count_wrong(const struct value *value, struct verified_column *column)
{
	if (column->n_wrong++ > 0)
		return;
	column->wrong_id = value->id;
	column->wrong_uuid = value->row_uuid;
}

/* ---- Sealed columns. */

static void count_sealed(
	struct db *db, const struct value *value, struct verified_column *column)
{
	(void)db;
	if (value->text == NULL)
		count_wrong(value, column);
	column->n_lost += value->text == sealed_value_lost;
	column->n_values += value->text == NULL || value->text == sealed_value_lost ||
		*value->text != '\0';
}

static enum err verify_sealed(struct db *db, const struct column *sealed,
	enum verify_extent extent, struct verified_column *column)
{
	const struct column columns[] = {
		ROW(id, INT64),
		ROW(tenant_id, INT32),
		ROW(row_uuid, UUID),
		TRIED(struct value, text, sealed->table, sealed->name),
		{.kind = COLUMN_END_OF_TABLE},
	};
	const struct stmt stmt = {
		.text = sealed->sql->values,
		.params = COLUMNS(ROW(id, INT64), ROW(n_most, INT64)),
		.columns = columns,
		.row_size = sizeof(struct value),
	};

	*column = (struct verified_column){.table = sealed->table, .name = sealed->name};
	return verify_column(db, &stmt, extent, count_sealed, column);
}

enum err key_verify_sealed(struct db *db, enum verify_extent extent,
	struct verified_column **columns_r, size_t *n_columns_r)
{
	struct sealed_columns sealed;
	enum err err = ERR_NONE;

	sealed_columns_find(&sealed);
	*n_columns_r = sealed.n;
	*columns_r = arena_array(db->arena, struct verified_column, sealed.n);
	for (size_t i = 0; i < sealed.n && err == ERR_NONE; i++)
		err = verify_sealed(db, sealed.columns[i], extent, &(*columns_r)[i]);
	return err;
}

/* ---- Hashed columns. */

static void count_hashed(
	struct db *db, const struct value *value, struct verified_column *column)
{
	static const uint8_t none[CRYPTO_HASH_SIZE];
	const struct secret_text phone = {value->tenant_id, "phone", value->text};

	if (str_is_empty(value->text) || crypto_equal(value->hash, none, sizeof(none)))
		return;
	column->n_values++;
	if (secret_mac_made_by(db->keys, SECRET_FOR_LOOKUP, &phone, value->hash) == 0)
		count_wrong(value, column);
}

enum err key_verify_hashed(
	struct db *db, struct verified_column **columns_r, size_t *n_columns_r)
{
	enum err err = ERR_NONE;

	*n_columns_r = N_HASHED;
	*columns_r = arena_array(db->arena, struct verified_column, N_HASHED);
	for (size_t i = 0; i < N_HASHED && err == ERR_NONE; i++) {
		struct verified_column *column = &(*columns_r)[i];

		*column = (struct verified_column){
			.table = statements[i].columns[PHONE].table, .name = "phone_hash",
		};
		err = verify_column(db, &statements[i], VERIFY_FIRST, count_hashed, column);
	}
	return err;
}
