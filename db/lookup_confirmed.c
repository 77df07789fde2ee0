#include "account.h"
#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "confirmed_phone.h"
#include "lookup_confirmed.h"
#include "lookup_rows.h"
#include "secret.h"
#include "setting.h"
#include "str.h"
#include "transaction.h"
#include "user_row.h"

#define BATCH 100
#define BATCH_SIZE_MAX (1 << 20)

#define READ(TEXT_, PARAMS, ...)                                                                \
	{                                                                                       \
		.text = TEXT_, .params = PARAMS, LOOKUP_READS(__VA_ARGS__),                     \
		.user = DB_USER_CONTROL,                                                        \
	}
#define WRITE(TEXT_, ...)                                                                       \
	{                                                                                       \
		.text = TEXT_, LOOKUP_WRITES(__VA_ARGS__), .user = DB_USER_CONTROL,             \
	}
#define AFTER COLUMNS(LOOKUP_ROW(account_id, UUID), LOOKUP_ROW(n_most, INT64))
#define AFTER_A "a.id > COALESCE(?, '')"
/* The number of an account's confirmed phone, where a row of the table has it. */
#define READ_CONFIRMED(table)                                                                   \
	READ("SELECT a.id, t.tenant_id, t.row_uuid, t.phone, a.confirmed_phone_hash, "   \
		"a.confirmed_phone_hash_next FROM account a JOIN " table " t "                  \
		"ON t.tenant_id = a.tenant_id AND t.phone_hash = a.confirmed_phone_hash "       \
		"WHERE " AFTER_A " ORDER BY a.id LIMIT ?", AFTER,                               \
		LOOKUP_ROW(account_id, UUID), LOOKUP_TEXT(table, "phone"))
/* All numbers of a table. */
#define READ_PHONES(table)                                                                      \
	READ("SELECT id, tenant_id, row_uuid, phone FROM " table                         \
		" WHERE id > ? AND phone IS NOT NULL ORDER BY id LIMIT ?", LOOKUP_AFTER,        \
		LOOKUP_ROW(id, INT64), LOOKUP_ROW(tenant_id, INT32), LOOKUP_ROW(row_uuid, UUID), \
		TRIED(struct lookup_row, text, table, "phone"))

/* What an undo of a merge gives back. */
#define BEFORE(name) "JSON_VALUE(l.moved, '$.survivor.confirmed_phone_hash" name "')"
#define SET_BEFORE(name, value)                                                                 \
	"UPDATE merge_log l SET l.moved = JSON_SET(l.moved, "                                   \
	"'$.survivor.confirmed_phone_hash" name "', " value ") "
#define READ_BEFORE(table)                                                                      \
	READ("SELECT l.id, t.tenant_id, t.row_uuid, t.phone, t.phone_hash, "             \
		"UNHEX(" BEFORE("_next") ") FROM merge_log l JOIN " table " t "                 \
		"ON t.tenant_id = l.tenant_id "                                                 \
		"AND t.phone_hash = UNHEX(" BEFORE("") ") "                                     \
		"WHERE l.id > ? AND l.undone_at IS NULL ORDER BY l.id LIMIT ?", LOOKUP_AFTER,   \
		LOOKUP_ROW(id, INT64), LOOKUP_TEXT(table, "phone"))

/* An account a whose confirmation counts, and was not moved. */
#define LEFT                                                                                    \
	"FROM account a LEFT JOIN setting s "                                                   \
	"ON s.tenant_id = a.tenant_id AND s.name = 'phone_confirmation_days' "                  \
	"WHERE a.confirmed_phone_hash IS NOT NULL "                                             \
	"AND NOT a.confirmed_phone_hash_next <=> a.confirmed_phone_hash "                       \
	"AND a.confirmed_phone_at > UTC_TIMESTAMP(6) - INTERVAL COALESCE(s.value, ?) DAY "      \
	"AND NOT EXISTS (SELECT 1 FROM account_alias WHERE alias = a.id) "

enum {
	FIND_BESIDE,
	CLEAR_BESIDE,
	FIND_BEFORE_BESIDE,
	CLEAR_BEFORE_BESIDE,
	OF_USER,
	OF_RESIDENT,
	OF_MEMBER,
	FILL,
	FIND_FILLED,
	MOVE,
	BEFORE_OF_USER,
	BEFORE_OF_RESIDENT,
	BEFORE_OF_MEMBER,
	FILL_BEFORE,
	FIND_BEFORE_FILLED,
	MOVE_BEFORE,
	PHONES_OF_USERS,
	PHONES_OF_RESIDENTS,
	PHONES_OF_MEMBERS,
	REPLACE,
	COUNT_LEFT,
	LIST_LEFT,
};

static const struct stmt statements[] = {
	[FIND_BESIDE] = READ("SELECT a.id FROM account a WHERE " AFTER_A
		" AND a.confirmed_phone_hash_next IS NOT NULL "
		"ORDER BY a.id LIMIT ?", AFTER, LOOKUP_ROW(account_id, UUID)),
	[CLEAR_BESIDE] = WRITE("UPDATE account SET confirmed_phone_hash_next = NULL "
		"WHERE id = ?", LOOKUP_ROW(account_id, UUID)),
	[FIND_BEFORE_BESIDE] = READ("SELECT l.id FROM merge_log l WHERE l.id > ? "
		"AND l.undone_at IS NULL AND " BEFORE("_next") " IS NOT NULL "
		"ORDER BY l.id LIMIT ?", LOOKUP_AFTER, LOOKUP_ROW(id, INT64)),
	[CLEAR_BEFORE_BESIDE] = WRITE(SET_BEFORE("_next", "NULL") "WHERE l.id = ?",
		LOOKUP_ROW(id, INT64)),
	[OF_USER] = READ_CONFIRMED("wechat_user"),
	[OF_RESIDENT] = READ_CONFIRMED("resident"),
	[OF_MEMBER] = READ_CONFIRMED("member"),
	[FILL] = WRITE("UPDATE account SET confirmed_phone_hash_next = ? "
		"WHERE id = ? AND confirmed_phone_hash = ?",
		LOOKUP_ROW(written, HASH), LOOKUP_ROW(account_id, UUID), LOOKUP_ROW(found, HASH)),
	[FIND_FILLED] = READ("SELECT a.id FROM account a WHERE " AFTER_A
		" AND a.confirmed_phone_hash_next <> a.confirmed_phone_hash "
		"ORDER BY a.id LIMIT ?", AFTER, LOOKUP_ROW(account_id, UUID)),
	[MOVE] = WRITE("UPDATE account "
		"SET confirmed_phone_hash = confirmed_phone_hash_next "
		"WHERE id = ? AND confirmed_phone_hash_next IS NOT NULL",
		LOOKUP_ROW(account_id, UUID)),
	[BEFORE_OF_USER] = READ_BEFORE("wechat_user"),
	[BEFORE_OF_RESIDENT] = READ_BEFORE("resident"),
	[BEFORE_OF_MEMBER] = READ_BEFORE("member"),
	[FILL_BEFORE] = WRITE(SET_BEFORE("_next", "HEX(?)")
		"WHERE l.id = ? AND " BEFORE("") " = HEX(?)",
		LOOKUP_ROW(written, HASH), LOOKUP_ROW(id, INT64), LOOKUP_ROW(found, HASH)),
	[FIND_BEFORE_FILLED] = READ("SELECT l.id FROM merge_log l WHERE l.id > ? "
		"AND l.undone_at IS NULL AND " BEFORE("_next") " <> " BEFORE("")
		" ORDER BY l.id LIMIT ?", LOOKUP_AFTER, LOOKUP_ROW(id, INT64)),
	[MOVE_BEFORE] = WRITE(
		SET_BEFORE("", BEFORE("_next")) "WHERE l.id = ?", LOOKUP_ROW(id, INT64)),
	[PHONES_OF_USERS] = READ_PHONES("wechat_user"),
	[PHONES_OF_RESIDENTS] = READ_PHONES("resident"),
	[PHONES_OF_MEMBERS] = READ_PHONES("member"),
	[REPLACE] = {
		.text = "UPDATE account SET confirmed_phone_hash = ?, "
			"confirmed_phone_hash_next = ? "
			"WHERE tenant_id = ? AND confirmed_phone_hash = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(LOOKUP_ROW(written, HASH), LOOKUP_ROW(written, HASH),
			LOOKUP_ROW(tenant_id, INT32), LOOKUP_ROW(found, HASH)),
	},
	[COUNT_LEFT] = {
		.text = "SELECT COUNT(*) " LEFT,
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(LOOKUP_ROW(n_days, INT32)),
		.columns = COLUMNS(LOOKUP_ROW(n_left, INT64)),
	},
	[LIST_LEFT] = {
		.text = "SELECT a.tenant_id, a.id " LEFT "ORDER BY a.id LIMIT ?",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(LOOKUP_ROW(n_days, INT32), LOOKUP_ROW(n_most, INT64)),
		.columns = COLUMNS(LOOKUP_ROW(tenant_id, INT32), LOOKUP_ROW(account_id, UUID)),
		.row_size = sizeof(struct lookup_row),
	},
};

const struct stmt_table lookup_confirmed_statements = STMT_TABLE(statements);

/* ---- The passes. */

#define SWEEP(read, write, kind)                                                                \
	{                                                                                       \
		&statements[read], &statements[write], kind                                     \
	}
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

enum err lookup_confirmed_clear(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep sweeps[] = {
		SWEEP(FIND_BESIDE, CLEAR_BESIDE, NULL),
		SWEEP(FIND_BEFORE_BESIDE, CLEAR_BEFORE_BESIDE, NULL),
	};

	return lookup_rows_sweep(db, sweeps, N_OF(sweeps), pass);
}

enum err lookup_confirmed_fill(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep sweeps[] = {
		SWEEP(OF_USER, FILL, "phone"),
		SWEEP(OF_RESIDENT, FILL, "phone"),
		SWEEP(OF_MEMBER, FILL, "phone"),
		SWEEP(BEFORE_OF_USER, FILL_BEFORE, "phone"),
		SWEEP(BEFORE_OF_RESIDENT, FILL_BEFORE, "phone"),
		SWEEP(BEFORE_OF_MEMBER, FILL_BEFORE, "phone"),
	};

	return lookup_rows_sweep(db, sweeps, N_OF(sweeps), pass);
}

/* A merge or an undo copies hashes between accounts, and from merge_log, while they are moved. */
enum err lookup_confirmed_move(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep sweeps[] = {
		SWEEP(FIND_FILLED, MOVE, NULL),
		SWEEP(FIND_BEFORE_FILLED, MOVE_BEFORE, NULL),
		SWEEP(FIND_FILLED, MOVE, NULL),
	};

	return lookup_rows_sweep(db, sweeps, N_OF(sweeps), pass);
}

enum err lookup_confirmed_are_moved(struct db *db, bool *are_r)
{
	enum err err = lookup_rows_are_none(db, &statements[FIND_FILLED], are_r);

	return err == ERR_NONE && *are_r
		? lookup_rows_are_none(db, &statements[FIND_BEFORE_FILLED], are_r)
		: err;
}

/* ---- By the number. */

/* Appends a row for each other key of the file. */
static size_t add_hashes(
	const struct db *db, const struct lookup_row *of, struct lookup_row *rows, size_t n)
{
	const struct secret_text text = {of->tenant_id, "phone", of->text};
	struct lookup_row row = *of;

	secret_mac(db->keys, SECRET_FOR_LOOKUP, &text, row.written);
	for (size_t i = 0;
		secret_mac_of(db->keys, i, SECRET_FOR_LOOKUP, &text, row.found) != 0; i++)
		if (!crypto_equal(row.found, row.written, sizeof(row.found)))
			rows[n++] = row;
	return n;
}

static enum err find_batch(struct db *db, const struct lookup_sweep *sweep,
	struct lookup_row *rows, size_t n, void *ctx)
{
	const int64_t begun_us = clock_monotonic_us();
	const struct lookup_pass *pass = ctx;
	struct lookup_row *hashed = arena_array(db->arena, struct lookup_row, n * SECRET_KEYS_MAX);
	int64_t n_written;
	size_t n_hashed = 0;
	enum err err;

	for (size_t i = 0; i < n; i++)
		if (!str_is_empty(rows[i].text))
			n_hashed = add_hashes(db, &rows[i], hashed, n_hashed);
	err = lookup_rows_write(db, sweep->write, hashed, n_hashed, &n_written);
	if (err == ERR_NONE)
		err = pass->batch_done(pass->ctx, (int64_t)n, n_written);
	clock_sleep_us(clock_monotonic_us() - begun_us);
	return err;
}

enum err lookup_confirmed_find(struct db *db, const struct lookup_pass *pass)
{
	static const struct lookup_sweep sweeps[] = {
		SWEEP(PHONES_OF_USERS, REPLACE, "phone"),
		SWEEP(PHONES_OF_RESIDENTS, REPLACE, "phone"),
		SWEEP(PHONES_OF_MEMBERS, REPLACE, "phone"),
	};
	struct lookup_reading reading = {.batch = find_batch, .ctx = (void *)pass};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < N_OF(sweeps) && err == ERR_NONE; i++)
		err = lookup_rows_read(db, &sweeps[i], &reading);
	return err;
}

/* ---- Those that are left. */

enum err lookup_confirmed_count_left(struct db *db, int64_t *n_r)
{
	struct lookup_row row = {.n_days = setting_default(SETTING_phone_confirmation_days)};
	enum err err = stmt_need(db, &statements[COUNT_LEFT], &row, &row, ERR_INTERNAL);

	*n_r = row.n_left;
	return err;
}

struct giving_up {
	const struct lookup_row *rows;
	size_t n;
};

static enum err give_up_batch(struct db *db, void *ctx)
{
	const struct giving_up *giving = ctx;
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "keys.give_up",
		.actor = "wxuserctl",
		.subject = "confirmed phones",
		.details = arena_printf(db->arena, "{\"confirmations\":%zu}", giving->n),
	};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < giving->n && err == ERR_NONE; i++)
		err = confirmed_phone_give_up(
			db, giving->rows[i].tenant_id, giving->rows[i].account_id);
	return err == ERR_NONE ? audit_write(db, &entry) : err;
}

static enum err give_up_some(struct db *db, const struct lookup_pass *pass, size_t *n_r)
{
	const struct lookup_row key = {
		.n_days = setting_default(SETTING_phone_confirmation_days), .n_most = BATCH,
	};
	struct giving_up giving;
	void *rows;
	enum err err = stmt_all(db, &statements[LIST_LEFT], &key, &rows, &giving.n);

	giving.rows = rows;
	*n_r = giving.n;
	if (err == ERR_NONE && giving.n > 0)
		err = transaction_run(db, give_up_batch, &giving);
	return err == ERR_NONE
		? pass->batch_done(pass->ctx, (int64_t)giving.n, (int64_t)giving.n)
		: err;
}

enum err lookup_confirmed_give_up(struct db *db, const struct lookup_pass *pass)
{
	struct arena *arena = arena_new(BATCH_SIZE_MAX), *results = db->arena;
	enum err err;
	size_t n;

	db_set_arena(db, arena);
	do {
		err = give_up_some(db, pass, &n);
		arena_reset(arena);
	} while (err == ERR_NONE && n > 0);
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}
