#include "arena.h"
#include "conn.h"
#include "hashed.h"
#include "stmt.h"
#include "str.h"

#define BATCH 1000
#define BATCH_SIZE_MAX (8 << 20)

struct hashed_phone {
	int64_t id;
	int32_t tenant_id;
	uint8_t row_uuid[SECRET_UUID_SIZE];
	const char *phone;
	uint8_t hash[SECRET_HASH_SIZE];
};

#define ROW(member, type) COLUMN(struct hashed_phone, member, type)
#define PHONES_OF(table)                                                                        \
	{                                                                                       \
		.text = "SELECT id, tenant_id, row_uuid, phone, phone_hash FROM " table         \
			" WHERE id > ? ORDER BY id LIMIT " STMT_NUMBER(BATCH),                  \
		.params = COLUMNS(ROW(id, INT64)),                                              \
		.columns = COLUMNS(ROW(id, INT64), ROW(tenant_id, INT32), ROW(row_uuid, UUID),  \
			TRIED(struct hashed_phone, phone, table, "phone"), ROW(hash, HASH)),    \
		.row_size = sizeof(struct hashed_phone),                                        \
	}

static const struct stmt statements[] = {
	[HASHED_MEMBER] = PHONES_OF("member"),
	[HASHED_WECHAT_USER] = PHONES_OF("wechat_user"),
	[HASHED_RESIDENT] = PHONES_OF("resident"),
};

const struct stmt_table hashed_statements = STMT_TABLE(statements);

static void try_phone(
	struct db *db, const struct hashed_phone *phone, struct hashed_column *column)
{
	static const uint8_t none[SECRET_HASH_SIZE];
	uint8_t hash[SECRET_HASH_SIZE];

	if (str_is_empty(phone->phone) || secret_equal(phone->hash, none, sizeof(none)))
		return;
	column->n_values++;
	secret_lookup(db->keys, phone->tenant_id, "phone", phone->phone, hash);
	if (!secret_equal(phone->hash, hash, sizeof(hash)) && column->n_wrong++ == 0)
		column->wrong_id = phone->id;
}

/* What has been opened is forgotten after each batch. */
static enum err try_table(
	struct db *db, const struct stmt *stmt, bool tries_all, struct hashed_column *column)
{
	struct hashed_phone last = {0};
	const struct hashed_phone *phones;
	void *rows;
	size_t n;

	do {
		if (stmt_all(db, stmt, &last, &rows, &n) != 0)
			return conn_err(db);
		phones = rows;
		for (size_t i = 0; i < n; i++)
			try_phone(db, &phones[i], column);
		if (n > 0)
			last.id = phones[n - 1].id;
		arena_reset(db->arena);
	} while (tries_all && n == BATCH);
	return ERR_NONE;
}

enum err hashed_try(struct db *db, bool tries_all, struct hashed_column columns_r[HASHED_N])
{
	static const char *const names[HASHED_N] = {
		[HASHED_MEMBER] = "member.phone_hash",
		[HASHED_WECHAT_USER] = "wechat_user.phone_hash",
		[HASHED_RESIDENT] = "resident.phone_hash",
	};
	struct arena *arena = arena_new(BATCH_SIZE_MAX), *results = db->arena;
	enum err err = ERR_NONE;

	db_set_arena(db, arena);
	for (int i = 0; i < HASHED_N && err == ERR_NONE; i++) {
		columns_r[i] = (struct hashed_column){.name = names[i]};
		err = try_table(db, &statements[i], tries_all, &columns_r[i]);
	}
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}
