#include "arena.h"
#include "confirmed_phone.h"
#include "counters.h"
#include "crypto.h"
#include "fold.h"
#include "principal.h"
#include "setting.h"
#include "slot_limit.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "verify_code.h"

#define N_TRIES 5
#define N_CODES 1000000
#define N_OWNER_TRIES 10
#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)
#define N_SHARED_SLOTS 16
#define RESEND "phone_minute"
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
#define PHONE_HASH KEYED(struct code_row, phone, "verify_phone")
#define CODE_HASH KEYED(struct code_row, code, "verify_code")

#define OWNER_HASH KEYED(struct code_row, owner, "verify_owner")
/* The owner's wrong tries are counted beside the limits on messages. */
#define OWNER_TRIES KEYED(struct code_row, owner, "sms_counter")
#define IS_OWNER_TRIES "kind = 'owner_tries' AND subject_hash = ? AND slot = 0 "

#define SELECT_CODE                                                                             \
	"SELECT id, n_tries, used_at IS NOT NULL, expires_at <= UTC_TIMESTAMP(6), EXISTS "      \
	"(SELECT 1 FROM sms_counter WHERE tenant_id = ? AND " IS_OWNER_TRIES                    \
	"AND n_sent >= " STMT_NUMBER(N_OWNER_TRIES) ") "                                        \
	"FROM verify_code WHERE tenant_id = ? AND purpose = ? AND phone_hash = ? "              \
	"AND owner_hash = ?"
#define SELECT_CODE_PARAMS                                                                      \
	ROW(tenant_id, INT32), OWNER_TRIES, ROW(tenant_id, INT32), ROW(purpose, STR),           \
		PHONE_HASH, OWNER_HASH

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
		.text = "SELECT account_id, app_id, is_closed FROM wechat_user "
			"WHERE tenant_id = ? AND openid = ?",
		.params = COLUMNS(SCOPE(tenant_id, INT32), SCOPE(openid, STR)),
		.columns = COLUMNS(SCOPE(account_id, UUID), SCOPE(app_id, REF),
			SCOPE(is_closed, BOOL)),
	},
	[READ_RIGHT] = {
		.text = SELECT_CODE " AND code_hash = ?",
		.params = COLUMNS(SELECT_CODE_PARAMS, CODE_HASH),
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
			"WHERE v.id = ? AND v.n_tries < " STMT_NUMBER(N_TRIES) " "
			"AND c.n_sent < " STMT_NUMBER(N_OWNER_TRIES) " AND v.used_at IS NULL "
			"AND v.expires_at > UTC_TIMESTAMP(6)",
		.params = COLUMNS(OWNER_TRIES, CODE_HASH, CODE_HASH, ROW(id, INT64)),
	},
	[USE] = {
		.text = "UPDATE verify_code SET used_at = UTC_TIMESTAMP(6) "
			"WHERE id = ? AND used_at IS NULL",
		.params = COLUMNS(ROW(id, INT64)),
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
		.text = "DELETE FROM verify_code WHERE id = ?",
		.params = COLUMNS(ROW(id, INT64)),
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
	err = stmt_need_synced(db, &statements[OWNER], scope, scope, ERR_ABSENT);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	if (scope->is_closed)
		return db_refuse(db, ERR_USER_UNKNOWN, "the user's account is closed");
	if (!principal_owns(principal, scope->account_id))
		return db_refuse(db, ERR_USER_UNKNOWN, "not the own openid");
	return ERR_NONE;
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
	enum err err = stmt_need_synced(
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

enum err verify_code_use(struct db *db, int64_t id)
{
	const struct code_row row = {.id = id};
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

/* What the tenant has set. */
struct code_settings {
	int32_t n_of_tenant, reserve_percent, n_of_app, n_of_key;
};

struct code_make_ctx {
	const struct code_scope *scope;
	struct code_row row;
	struct slot_limit limits[SLOT_LIMITS_MAX];
	size_t n_limits;
	int32_t wait_s;
};

/* Adds a limit with a slot for each message. */
static void limit_exactly(struct code_make_ctx *make, const char *kind, const char *subject,
	int32_t n_messages, int32_t window_s)
{
	make->limits[make->n_limits++] = (struct slot_limit){
		.kind = kind,
		.subject = subject,
		.n_slots = n_messages,
		.n_most = n_messages,
		.window_s = window_s,
	};
}

/* Adds a limit with few slots, which many requests use at once. */
static void limit_shared(struct code_make_ctx *make, const char *kind, const char *subject,
	int32_t n_messages, int32_t window_s)
{
	limit_exactly(make, kind, subject, n_messages, window_s);
	make->limits[make->n_limits - 1].n_slots = N_SHARED_SLOTS;
}

/* One code of a phone's is kept for the account that has confirmed it. */
static void limit_phone(struct code_make_ctx *make, struct uuid holder)
{
	const struct code_scope *scope = make->scope;
	const bool is_kept = !uuid_is_nil(holder) && !uuid_is_equal(holder, scope->account_id);

	limit_exactly(make, "phone_hour", scope->phone, 5 - is_kept, HOUR_S);
	limit_exactly(make, "phone_day", scope->phone, 10 - is_kept, DAY_S);
}

static void limit_owner(struct db *db, struct code_make_ctx *make)
{
	const char *owner = make->row.owner;

	limit_exactly(make, "owner_phone_hour",
		arena_printf(db->arena, "%s %s", owner, make->scope->phone), 3, HOUR_S);
	limit_exactly(make, "owner_phones_day", owner, 10, DAY_S);
	make->limits[make->n_limits - 1].is_of_new = true;
	limit_exactly(make, "owner_hour", owner, 5, HOUR_S);
}

static void limit_source(struct code_make_ctx *make, const struct principal *principal,
	const char *address, const struct code_settings *settings)
{
	if (!principal_is_person(principal))
		limit_shared(make, "key_day", principal->name, settings->n_of_key, DAY_S);
	else if (address != NULL)
		limit_exactly(make, "address_hour", address, 20, HOUR_S);
}

/* A share of the tenant's codes is kept for phones that somebody has confirmed. */
static void limit_tenant(struct db *db, struct code_make_ctx *make, struct uuid holder,
	const struct code_settings *settings)
{
	int32_t n_of_tenant = settings->n_of_tenant;

	if (uuid_is_nil(holder))
		n_of_tenant -= (int32_t)((int64_t)n_of_tenant * settings->reserve_percent / 100);
	limit_shared(make, "app_hour", arena_printf(db->arena, "%d", make->scope->app_id),
		settings->n_of_app, HOUR_S);
	limit_shared(make, "tenant_day", "all", n_of_tenant, DAY_S);
}

static enum err verify_code_settings(
	struct db *db, int32_t tenant_id, struct code_settings *settings_r)
{
	enum err err = setting_int(db, tenant_id, SETTING_sms_per_day, &settings_r->n_of_tenant);

	if (err == ERR_NONE)
		err = setting_int(
			db, tenant_id, SETTING_sms_reserve_percent, &settings_r->reserve_percent);
	if (err == ERR_NONE)
		err = setting_int(
			db, tenant_id, SETTING_sms_per_app_and_hour, &settings_r->n_of_app);
	if (err == ERR_NONE)
		err = setting_int(
			db, tenant_id, SETTING_sms_per_key_and_day, &settings_r->n_of_key);
	return err;
}

/* The narrowest limit is the first, so that requests for one phone wait for each other there,
 * before they lock what other requests need. */
static enum err verify_code_set_limits(struct db *db, struct code_make_ctx *make,
	const struct principal *principal, const char *address)
{
	const struct code_scope *scope = make->scope;
	struct code_settings settings;
	struct uuid holder;
	enum err err = verify_code_settings(db, scope->tenant_id, &settings);

	if (err == ERR_NONE)
		err = confirmed_phone_find_holder(db, scope->tenant_id, scope->phone, &holder);
	if (err != ERR_NONE)
		return err;
	limit_exactly(make, RESEND, scope->phone, 1, MINUTE_S);
	limit_phone(make, holder);
	limit_owner(db, make);
	limit_source(make, principal, address, &settings);
	limit_tenant(db, make, holder, &settings);
	return ERR_NONE;
}

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

static enum err verify_code_insert(struct db *db, void *ctx)
{
	struct code_make_ctx *make = ctx;
	enum err err = slot_limit_take(db, make->scope->tenant_id, make->limits, make->n_limits,
		&make->wait_s);

	if (err == ERR_RATE)
		return db_refuse(db, ERR_SMS_RATE, db_reason(db, err));
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[OPEN_TRIES], &make->row);
	return err == ERR_NONE ? verify_code_store(db, &make->row) : err;
}

enum err verify_code_make(struct db *db, const struct code_scope *scope,
	const struct principal *principal, const char *address, struct verify_code *code_r)
{
	struct code_make_ctx make = {.scope = scope};
	enum err err;

	verify_code_make_digits(code_r->digits);
	make.row = verify_code_row(db, scope, code_r->digits);
	err = verify_code_set_limits(db, &make, principal, address);
	if (err == ERR_NONE)
		err = transaction_run(db, verify_code_insert, &make);
	code_r->id = make.row.id;
	code_r->wait_s = make.wait_s;
	return err;
}

struct code_withdraw_ctx {
	const struct code_scope *scope;
	int64_t id;
	bool is_free;
};

static enum err verify_code_drop(struct db *db, void *ctx)
{
	const struct code_withdraw_ctx *withdraw = ctx;
	const struct code_row row = {.id = withdraw->id};
	const struct code_scope *scope = withdraw->scope;
	const struct slot_limit resend = {.kind = RESEND, .subject = scope->phone};
	enum err err = ERR_NONE;

	if (withdraw->is_free)
		err = slot_limit_give_back(db, scope->tenant_id, &resend);
	return err == ERR_NONE ? stmt_write(db, &statements[DROP], &row) : err;
}

enum err verify_code_withdraw(struct db *db, const struct code_scope *scope,
	const struct verify_code *code, bool is_free)
{
	struct code_withdraw_ctx withdraw = {.scope = scope, .id = code->id, .is_free = is_free};

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
