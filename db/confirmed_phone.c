#include "account.h"
#include "arena.h"
#include "audit.h"
#include "confirmed_phone.h"
#include "connection.h"
#include "secret.h"
#include "setting.h"
#include "stmt.h"
#include "transaction.h"
#include "user_row.h"

struct phone_change {
	struct confirmed_phone confirmed;
	int32_t tenant_id; /* the same, where FOUND_BY() looks for it */
	int32_t source;    /* enum phone_source */
	int32_t wechat_user_id;
	int32_t n_days;    /* for which a confirmation counts */
	int64_t confirmed_us; /* of an import */
	struct uuid concurrency_stamp;
	bool is_holder; /* whose confirmation counts */
};

#define CHANGE(member, type) COLUMN(struct phone_change, member, type)
#define ACCOUNT_ID CHANGE(confirmed.account_id, UUID)
#define TENANT_ID CHANGE(tenant_id, INT32)
#define PHONE_HASH FOUND_BY(struct phone_change, confirmed.phone, LOOKUP, "phone")

#define COUNTS "confirmed_phone_at > UTC_TIMESTAMP(6) - INTERVAL ? DAY"
/* Whatever the optimizer thinks of a small table: a scan of all rows would lock them, and would not
 * wait for a row that gets this phone just now. */
#define BY_PHONE "FORCE INDEX (account_of_confirmed_phone) "
#define SET_NONE(a)                                                                             \
	a "confirmed_phone_hash = NULL, " a "confirmed_phone_hash_next = NULL, "                \
	a "confirmed_phone_source = NULL, " a "confirmed_phone_at = NULL"
/* An account a with its users. */
#define JOIN_USERS "JOIN wechat_user u ON u.account_id = a.id SET " USER_ROW_SET_CHANGED("u.") ", "

enum {
	HOLDER,
	BY_OWN_SMS,
	SET,
	BY_SMS_ELSEWHERE,
	LIST_OTHERS,
	CLEAR_OTHERS,
	FORGET,
	LOCK_CONFIRMED,
	WITHDRAW,
	GIVE_UP,
	SINCE_ELSEWHERE,
	SET_BEFORE,
};

static const struct stmt statements[] = {
	/* A merged account keeps its row for an undo. */
	[HOLDER] = {
		.text = "SELECT id FROM account WHERE tenant_id = ? AND confirmed_phone_hash = ? "
			"AND " COUNTS " AND NOT EXISTS "
			"(SELECT 1 FROM account_alias WHERE alias = account.id) "
			"ORDER BY confirmed_phone_at DESC, id DESC LIMIT 1",
		.params = COLUMNS(TENANT_ID, PHONE_HASH, CHANGE(n_days, INT32)),
		.columns = COLUMNS(ACCOUNT_ID),
	},
	[BY_OWN_SMS] = {
		.text = "SELECT id FROM account WHERE tenant_id = ? AND id = ? "
			"AND confirmed_phone_hash = ? AND confirmed_phone_source = ? "
			"AND " COUNTS " FOR UPDATE",
		.params = COLUMNS(TENANT_ID, ACCOUNT_ID, PHONE_HASH, CHANGE(source, INT32),
			CHANGE(n_days, INT32)),
		.columns = COLUMNS(ACCOUNT_ID),
	},
	[SET] = {
		.text = "UPDATE account a " JOIN_USERS "a.confirmed_phone_hash = ?, "
			"a.confirmed_phone_hash_next = ?, a.confirmed_phone_source = ?, "
			"a.confirmed_phone_at = UTC_TIMESTAMP(6), " ACCOUNT_SET_TOUCHED("a.")
			" WHERE a.tenant_id = ? AND a.id = ?",
		.changes_users = true,
		.params = COLUMNS(KEYED(struct phone_change, confirmed.phone, LOOKUP, "phone"),
			NEXT(struct phone_change, confirmed.phone, "phone"), CHANGE(source, INT32),
			CHANGE(concurrency_stamp, UUID), TENANT_ID, ACCOUNT_ID),
	},
	[BY_SMS_ELSEWHERE] = {
		.text = "SELECT id FROM account " BY_PHONE
			"WHERE tenant_id = ? AND confirmed_phone_hash = ? "
			"AND id <> ? AND confirmed_phone_source = ? AND " COUNTS " AND NOT EXISTS "
			"(SELECT 1 FROM account_alias WHERE alias = account.id) "
			"LIMIT 1 FOR UPDATE",
		.params = COLUMNS(TENANT_ID, PHONE_HASH, ACCOUNT_ID,
			CHANGE(source, INT32), CHANGE(n_days, INT32)),
		.columns = COLUMNS(ACCOUNT_ID),
	},
	[LIST_OTHERS] = {
		.text = "SELECT id, " COUNTS " AND NOT EXISTS "
			"(SELECT 1 FROM account_alias WHERE alias = account.id) "
			"FROM account " BY_PHONE "WHERE tenant_id = ? "
			"AND confirmed_phone_hash = ? AND id <> ? LIMIT 100 FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(CHANGE(n_days, INT32), TENANT_ID, PHONE_HASH, ACCOUNT_ID),
		.columns = COLUMNS(ACCOUNT_ID, CHANGE(is_holder, BOOL)),
		.row_size = sizeof(struct phone_change),
	},
	[CLEAR_OTHERS] = {
		.text = "UPDATE account a " BY_PHONE "LEFT " JOIN_USERS SET_NONE("a.") ", "
			ACCOUNT_SET_TOUCHED("a.") " WHERE a.tenant_id = ? "
			"AND a.confirmed_phone_hash = ? AND a.id <> ?",
		.changes_users = true,
		.reads_again = true,
		.params = COLUMNS(CHANGE(concurrency_stamp, UUID), TENANT_ID,
			PHONE_HASH, ACCOUNT_ID),
	},
	[FORGET] = {
		.text = "UPDATE account SET " SET_NONE("")
			" WHERE tenant_id = ? AND id = ? AND confirmed_phone_hash = ? "
			"AND NOT EXISTS (SELECT 1 FROM wechat_user u "
			"JOIN resident r ON r.wechat_user_id = u.id "
			"WHERE u.tenant_id = ? AND u.account_id = ? AND r.phone_hash = ?)",
		.params = COLUMNS(TENANT_ID, ACCOUNT_ID, PHONE_HASH, TENANT_ID, ACCOUNT_ID,
			PHONE_HASH),
	},
	[LOCK_CONFIRMED] = {
		.text = "SELECT a.id FROM wechat_user u JOIN account a ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.id = ? "
			"AND a.confirmed_phone_at IS NOT NULL FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(TENANT_ID, CHANGE(wechat_user_id, INT32)),
		.columns = COLUMNS(ACCOUNT_ID),
	},
	[WITHDRAW] = {
		.text = "UPDATE account a " JOIN_USERS SET_NONE("a.") ", "
			ACCOUNT_SET_TOUCHED("a.") " WHERE a.tenant_id = ? AND a.id = ?",
		.changes_users = true,
		.params = COLUMNS(CHANGE(concurrency_stamp, UUID), TENANT_ID, ACCOUNT_ID),
	},
	[GIVE_UP] = {
		.text = "UPDATE account a LEFT " JOIN_USERS SET_NONE("a.") ", "
			ACCOUNT_SET_TOUCHED("a.") " WHERE a.tenant_id = ? AND a.id = ? "
			"AND NOT a.confirmed_phone_hash_next <=> a.confirmed_phone_hash",
		.changes_users = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(CHANGE(concurrency_stamp, UUID), TENANT_ID, ACCOUNT_ID),
	},
	[SINCE_ELSEWHERE] = {
		.text = "SELECT id FROM account " BY_PHONE
			"WHERE tenant_id = ? AND confirmed_phone_hash = ? AND id <> ? "
			"AND confirmed_phone_at >= ? AND NOT EXISTS "
			"(SELECT 1 FROM account_alias WHERE alias = account.id) "
			"LIMIT 1 FOR UPDATE",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(TENANT_ID, PHONE_HASH, ACCOUNT_ID, CHANGE(confirmed_us, TIME)),
		.columns = COLUMNS(ACCOUNT_ID),
	},
	[SET_BEFORE] = {
		.text = "UPDATE account a " JOIN_USERS "a.confirmed_phone_hash = ?, "
			"a.confirmed_phone_hash_next = ?, a.confirmed_phone_source = ?, "
			"a.confirmed_phone_at = ?, " ACCOUNT_SET_TOUCHED("a.")
			" WHERE a.tenant_id = ? AND a.id = ? "
			"AND COALESCE(a.confirmed_phone_at < ?, TRUE)",
		.changes_users = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEYED(struct phone_change, confirmed.phone, LOOKUP, "phone"),
			NEXT(struct phone_change, confirmed.phone, "phone"), CHANGE(source, INT32),
			CHANGE(confirmed_us, TIME), CHANGE(concurrency_stamp, UUID), TENANT_ID,
			ACCOUNT_ID, CHANGE(confirmed_us, TIME)),
	},
};

const struct stmt_table confirmed_phone_statements = STMT_TABLE(statements);

static struct phone_change phone_change_of(const struct confirmed_phone *confirmed)
{
	return (struct phone_change){
		.confirmed = *confirmed,
		.tenant_id = confirmed->tenant_id,
		.concurrency_stamp = uuid_random(),
	};
}

enum err confirmed_phone_find_holder(
	struct db *db, int32_t tenant_id, const char *phone, struct uuid *account_id_r)
{
	struct phone_change row = {.tenant_id = tenant_id, .confirmed.phone = phone};
	enum err err = setting_int(
		db, tenant_id, SETTING_phone_confirmation_days, &row.n_days);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[HOLDER], &row, &row, ERR_ABSENT);
	*account_id_r = row.confirmed.account_id;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err confirmed_phone_counts(
	struct db *db, int32_t tenant_id, int32_t n_days, bool *counts_r)
{
	int32_t n_days_most;
	enum err err = setting_int(
		db, tenant_id, SETTING_phone_confirmation_days, &n_days_most);

	*counts_r = err == ERR_NONE && n_days < n_days_most;
	return err;
}

bool confirmed_phone_is(const struct db *db, int32_t tenant_id, const char *phone,
	const uint8_t hash[CRYPTO_HASH_SIZE])
{
	const struct secret_text text = {tenant_id, "phone", phone};
	uint8_t own[CRYPTO_HASH_SIZE];

	if (phone[0] == '\0')
		return false;
	secret_mac(db->keys, SECRET_FOR_LOOKUP, &text, own);
	if (crypto_equal(own, hash, sizeof(own)))
		return true;
	if (!secret_keys_are_two(db->keys))
		return false;
	secret_mac_beside(db->keys, SECRET_FOR_LOOKUP, &text, own);
	return crypto_equal(own, hash, sizeof(own));
}

/* Looks for an SMS that counts, by which the number was confirmed. */
static enum err find_sms(
	struct db *db, const struct stmt *stmt, const struct phone_change *change, bool *is_found_r)
{
	struct phone_change row = *change;
	enum err err = setting_int(
		db, row.tenant_id, SETTING_phone_confirmation_days, &row.n_days);

	row.source = PHONE_BY_SMS;
	if (err == ERR_NONE)
		err = stmt_need(db, stmt, &row, &row, ERR_ABSENT);
	*is_found_r = err == ERR_NONE;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

struct phone_act {
	const char *action, *actor, *details;
};

static enum err phone_audit(struct db *db, int32_t tenant_id, struct uuid account_id,
	const struct phone_act *act)
{
	char id[UUID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = tenant_id,
		.action = act->action,
		.actor = act->actor,
		.subject = id,
		.details = act->details,
	};

	uuid_format(account_id, id);
	return audit_write(db, &entry);
}

/* Others lose the number, which the account has got. The audit says who. */
static enum err phone_clear_others(struct db *db, const struct phone_change *change,
	const struct phone_act *lose, size_t *n_losers_r)
{
	struct phone_change key = *change;
	const struct phone_change *others;
	void *rows;
	size_t n = 0;
	enum err err = setting_int(
		db, key.tenant_id, SETTING_phone_confirmation_days, &key.n_days);

	*n_losers_r = 0;
	if (err == ERR_NONE)
		err = stmt_all(db, &statements[LIST_OTHERS], &key, &rows, &n);
	if (err != ERR_NONE || n == 0)
		return err;
	others = rows;
	err = stmt_write(db, &statements[CLEAR_OTHERS], change);
	for (size_t i = 0; i < n && err == ERR_NONE; i++) {
		if (!others[i].is_holder)
			continue;
		++*n_losers_r;
		err = phone_audit(db, change->tenant_id, others[i].confirmed.account_id, lose);
	}
	return err;
}

static enum err phone_take_over(struct db *db, const struct phone_change *change)
{
	const char *by = change->source == PHONE_BY_SMS ? "sms" : "button";
	const struct phone_act lose = {
		"phone.lose", "person", arena_printf(db->arena, "{\"by\":\"%s\"}", by),
	};
	struct phone_act confirm = {"phone.confirm", "person", NULL};
	size_t n_losers;
	enum err err = phone_clear_others(db, change, &lose, &n_losers);

	if (err != ERR_NONE)
		return err;
	confirm.details = arena_printf(db->arena, "{\"by\":\"%s\",\"is_taken_over\":%s}", by,
		n_losers > 0 ? "true" : "false");
	return phone_audit(db, change->tenant_id, change->confirmed.account_id, &confirm);
}

static enum err phone_set(struct db *db, const struct phone_change *change)
{
	enum err err = stmt_write(db, &statements[SET], change);

	return err == ERR_NONE ? phone_take_over(db, change) : err;
}

/* An SMS of the account's own stays, since no other account's button takes the number from it. The
 * account has the number when the others are looked at, so that of two accounts that confirm it at
 * once each waits there for the other. */
static enum err phone_set_by_button(struct db *db, const struct phone_change *change)
{
	bool is_own, is_elsewhere;
	enum err err = find_sms(db, &statements[BY_OWN_SMS], change, &is_own);

	if (err != ERR_NONE || is_own)
		return err;
	err = stmt_write(db, &statements[SET], change);
	if (err == ERR_NONE)
		err = find_sms(db, &statements[BY_SMS_ELSEWHERE], change, &is_elsewhere);
	if (err == ERR_NONE && is_elsewhere)
		return ERR_PHONE_CONFIRMED_ELSEWHERE;
	return err == ERR_NONE ? phone_take_over(db, change) : err;
}

enum err confirmed_phone_set(
	struct db *db, const struct confirmed_phone *confirmed, enum phone_source source)
{
	struct phone_change row = phone_change_of(confirmed);

	row.source = source;
	return source == PHONE_BY_BUTTON ? phone_set_by_button(db, &row) : phone_set(db, &row);
}

enum err confirmed_phone_import(struct db *db, const struct confirmed_phone *confirmed,
	int64_t confirmed_us, int64_t since_us, enum phone_import *outcome_r)
{
	static const struct phone_act lose = {
		"phone.lose", "wxuserctl", "{\"by\":\"import\"}",
	};
	struct phone_change row = phone_change_of(confirmed), other;
	size_t n_losers;
	enum err err;

	row.source = PHONE_BY_KEY;
	row.confirmed_us = since_us;
	*outcome_r = PHONE_IMPORT_ELSEWHERE;
	err = stmt_need(db, &statements[SINCE_ELSEWHERE], &row, &other, ERR_ABSENT);
	if (err != ERR_ABSENT)
		return err;
	row.confirmed_us = confirmed_us;
	err = stmt_write(db, &statements[SET_BEFORE], &row);
	*outcome_r = err == ERR_NONE && db->n_rows > 0 ? PHONE_IMPORT_SET : PHONE_IMPORT_SAME;
	return *outcome_r == PHONE_IMPORT_SET ? phone_clear_others(db, &row, &lose, &n_losers)
					      : err;
}

enum err confirmed_phone_forget(struct db *db, const struct confirmed_phone *confirmed)
{
	const struct phone_change row = phone_change_of(confirmed);

	enum err err = stmt_write(db, &statements[FORGET], &row);

	return err == ERR_NONE && db->n_rows > 0
		? user_row_date_account(db, confirmed->tenant_id, confirmed->account_id)
		: err;
}

/* The account may have become another one since the request began: two were merged. */
static enum err phone_withdraw(struct db *db, void *ctx)
{
	static const struct phone_act withdraw = {"phone.withdraw", "person", "{}"};
	struct phone_change *row = ctx;
	enum err err = stmt_need(db, &statements[LOCK_CONFIRMED], row, row, ERR_ABSENT);

	if (err != ERR_NONE)
		return err;
	err = stmt_write(db, &statements[WITHDRAW], row);
	return err == ERR_NONE
		? phone_audit(db, row->tenant_id, row->confirmed.account_id, &withdraw)
		: err;
}

enum err confirmed_phone_withdraw(struct db *db, int32_t tenant_id, int32_t wechat_user_id)
{
	struct phone_change row = {
		.tenant_id = tenant_id, .wechat_user_id = wechat_user_id,
		.concurrency_stamp = uuid_random(),
	};
	enum err err = transaction_run(db, phone_withdraw, &row);

	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err confirmed_phone_give_up(struct db *db, int32_t tenant_id, struct uuid account_id)
{
	static const struct phone_act lose = {
		"phone.lose", "wxuserctl", "{\"by\":\"keys.give_up\"}",
	};
	const struct phone_change row = {
		.tenant_id = tenant_id, .confirmed.account_id = account_id,
		.concurrency_stamp = uuid_random(),
	};
	enum err err = stmt_write(db, &statements[GIVE_UP], &row);

	return err == ERR_NONE && db->n_rows > 0 ? phone_audit(db, tenant_id, account_id, &lose)
						  : err;
}
