#include "account.h"
#include "arena.h"
#include "counters.h"
#include "crypto.h"
#include "fold.h"
#include "principal.h"
#include "slot_limit.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "verify_code.h"

#define N_TRIES 5
#define N_CODES 1000000
#define N_OWNER_TRIES 10
#define HOUR_S 3600
#define IS_HOUR_OVER "begins_at <= UTC_TIMESTAMP(6) - INTERVAL 1 HOUR"

struct code_row {
	int64_t id;
	int32_t tenant_id;
	const char *purpose, *phone, *owner;
	const char *code; /* behind its purpose, owner and phone */
	int32_t n_tries;
	bool is_right, is_used, is_expired;
	bool has_tried_enough; /* the owner, with any phones */
};

#define SCOPE(member, type) COLUMN(struct code_scope, member, type)
#define ROW(member, type) COLUMN(struct code_row, member, type)
#define ROW_KEY ROW(tenant_id, INT32), ROW(id, INT64)
#define PHONE_HASH KEYED(struct code_row, phone, CODES, "verify_phone")
#define CODE_HASH KEYED(struct code_row, code, CODES, "verify_code")
#define OWNER_HASH KEYED(struct code_row, owner, CODES, "verify_owner")
#define BY_PHONE FOUND_BY(struct code_row, phone, CODES, "verify_phone")
#define BY_CODE FOUND_BY(struct code_row, code, CODES, "verify_code")
#define BY_OWNER FOUND_BY(struct code_row, owner, CODES, "verify_owner")
/* The owner's wrong tries are counted beside the limits on messages. */
#define OWNER_TRIES KEYED(struct code_row, owner, CODES, "sms_counter")
#define BY_OWNER_TRIES FOUND_BY(struct code_row, owner, CODES, "sms_counter")
#define IS_OWNER_TRIES "kind = 'owner_tries' AND subject_hash = ? AND slot = 0 "

#define SELECT_CODE                                                                             \
	"SELECT id, n_tries, used_at IS NOT NULL, expires_at <= UTC_TIMESTAMP(6), EXISTS "      \
	"(SELECT 1 FROM sms_counter WHERE tenant_id = ? AND " IS_OWNER_TRIES                    \
	"AND n_sent >= " STMT_NUMBER(N_OWNER_TRIES) ") "                                        \
	"FROM verify_code WHERE tenant_id = ? AND purpose = ? AND phone_hash = ? "              \
	"AND owner_hash = ?"
#define SELECT_CODE_PARAMS                                                                      \
	ROW(tenant_id, INT32), BY_OWNER_TRIES, ROW(tenant_id, INT32), ROW(purpose, STR),        \
		BY_PHONE, BY_OWNER

static const struct column code_columns[] = {
	ROW(id, INT64),
	ROW(n_tries, INT32),
	ROW(is_used, BOOL),
	ROW(is_expired, BOOL),
	ROW(has_tried_enough, BOOL),
	{.kind = COLUMN_END_OF_TABLE},
};

#define OLD                                                                                     \
	"verify_code FORCE INDEX (verify_code_age) "                                            \
	"WHERE expires_at <= UTC_TIMESTAMP(6) - INTERVAL 1 DAY ORDER BY expires_at"

enum { OWNER, READ_RIGHT, READ_ANY, OPEN_TRIES, COUNT_TRY, USE, ADD, DROP, PURGE };

static const struct stmt statements[] = {
	[OWNER] = {
		.text = "SELECT u.account_id, u.app_id, "
			"u.is_closed OR NOT COALESCE(" ACCOUNT_MAY_LOG_IN ", TRUE) "
			"FROM wechat_user u LEFT JOIN account a "
			"ON a.tenant_id = u.tenant_id AND a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.openid = ?",
		.reads_again = true,
		.params = COLUMNS(SCOPE(tenant_id, INT32), SCOPE(openid, STR)),
		.columns = COLUMNS(SCOPE(account_id, UUID), SCOPE(app_id, REF),
			SCOPE(is_disabled, BOOL)),
	},
	[READ_RIGHT] = {
		.text = SELECT_CODE " AND code_hash = ?",
		.reads_again = true,
		.params = COLUMNS(SELECT_CODE_PARAMS, BY_CODE),
		.columns = code_columns,
	},
	[READ_ANY] = {
		.text = SELECT_CODE,
		.params = COLUMNS(SELECT_CODE_PARAMS),
		.columns = code_columns,
	},
	/* With a new code, so that the row is there while a code lives. Assigned from left to
	 * right: n_sent sees the old begins_at. */
	[OPEN_TRIES] = {
		.text = "INSERT INTO sms_counter "
			"(tenant_id, kind, subject_hash, slot, begins_at, n_sent) "
			"VALUES (?, 'owner_tries', ?, 0, UTC_TIMESTAMP(6), 0) "
			"ON DUPLICATE KEY UPDATE n_sent = IF(" IS_HOUR_OVER ", 0, n_sent), "
			"begins_at = IF(" IS_HOUR_OVER ", UTC_TIMESTAMP(6), begins_at)",
		.params = COLUMNS(ROW(tenant_id, INT32), OWNER_TRIES),
	},
	/* Locks both rows, so that tries at once wait for each other. */
	[COUNT_TRY] = {
		.text = "UPDATE verify_code v JOIN sms_counter c ON c.tenant_id = v.tenant_id "
			"AND c." IS_OWNER_TRIES
			"SET v.n_tries = v.n_tries + (v.code_hash <> ?), "
			"c.n_sent = c.n_sent + (v.code_hash <> ?) "
			"WHERE v.tenant_id = ? AND v.id = ? "
			"AND v.n_tries < " STMT_NUMBER(N_TRIES) " "
			"AND c.n_sent < " STMT_NUMBER(N_OWNER_TRIES) " AND v.used_at IS NULL "
			"AND v.expires_at > UTC_TIMESTAMP(6)",
		.params = COLUMNS(BY_OWNER_TRIES, BY_CODE, BY_CODE, ROW_KEY),
	},
	[USE] = {
		.text = "UPDATE verify_code SET used_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ? AND used_at IS NULL",
		.params = COLUMNS(ROW_KEY),
	},
	[ADD] = {
		.text = "INSERT INTO verify_code "
			"(tenant_id, purpose, phone_hash, owner_hash, code_hash, created_at, "
			"expires_at) VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL 5 MINUTE)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(purpose, STR), PHONE_HASH,
			OWNER_HASH, CODE_HASH),
	},
	[DROP] = {
		.text = "DELETE FROM verify_code WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(ROW_KEY),
	},
	/* Until then a late try is answered that its code has expired. */
	[PURGE] = STMT_PURGE("verify_code", "id", OLD, "verify_code.id = old.id"),
};

const struct stmt_table verify_code_statements = STMT_TABLE(statements);

enum err verify_code_find_owner(struct db *db, const struct principal *principal,
	const char *openid, struct code_scope *scope)
{
	enum err err;

	if (openid == NULL || !str_is_openid(openid))
		return db_refuse(db, ERR_OPENID_MALFORMED, "OpenId is no openid");
	scope->openid = openid;
	err = stmt_need(db, &statements[OWNER], scope, scope, ERR_ABSENT);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	if (!principal_owns(principal, scope->account_id))
		return db_refuse(db, ERR_USER_UNKNOWN, "not the own openid");
	return scope->is_disabled
		? db_refuse(db, ERR_ACCOUNT_DISABLED, "the account is disabled or closed")
		: ERR_NONE;
}

static const char *owner_of(struct db *db, const struct code_scope *scope)
{
	char account[UUID_TEXT_SIZE];

	if (uuid_is_nil(scope->account_id))
		return arena_printf(db->arena, "openid %s", scope->openid);
	uuid_format(scope->account_id, account);
	return arena_printf(db->arena, "account %s", account);
}

/* All that a code is bound to is hashed with it: the same digits have another hash for another
 * phone. */
static struct code_row verify_code_row(
	struct db *db, const struct code_scope *scope, const char *code)
{
	const char *owner = owner_of(db, scope);

	return (struct code_row){
		.tenant_id = scope->tenant_id,
		.purpose = scope->purpose,
		.phone = scope->phone,
		.owner = owner,
		.code = arena_printf(db->arena, "%s %s %s %s", scope->purpose, owner,
			scope->phone, code),
	};
}

/* Returns why a code can no longer be tried; ERR_NONE if it can. */
static enum err verify_code_state(struct db *db, const struct code_row *row)
{
	if (row->is_used)
		return db_refuse(db, ERR_VERIFY_CODE_NONE, "the code was used before");
	if (row->is_expired)
		return ERR_VERIFY_CODE_EXPIRED;
	if (row->has_tried_enough)
		return db_refuse(db, ERR_VERIFY_CODE_TRIES, "too many wrong codes for all phones");
	return row->n_tries >= N_TRIES ? ERR_VERIFY_CODE_TRIES : ERR_NONE;
}

/* Looks for the right code first. Another one may be an older code, read from a node of a cluster
 * that has not caught up. */
static enum err verify_code_read(struct db *db, struct code_row *row)
{
	enum err err = stmt_need(
		db, &statements[READ_RIGHT], row, row, ERR_VERIFY_CODE_NONE);

	row->is_right = err == ERR_NONE;
	if (err == ERR_VERIFY_CODE_NONE)
		err = stmt_need(db, &statements[READ_ANY], row, row, ERR_VERIFY_CODE_NONE);
	if (err == ERR_VERIFY_CODE_NONE)
		return db_refuse(db, err, "the phone has no code");
	return err == ERR_NONE ? verify_code_state(db, row) : err;
}

/* Says what happened to a live code between its reading and the counting of the try. */
static enum err verify_code_read_lost(struct db *db, struct code_row *row)
{
	enum err err = verify_code_read(db, row);

	if (err == ERR_NONE)
		return db_refuse(db, ERR_VERIFY_CODE_NONE, "a newer code was made meanwhile");
	if (err == ERR_VERIFY_CODE_NONE && row->is_used)
		return db_refuse(db, err, "another request used the code meanwhile");
	return err;
}

/* Reads the digits as they are typed; "" if there are not exactly six. */
static void verify_code_read_digits(const char *text, char digits_r[VERIFY_CODE_DIGITS + 1])
{
	if (!fold_text(text, "-", digits_r, VERIFY_CODE_DIGITS + 1) ||
		strspn(digits_r, "0123456789") != VERIFY_CODE_DIGITS)
		*digits_r = '\0';
}

/* A try is counted before its outcome is known, so that of many tries at once only five are
 * compared. The right code uses up no try, since a request may be sent twice. */
enum err verify_code_try(
	struct db *db, const struct code_scope *scope, const char *code, int64_t *id_r)
{
	char digits[VERIFY_CODE_DIGITS + 1];
	struct code_row row;
	enum err err;

	verify_code_read_digits(code, digits);
	row = verify_code_row(db, scope, digits);
	err = verify_code_read(db, &row);
	if (err != ERR_NONE)
		return err;
	if (*digits == '\0')
		return db_refuse(db, ERR_VERIFY_CODE_WRONG, "not six digits");
	err = stmt_change(db, &statements[COUNT_TRY], &row, ERR_ABSENT);
	if (err == ERR_ABSENT)
		return verify_code_read_lost(db, &row);
	if (err != ERR_NONE)
		return err;
	*id_r = row.id;
	if (!row.is_right)
		return db_refuse(db, ERR_VERIFY_CODE_WRONG, "not the phone's code");
	return ERR_NONE;
}

enum err verify_code_was_used(
	struct db *db, const struct code_scope *scope, const char *code, bool *was_used_r)
{
	char digits[VERIFY_CODE_DIGITS + 1];
	struct code_row row;
	enum err err;

	verify_code_read_digits(code, digits);
	row = verify_code_row(db, scope, digits);
	err = stmt_need(db, &statements[READ_RIGHT], &row, &row, ERR_ABSENT);
	*was_used_r = err == ERR_NONE && row.is_used;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err verify_code_use(struct db *db, int32_t tenant_id, int64_t id)
{
	const struct code_row row = {.tenant_id = tenant_id, .id = id};
	enum err err = stmt_change(db, &statements[USE], &row, ERR_VERIFY_CODE_NONE);

	counter_add(COUNTER_CODES_USED, err == ERR_NONE);
	return err;
}

static void verify_code_make_digits(char digits_r[VERIFY_CODE_DIGITS + 1])
{
	uint32_t number;

	do
		crypto_random(&number, sizeof(number));
	while (number >= UINT32_MAX / N_CODES * N_CODES);
	snprintf(digits_r, VERIFY_CODE_DIGITS + 1, "%06u", (unsigned)(number % N_CODES));
}

struct code_make_ctx {
	const struct code_scope *scope;
	struct code_row row;
	struct code_limits limits;
	int32_t wait_s;
};

static enum err verify_code_store(struct db *db, struct code_row *row)
{
	struct code_row old = *row;
	enum err err = stmt_need(db, &statements[READ_ANY], &old, &old, ERR_ABSENT);

	if (err == ERR_NONE)
		err = stmt_write(db, &statements[DROP], &old);
	if (err == ERR_NONE || err == ERR_ABSENT)
		err = stmt_write(db, &statements[ADD], row);
	row->id = db->insert_id;
	return err;
}

static enum err verify_code_open_tries(struct db *db, const struct code_row *row)
{
	const struct slot_limit tries = {
		.kind = "owner_tries", .subject = row->owner, .n_slots = 1, .window_s = HOUR_S,
	};
	enum err err = slot_limit_rekey(db, row->tenant_id, &tries);

	return err == ERR_NONE ? stmt_write(db, &statements[OPEN_TRIES], row) : err;
}

static enum err verify_code_insert(struct db *db, void *ctx)
{
	struct code_make_ctx *make = ctx;
	enum err err = slot_limit_take(db, make->scope->tenant_id, make->limits.items,
		make->limits.n_items, &make->wait_s);

	if (err == ERR_RATE)
		return db_refuse(db, ERR_SMS_RATE, db_reason(db, err));
	if (err == ERR_NONE)
		err = verify_code_open_tries(db, &make->row);
	return err == ERR_NONE ? verify_code_store(db, &make->row) : err;
}

enum err verify_code_make(struct db *db, const struct code_scope *scope,
	const struct principal *principal, const char *address, struct verify_code *code_r)
{
	struct code_make_ctx make = {.scope = scope};
	struct code_requester requester = {
		.tenant_id = scope->tenant_id,
		.app_id = scope->app_id,
		.account_id = scope->account_id,
		.phone = scope->phone,
		.principal = principal,
		.address = address,
	};
	enum err err;

	verify_code_make_digits(code_r->digits);
	make.row = verify_code_row(db, scope, code_r->digits);
	requester.owner = make.row.owner;
	err = code_limits_find(db, &requester, &make.limits);
	if (err == ERR_NONE)
		err = transaction_run(db, verify_code_insert, &make);
	code_r->id = make.row.id;
	code_r->wait_s = make.wait_s;
	code_r->limits = make.limits;
	return err;
}

struct code_withdraw_ctx {
	const struct code_scope *scope;
	const struct verify_code *code;
	enum code_count count;
};

static size_t n_given_back(const struct code_limits *limits, enum code_count count)
{
	if (count == CODE_COUNTS)
		return 0;
	return count == CODE_COUNTS_FOR_OWNER ? limits->n_of_phone : limits->n_items;
}

static enum err verify_code_drop(struct db *db, void *ctx)
{
	const struct code_withdraw_ctx *withdraw = ctx;
	const struct code_scope *scope = withdraw->scope;
	const struct code_limits *limits = &withdraw->code->limits;
	const struct code_row row = {.tenant_id = scope->tenant_id, .id = withdraw->code->id};
	enum err err = code_limits_give_back(
		db, scope->tenant_id, limits, n_given_back(limits, withdraw->count));

	return err == ERR_NONE ? stmt_write(db, &statements[DROP], &row) : err;
}

enum err verify_code_withdraw(struct db *db, const struct code_scope *scope,
	const struct verify_code *code, enum code_count count)
{
	struct code_withdraw_ctx withdraw = {.scope = scope, .code = code, .count = count};

	return transaction_run(db, verify_code_drop, &withdraw);
}

enum err verify_code_purge(struct db *db)
{
	enum err err = slot_limit_purge(db);
	const int64_t n_counts = db->n_rows;

	if (err == ERR_NONE)
		err = stmt_write(db, &statements[PURGE], NULL);
	db->n_rows += n_counts;
	return err;
}
