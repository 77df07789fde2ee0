#include "arena.h"
#include "lookup_columns.h"
#include "lookup_confirmed.h"
#include "lookup_rows.h"
#include "secret.h"
#include "str.h"

#define READ(TEXT_, PARAMS, ...)                                                                \
	{                                                                                       \
		.text = TEXT_, .params = PARAMS, LOOKUP_READS(__VA_ARGS__),                     \
		.user = DB_USER_CONTROL,                                                        \
	}
#define WRITE(TEXT_, ...)                                                                       \
	{                                                                                       \
		.text = TEXT_, LOOKUP_WRITES(__VA_ARGS__), .user = DB_USER_CONTROL,             \
	}

/* The hashes of a sealed value of the same row. */
#define READ_TEXT(table, name, column, beside)                                                  \
	READ("SELECT id, tenant_id, row_uuid, " name ", " column ", " beside " FROM "    \
		table " WHERE id > ? ORDER BY id LIMIT ?", LOOKUP_AFTER,                        \
		LOOKUP_ROW(id, INT64), LOOKUP_TEXT(table, name))
#define WRITE_HASH(table, column, beside)                                                       \
	WRITE("UPDATE IGNORE " table " SET " beside " = ? WHERE id = ? AND " column " = ?",     \
		LOOKUP_ROW(written, HASH), LOOKUP_ROW(id, INT64), LOOKUP_ROW(found, HASH))
#define TEXT_HASHES(NAME, table, name, column, beside)                                          \
	[READ_##NAME] = READ_TEXT(table, name, column, beside),                                 \
	[WRITE_##NAME] = WRITE_HASH(table, column, beside)

enum {
	READ_MEMBER_BESIDE,
	WRITE_MEMBER_BESIDE,
	READ_MEMBER_PHONE,
	WRITE_MEMBER_PHONE,
	READ_MEMBER_VOID,
	WRITE_MEMBER_VOID,
	READ_MEMBER_ID_CARD,
	WRITE_MEMBER_ID_CARD,
	READ_RESIDENT_PHONE,
	WRITE_RESIDENT_PHONE,
	READ_RESIDENT_ID_CARD,
	WRITE_RESIDENT_ID_CARD,
	READ_USER_PHONE,
	WRITE_USER_PHONE,
	FIND_BESIDE,
	CLEAR_BESIDE,
	FIND_FILLED,
	MOVE,
};

static const struct stmt statements[] = {
	TEXT_HASHES(MEMBER_BESIDE, "member", "phone", "phone_hash", "phone_hash_next"),
	[READ_MEMBER_PHONE] = READ_TEXT("member", "phone", "phone_hash", "phone_hash"),
	/* If two members have one phone, one keeps the hash of another key. A process in the step
	 * before sees that beside. */
	[WRITE_MEMBER_PHONE] = WRITE("UPDATE IGNORE member SET phone_hash = ?, "
		"phone_hash_next = ? WHERE id = ? AND phone_hash = ?",
		LOOKUP_ROW(written, HASH), LOOKUP_ROW(written, HASH), LOOKUP_ROW(id, INT64),
		LOOKUP_ROW(found, HASH)),
	TEXT_HASHES(MEMBER_VOID, "member", "phone", "void_phone_hash", "void_phone_hash"),
	TEXT_HASHES(MEMBER_ID_CARD, "member", "id_card", "id_card_hash", "id_card_hash"),
	TEXT_HASHES(RESIDENT_PHONE, "resident", "phone", "phone_hash", "phone_hash"),
	TEXT_HASHES(RESIDENT_ID_CARD, "resident", "id_card", "id_card_hash", "id_card_hash"),
	[READ_USER_PHONE] = READ_TEXT("wechat_user", "phone", "phone_hash", "phone_hash"),
	[WRITE_USER_PHONE] = WRITE("UPDATE IGNORE wechat_user SET version = version + 1, "
		"phone_hash = ? WHERE id = ? AND phone_hash = ?",
		LOOKUP_ROW(written, HASH), LOOKUP_ROW(id, INT64), LOOKUP_ROW(found, HASH)),
	[FIND_BESIDE] = READ("SELECT id FROM member WHERE id > ? "
		"AND phone_hash_next IS NOT NULL ORDER BY id LIMIT ?", LOOKUP_AFTER,
		LOOKUP_ROW(id, INT64)),
	[CLEAR_BESIDE] = WRITE("UPDATE member SET phone_hash_next = NULL WHERE id = ?",
		LOOKUP_ROW(id, INT64)),
	/* Also where no key opens the number. */
	[FIND_FILLED] = READ("SELECT id FROM member WHERE id > ? "
		"AND phone_hash_next <> phone_hash ORDER BY id LIMIT ?", LOOKUP_AFTER,
		LOOKUP_ROW(id, INT64)),
	[MOVE] = WRITE("UPDATE IGNORE member SET phone_hash = phone_hash_next "
		"WHERE id = ? AND phone_hash IS NOT NULL AND phone_hash_next IS NOT NULL",
		LOOKUP_ROW(id, INT64)),
};

const struct stmt_table lookup_columns_statements = STMT_TABLE(statements);

/* ---- The passes. */

#define SWEEP(read, write, kind)                                                                \
	{                                                                                       \
		&statements[read], &statements[write], kind                                     \
	}
#define SWEEP_ALL(db, sweeps, pass)                                                             \
	lookup_rows_sweep(db, sweeps, sizeof(sweeps) / sizeof((sweeps)[0]), pass)

enum err lookup_columns_clear(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep sweeps[] = {SWEEP(FIND_BESIDE, CLEAR_BESIDE, NULL)};
	enum err err = SWEEP_ALL(db, sweeps, pass);

	return err == ERR_NONE ? lookup_confirmed_clear(db, pass) : err;
}

enum err lookup_columns_fill(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep members =
		SWEEP(READ_MEMBER_BESIDE, WRITE_MEMBER_BESIDE, "phone");
	int64_t n_skipped = 0;
	enum err err = lookup_rows_sweep_found(db, &members, pass, &n_skipped);

	return err == ERR_NONE ? lookup_confirmed_fill(db, pass) : err;
}

/* The members who are found by their phones come first: if another one, whom nobody finds, has such
 * a phone, too, they keep it. */
static enum err move_phones(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep filled[] = {SWEEP(FIND_FILLED, MOVE, NULL)};
	static const struct lookup_sweep members[] = {
		SWEEP(READ_MEMBER_PHONE, WRITE_MEMBER_PHONE, "phone"),
	};
	int64_t n_skipped = 0;
	enum err err = SWEEP_ALL(db, filled, pass);

	if (err == ERR_NONE)
		err = lookup_rows_sweep_found(db, &members[0], pass, &n_skipped);
	return err == ERR_NONE && n_skipped > 0 ? SWEEP_ALL(db, members, pass) : err;
}

enum err lookup_columns_are_moved(struct db *db, bool *are_r)
{
	enum err err = lookup_rows_are_none(db, &statements[FIND_FILLED], are_r);

	return err == ERR_NONE && *are_r ? lookup_confirmed_are_moved(db, are_r) : err;
}

enum err lookup_columns_move(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep sweeps[] = {
		SWEEP(READ_MEMBER_VOID, WRITE_MEMBER_VOID, "phone"),
		SWEEP(READ_MEMBER_ID_CARD, WRITE_MEMBER_ID_CARD, "id_card"),
		SWEEP(READ_RESIDENT_PHONE, WRITE_RESIDENT_PHONE, "phone"),
		SWEEP(READ_RESIDENT_ID_CARD, WRITE_RESIDENT_ID_CARD, "id_card"),
		SWEEP(READ_USER_PHONE, WRITE_USER_PHONE, "phone"),
	};
	enum err err = move_phones(db, pass);

	if (err == ERR_NONE)
		err = SWEEP_ALL(db, sweeps, pass);

	return err == ERR_NONE ? lookup_confirmed_move(db, pass) : err;
}

/* ---- Counting. */

/* All hashes of sealed values. */
static const struct counted {
	struct lookup_sweep sweep;
	const char *table, *column;
} counted[] = {
	{SWEEP(READ_MEMBER_BESIDE, 0, "phone"), "member", "phone_hash"},
	{SWEEP(READ_MEMBER_VOID, 0, "phone"), "member", "void_phone_hash"},
	{SWEEP(READ_MEMBER_ID_CARD, 0, "id_card"), "member", "id_card_hash"},
	{SWEEP(READ_RESIDENT_PHONE, 0, "phone"), "resident", "phone_hash"},
	{SWEEP(READ_RESIDENT_ID_CARD, 0, "id_card"), "resident", "id_card_hash"},
	{SWEEP(READ_USER_PHONE, 0, "phone"), "wechat_user", "phone_hash"},
};

struct counting {
	struct lookup_count *count;
	const struct counted *of;
};

/* A hash whose text no key opens cannot be tried, unless it is known to be moved. */
static int32_t hash_made_by(
	const struct db *db, const struct counted *of, const struct lookup_row *row)
{
	const struct secret_text text = {row->tenant_id, of->sweep.kind, row->text};

	if (!str_is_empty(row->text))
		return secret_mac_made_by(db->keys, SECRET_FOR_LOOKUP, &text, row->found);
	if (of->sweep.read == &statements[READ_MEMBER_BESIDE] &&
		crypto_equal(row->found, row->stored, sizeof(row->found)))
		return secret_key_number(db->keys, SECRET_KEY_LOOKUP);
	return LOOKUP_KEY_UNKNOWN;
}

static enum err count_batch(struct db *db, const struct lookup_sweep *sweep,
	struct lookup_row *rows, size_t n, void *ctx)
{
	const struct counting *counting = ctx;

	(void)sweep;
	for (size_t i = 0; i < n; i++) {
		struct lookup_hash hash = {
			counting->of->table, counting->of->column, rows[i].id, rows[i].tenant_id,
			0, false,
		};

		if (!lookup_row_has_hash(&rows[i]))
			continue;
		hash.number = hash_made_by(db, counting->of, &rows[i]);
		hash.is_looked_up = hash.number == LOOKUP_KEY_UNKNOWN ||
			secret_key_is_looked_up(db->keys, hash.number);
		counting->count->hash(counting->count->ctx, &hash);
	}
	return ERR_NONE;
}

enum err lookup_columns_count(struct db *db, struct lookup_count *count)
{
	enum err err = ERR_NONE;

	count->is_all = true;
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]) && err == ERR_NONE; i++) {
		struct counting counting = {count, &counted[i]};
		struct lookup_reading reading = {
			.batch = count_batch, .ctx = &counting, .n_most = count->n_rows_most,
		};

		err = lookup_rows_read(db, &counted[i].sweep, &reading);
		count->is_all &= reading.is_all;
	}
	return err;
}

/* ---- Verifying. */

static void verify_hash(void *ctx, const struct lookup_hash *hash)
{
	struct verified_column *column = ctx;

	while (column->table != hash->table || column->name != hash->column)
		column++;
	column->n_values++;
	if (!hash->is_looked_up && column->n_wrong++ == 0)
		column->wrong_id = hash->id;
}

enum err lookup_columns_verify(
	struct db *db, struct verified_column **columns_r, size_t *n_columns_r)
{
	struct lookup_count count = {.hash = verify_hash};

	*n_columns_r = sizeof(counted) / sizeof(counted[0]);
	count.ctx = *columns_r = arena_array(db->arena, struct verified_column, *n_columns_r);
	for (size_t i = 0; i < *n_columns_r; i++)
		(*columns_r)[i] = (struct verified_column){
			.table = counted[i].table, .name = counted[i].column,
		};
	return lookup_columns_count(db, &count);
}
