#include <string.h>

#include "arena.h"
#include "clock.h"
#include "crypto.h"
#include "lookup_columns.h"
#include "secret.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

#define BATCH 100
#define BATCH_SIZE_MAX (1 << 20)

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

#define ROW(member, type) COLUMN(struct lookup_row, member, type)
#define AFTER COLUMNS(ROW(id, INT64), ROW(n_most, INT64))
#define AFTER_ACCOUNT COLUMNS(ROW(account_id, UUID), ROW(n_most, INT64))
#define TEXT(table, name)                                                                       \
	ROW(tenant_id, INT32), ROW(row_uuid, UUID), TRIED(struct lookup_row, text, table, name), \
		ROW(found, HASH), ROW(stored, HASH)
#define READ(TEXT_, PARAMS, ...)                                                                \
	{                                                                                       \
		.text = TEXT_, .params = PARAMS, .columns = COLUMNS(__VA_ARGS__),               \
		.row_size = sizeof(struct lookup_row), .any_tenant = STMT_OF_OPERATOR,          \
		.user = DB_USER_CONTROL,                                                        \
	}
#define WRITE(TEXT_, ...)                                                                       \
	{                                                                                       \
		.text = TEXT_, .params = COLUMNS(__VA_ARGS__), .any_tenant = STMT_OF_OPERATOR,  \
		.user = DB_USER_CONTROL,                                                        \
	}

/* The hashes of a sealed value of the same row. */
#define READ_TEXT(table, name, column, beside)                                                  \
	READ("SELECT id, tenant_id, row_uuid, " name ", " column ", " beside " FROM " table     \
	     " WHERE id > ? ORDER BY id LIMIT ?", AFTER, ROW(id, INT64), TEXT(table, name))
/* If two rows have one number, since its hash was of an unknown key, one keeps that. */
#define WRITE_HASH(table, column, beside)                                                       \
	WRITE("UPDATE IGNORE " table " SET " beside " = ? WHERE id = ? AND " column " = ?",     \
		ROW(written, HASH), ROW(id, INT64), ROW(found, HASH))

#define AFTER_A "a.id > COALESCE(?, '')"
/* The number of an account's confirmed phone, where a row of the table has it. */
#define READ_CONFIRMED(table)                                                                   \
	READ("SELECT a.id, t.tenant_id, t.row_uuid, t.phone, a.confirmed_phone_hash, "          \
	     "a.confirmed_phone_hash_next FROM account a JOIN " table " t "                     \
	     "ON t.tenant_id = a.tenant_id AND t.phone_hash = a.confirmed_phone_hash "          \
	     "WHERE " AFTER_A " ORDER BY a.id LIMIT ?", AFTER_ACCOUNT,                          \
		ROW(account_id, UUID), TEXT(table, "phone"))

/* What an undo of a merge gives back. */
#define BEFORE(name) "JSON_VALUE(l.moved, '$.survivor.confirmed_phone_hash" name "')"
#define SET_BEFORE(name, value)                                                                 \
	"UPDATE merge_log l SET l.moved = JSON_SET(l.moved, "                                   \
	"'$.survivor.confirmed_phone_hash" name "', " value ") "
#define READ_BEFORE(table)                                                                      \
	READ("SELECT l.id, t.tenant_id, t.row_uuid, t.phone, t.phone_hash, "                    \
	     "UNHEX(" BEFORE("_next") ") FROM merge_log l JOIN " table " t "                    \
	     "ON t.tenant_id = l.tenant_id "                                                    \
	     "AND t.phone_hash = UNHEX(" BEFORE("") ") "                                        \
	     "WHERE l.id > ? AND l.undone_at IS NULL ORDER BY l.id LIMIT ?", AFTER,             \
		ROW(id, INT64), TEXT(table, "phone"))

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
	FIND_MEMBER_BESIDE,
	CLEAR_MEMBER_BESIDE,
	FIND_BEFORE_BESIDE,
	CLEAR_BEFORE_BESIDE,
	FIND_MEMBER_FILLED,
	MOVE_MEMBER,
	CONFIRMED_OF_USER,
	CONFIRMED_OF_RESIDENT,
	CONFIRMED_OF_MEMBER,
	FILL_CONFIRMED,
	FIND_FILLED,
	MOVE_CONFIRMED,
	BEFORE_OF_USER,
	BEFORE_OF_RESIDENT,
	BEFORE_OF_MEMBER,
	FILL_BEFORE,
	FIND_BEFORE_FILLED,
	MOVE_BEFORE,
	COUNT_LEFT,
};

static const struct stmt statements[] = {
	TEXT_HASHES(MEMBER_BESIDE, "member", "phone", "phone_hash", "phone_hash_next"),
	TEXT_HASHES(MEMBER_PHONE, "member", "phone", "phone_hash", "phone_hash"),
	TEXT_HASHES(MEMBER_VOID, "member", "phone", "void_phone_hash", "void_phone_hash"),
	TEXT_HASHES(MEMBER_ID_CARD, "member", "id_card", "id_card_hash", "id_card_hash"),
	TEXT_HASHES(RESIDENT_PHONE, "resident", "phone", "phone_hash", "phone_hash"),
	TEXT_HASHES(RESIDENT_ID_CARD, "resident", "id_card", "id_card_hash", "id_card_hash"),
	[READ_USER_PHONE] = READ_TEXT("wechat_user", "phone", "phone_hash", "phone_hash"),
	[WRITE_USER_PHONE] = WRITE("UPDATE IGNORE wechat_user SET version = version + 1, "
		"phone_hash = ? WHERE id = ? AND phone_hash = ?",
		ROW(written, HASH), ROW(id, INT64), ROW(found, HASH)),
	[FIND_BESIDE] = READ("SELECT a.id FROM account a WHERE " AFTER_A
		" AND a.confirmed_phone_hash_next IS NOT NULL "
		"ORDER BY a.id LIMIT ?", AFTER_ACCOUNT, ROW(account_id, UUID)),
	[CLEAR_BESIDE] = WRITE("UPDATE account SET confirmed_phone_hash_next = NULL "
		"WHERE id = ?", ROW(account_id, UUID)),
	[FIND_MEMBER_BESIDE] = READ("SELECT id FROM member WHERE id > ? "
		"AND phone_hash_next IS NOT NULL ORDER BY id LIMIT ?", AFTER, ROW(id, INT64)),
	[CLEAR_MEMBER_BESIDE] = WRITE("UPDATE member SET phone_hash_next = NULL WHERE id = ?",
		ROW(id, INT64)),
	[FIND_BEFORE_BESIDE] = READ("SELECT l.id FROM merge_log l WHERE l.id > ? "
		"AND l.undone_at IS NULL AND " BEFORE("_next") " IS NOT NULL "
		"ORDER BY l.id LIMIT ?", AFTER, ROW(id, INT64)),
	[CLEAR_BEFORE_BESIDE] = WRITE(SET_BEFORE("_next", "NULL") "WHERE l.id = ?",
		ROW(id, INT64)),
	/* Also where no key opens the number. */
	[FIND_MEMBER_FILLED] = READ("SELECT id FROM member WHERE id > ? "
		"AND phone_hash_next <> phone_hash ORDER BY id LIMIT ?", AFTER, ROW(id, INT64)),
	[MOVE_MEMBER] = WRITE("UPDATE IGNORE member SET phone_hash = phone_hash_next "
		"WHERE id = ? AND phone_hash IS NOT NULL AND phone_hash_next IS NOT NULL",
		ROW(id, INT64)),
	[CONFIRMED_OF_USER] = READ_CONFIRMED("wechat_user"),
	[CONFIRMED_OF_RESIDENT] = READ_CONFIRMED("resident"),
	[CONFIRMED_OF_MEMBER] = READ_CONFIRMED("member"),
	[FILL_CONFIRMED] = WRITE("UPDATE account SET confirmed_phone_hash_next = ? "
		"WHERE id = ? AND confirmed_phone_hash = ?",
		ROW(written, HASH), ROW(account_id, UUID), ROW(found, HASH)),
	[FIND_FILLED] = READ("SELECT a.id FROM account a WHERE " AFTER_A
		" AND a.confirmed_phone_hash_next <> a.confirmed_phone_hash "
		"ORDER BY a.id LIMIT ?", AFTER_ACCOUNT, ROW(account_id, UUID)),
	[MOVE_CONFIRMED] = WRITE("UPDATE account "
		"SET confirmed_phone_hash = confirmed_phone_hash_next "
		"WHERE id = ? AND confirmed_phone_hash_next IS NOT NULL", ROW(account_id, UUID)),
	[BEFORE_OF_USER] = READ_BEFORE("wechat_user"),
	[BEFORE_OF_RESIDENT] = READ_BEFORE("resident"),
	[BEFORE_OF_MEMBER] = READ_BEFORE("member"),
	[FILL_BEFORE] = WRITE(SET_BEFORE("_next", "HEX(?)")
		"WHERE l.id = ? AND " BEFORE("") " = HEX(?)",
		ROW(written, HASH), ROW(id, INT64), ROW(found, HASH)),
	[FIND_BEFORE_FILLED] = READ("SELECT l.id FROM merge_log l WHERE l.id > ? "
		"AND l.undone_at IS NULL AND " BEFORE("_next") " <> " BEFORE("")
		" ORDER BY l.id LIMIT ?", AFTER, ROW(id, INT64)),
	[MOVE_BEFORE] = WRITE(SET_BEFORE("", BEFORE("_next")) "WHERE l.id = ?", ROW(id, INT64)),
	[COUNT_LEFT] = {
		.text = "SELECT COUNT(*) FROM account a LEFT JOIN setting s "
			"ON s.tenant_id = a.tenant_id AND s.name = 'phone_confirmation_days' "
			"WHERE a.confirmed_phone_hash IS NOT NULL "
			"AND NOT a.confirmed_phone_hash_next <=> a.confirmed_phone_hash "
			"AND a.confirmed_phone_at > UTC_TIMESTAMP(6) "
			"- INTERVAL COALESCE(s.value, ?) DAY AND NOT EXISTS "
			"(SELECT 1 FROM account_alias WHERE alias = a.id)",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(n_days, INT32)),
		.columns = COLUMNS(ROW(n_left, INT64)),
	},
};

const struct stmt_table lookup_columns_statements = STMT_TABLE(statements);

/* ---- The passes. */

/* Reads rows, hashes the text of each, and writes those whose hash is another one. kind NULL: there
 * is no text, and each row is written. */
struct sweep {
	int read, write;
	const char *kind;
};

static const struct sweep clears[] = {
	{FIND_BESIDE, CLEAR_BESIDE, NULL},
	{FIND_MEMBER_BESIDE, CLEAR_MEMBER_BESIDE, NULL},
	{FIND_BEFORE_BESIDE, CLEAR_BEFORE_BESIDE, NULL},
};

static const struct sweep fills[] = {
	{READ_MEMBER_BESIDE, WRITE_MEMBER_BESIDE, "phone"},
	{CONFIRMED_OF_USER, FILL_CONFIRMED, "phone"},
	{CONFIRMED_OF_RESIDENT, FILL_CONFIRMED, "phone"},
	{CONFIRMED_OF_MEMBER, FILL_CONFIRMED, "phone"},
	{BEFORE_OF_USER, FILL_BEFORE, "phone"},
	{BEFORE_OF_RESIDENT, FILL_BEFORE, "phone"},
	{BEFORE_OF_MEMBER, FILL_BEFORE, "phone"},
};

static const struct sweep moves[] = {
	{FIND_MEMBER_FILLED, MOVE_MEMBER, NULL},
	{READ_MEMBER_PHONE, WRITE_MEMBER_PHONE, "phone"},
	{READ_MEMBER_VOID, WRITE_MEMBER_VOID, "phone"},
	{READ_MEMBER_ID_CARD, WRITE_MEMBER_ID_CARD, "id_card"},
	{READ_RESIDENT_PHONE, WRITE_RESIDENT_PHONE, "phone"},
	{READ_RESIDENT_ID_CARD, WRITE_RESIDENT_ID_CARD, "id_card"},
	{READ_USER_PHONE, WRITE_USER_PHONE, "phone"},
	{FIND_FILLED, MOVE_CONFIRMED, NULL},
	{FIND_BEFORE_FILLED, MOVE_BEFORE, NULL},
};

/* All hashes of sealed values. */
static const struct sweep hashes[] = {
	{READ_MEMBER_BESIDE, 0, "phone"},
	{READ_MEMBER_VOID, 0, "phone"},
	{READ_MEMBER_ID_CARD, 0, "id_card"},
	{READ_RESIDENT_PHONE, 0, "phone"},
	{READ_RESIDENT_ID_CARD, 0, "id_card"},
	{READ_USER_PHONE, 0, "phone"},
};

typedef enum err row_batch(
	struct db *db, const struct sweep *sweep, struct lookup_row *rows, size_t n, void *ctx);

/* Calls batch for the rows of a sweep, some at a time. What a batch opened is forgotten after
 * it. */
static enum err sweep_read(
	struct db *db, const struct sweep *sweep, row_batch *batch, void *ctx)
{
	struct arena *arena = arena_new(BATCH_SIZE_MAX), *results = db->arena;
	struct lookup_row last = {.n_most = BATCH};
	enum err err;
	void *rows;
	size_t n;

	db_set_arena(db, arena);
	do {
		err = stmt_all(db, &statements[sweep->read], &last, &rows, &n);
		if (err == ERR_NONE && n > 0) {
			last.id = ((struct lookup_row *)rows)[n - 1].id;
			last.account_id = ((struct lookup_row *)rows)[n - 1].account_id;
			err = batch(db, sweep, rows, n, ctx);
		}
		arena_reset(arena);
	} while (err == ERR_NONE && n == BATCH);
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

static bool has_hash(const struct lookup_row *row)
{
	static const uint8_t none[CRYPTO_HASH_SIZE];

	return !crypto_equal(row->found, none, sizeof(none));
}

/* Returns whether the row is to be written. */
static bool make_hash(const struct db *db, const char *kind, struct lookup_row *row)
{
	const struct secret_text text = {row->tenant_id, kind, row->text};

	if (kind == NULL)
		return true;
	return has_hash(row) && !str_is_empty(row->text) &&
		secret_mac_next(db->keys, &text, row->written) &&
		!crypto_equal(row->written, row->stored, sizeof(row->written));
}

struct writing {
	const struct stmt *stmt;
	const struct lookup_row *rows;
	size_t n;
};

static enum err rows_write(struct db *db, void *ctx)
{
	const struct writing *writing = ctx;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < writing->n && err == ERR_NONE; i++)
		err = stmt_write(db, writing->stmt, &writing->rows[i]);
	return err;
}

/* Then requests have the database for themselves as long as the batch took. */
static enum err sweep_batch(
	struct db *db, const struct sweep *sweep, struct lookup_row *rows, size_t n, void *ctx)
{
	const int64_t begun_us = clock_monotonic_us();
	const struct lookup_pass *pass = ctx;
	struct writing writing = {.stmt = &statements[sweep->write], .rows = rows};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n; i++)
		if (make_hash(db, sweep->kind, &rows[i]))
			rows[writing.n++] = rows[i];
	if (writing.n > 0)
		err = transaction_run(db, rows_write, &writing);
	if (err == ERR_NONE)
		err = pass->batch_done(pass->ctx, (int64_t)n);
	clock_sleep_us(clock_monotonic_us() - begun_us);
	return err;
}

static enum err sweep_all(struct db *db, const struct sweep *sweeps, size_t n_sweeps,
	const struct lookup_pass *pass)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n_sweeps && err == ERR_NONE; i++)
		err = sweep_read(db, &sweeps[i], sweep_batch, (void *)pass);
	return err;
}

enum err lookup_columns_clear(struct db *db, const struct lookup_pass *pass)
{
	return sweep_all(db, clears, sizeof(clears) / sizeof(clears[0]), pass);
}

enum err lookup_columns_fill(struct db *db, const struct lookup_pass *pass)
{
	return sweep_all(db, fills, sizeof(fills) / sizeof(fills[0]), pass);
}

enum err lookup_columns_move(struct db *db, const struct lookup_pass *pass)
{
	return sweep_all(db, moves, sizeof(moves) / sizeof(moves[0]), pass);
}

enum err lookup_columns_count_left(struct db *db, int64_t *n_r)
{
	struct lookup_row row = {.n_days = setting_default(SETTING_phone_confirmation_days)};
	enum err err = stmt_need(db, &statements[COUNT_LEFT], &row, &row, ERR_INTERNAL);

	*n_r = row.n_left;
	return err;
}

/* ---- Counting. */

struct counting {
	void (*count)(void *ctx, int32_t number);
	void *ctx;
};

/* A hash whose text no key opens cannot be tried, unless it is known to be moved. */
static int32_t hash_made_by(
	const struct db *db, const struct sweep *sweep, const struct lookup_row *row)
{
	const struct secret_text text = {row->tenant_id, sweep->kind, row->text};

	if (!str_is_empty(row->text))
		return secret_mac_made_by(db->keys, SECRET_FOR_LOOKUP, &text, row->found);
	if (sweep->read == READ_MEMBER_BESIDE &&
		crypto_equal(row->found, row->stored, sizeof(row->found)))
		return secret_key_number(db->keys, SECRET_KEY_LOOKUP);
	return LOOKUP_KEY_UNKNOWN;
}

static enum err count_batch(
	struct db *db, const struct sweep *sweep, struct lookup_row *rows, size_t n, void *ctx)
{
	const struct counting *counting = ctx;

	for (size_t i = 0; i < n; i++)
		if (has_hash(&rows[i]))
			counting->count(counting->ctx, hash_made_by(db, sweep, &rows[i]));
	return ERR_NONE;
}

enum err lookup_columns_count(
	struct db *db, void (*count)(void *ctx, int32_t number), void *ctx)
{
	struct counting counting = {count, ctx};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]) && err == ERR_NONE; i++)
		err = sweep_read(db, &hashes[i], count_batch, &counting);
	return err;
}
