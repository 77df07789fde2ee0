#include "account.h"
#include "arena.h"
#include "audit.h"
#include "erasure.h"
#include "erasure_log.h"
#include "mobile.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct target {
	int32_t tenant_id, app_id, id;
	const char *openid;
	int64_t before_us; /* 0: all of it */
	struct uuid row_uuid;
	struct uuid account_id;
	struct uuid gone_id; /* the account, where it goes too; else nil */
	const char *unionid, *phone;
	bool has_others;
	int64_t now_us; /* the database's */
};

/* A phone, and what seals it. */
struct phone_row {
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
	const char *phone;
};

/* The longest openid, and a NUL. */
#define OPENID_SIZE 65

struct stored {
	int32_t id, tenant_id, app_id;
	const char *appid, *openid;
};

#define ROW(member, type) COLUMN(struct target, member, type)
#define PHONE(member, type) COLUMN(struct phone_row, member, type)
#define STORED(member, type) COLUMN(struct stored, member, type)
#define STORED_COLUMNS                                                                          \
	COLUMNS(STORED(id, INT32), STORED(tenant_id, INT32), STORED(app_id, REF),               \
		STORED(appid, STR), STORED(openid, STR))
#define ID COLUMNS(ROW(id, INT32))
#define GONE COLUMNS(ROW(gone_id, UUID))
/* What WeChat has told of the openid, all of it or before then. */
#define TOLD                                                                                    \
	" WHERE app_id = ? AND openid = ? "                                                     \
	"AND happened_at < COALESCE(?, happened_at + INTERVAL 1 SECOND)"
#define TOLD_PARAMS COLUMNS(ROW(app_id, INT32), ROW(openid, STR), ROW(before_us, TIME))
/* The merges of the account, and of those that are its own by now. */
#define JOIN_MINE                                                                               \
	" JOIN (SELECT ? AS id UNION SELECT alias FROM account_alias WHERE account_id = ?) "    \
	"mine ON mine.id IN (l.survivor_id, l.merged_id) "

enum {
	LOCK, MARK_ACCOUNT, OTHERS, RESIDENT_PHONE, FORGET_CODE,
	/* Run in this order. */
	BINDING, RESIDENT, TOKENS, CLAIMS, CONFLICTS, EVENTS, FOLLOW, MERGES, APART, USER, UNIONIDS,
	MEMBERSHIPS,
	/* Of an account that goes. */
	ALIASES, DELETE_ALIASES, ACCOUNT,
	/* The replay's. */
	ALL_USERS, ALL_FOLLOWS,
};

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT id, tenant_id, row_uuid, openid, account_id, unionid, phone "
			"FROM wechat_user WHERE tenant_id = ? AND openid = ? "
			"AND COALESCE(app_id, ?) = ? AND created_at < COALESCE(?, created_at + "
			"INTERVAL 1 SECOND) FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(openid, STR), ROW(app_id, INT32),
			ROW(app_id, INT32), ROW(before_us, TIME)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			ROW(openid, STR), ROW(account_id, UUID), ROW(unionid, STR),
			SEALED(struct target, phone, "wechat_user", "phone")),
	},
	/* Nobody comes or goes from here on, on no node of a cluster. */
	[MARK_ACCOUNT] = {
		.text = "UPDATE account SET n_moves = n_moves + 1 WHERE id = ?",
		.params = COLUMNS(ROW(account_id, UUID)),
	},
	[OTHERS] = {
		.text = "SELECT EXISTS (SELECT 1 FROM wechat_user "
			"WHERE account_id = ? AND id <> ?), UTC_TIMESTAMP(6)",
		.params = COLUMNS(ROW(account_id, UUID), ROW(id, INT32)),
		.columns = COLUMNS(ROW(has_others, BOOL), ROW(now_us, TIME)),
	},
	[RESIDENT_PHONE] = {
		.text = "SELECT tenant_id, row_uuid, phone FROM resident WHERE wechat_user_id = ?",
		.params = COLUMNS(PHONE(wechat_user_id, INT32)),
		.columns = COLUMNS(PHONE(tenant_id, INT32), PHONE(row_uuid, UUID),
			SEALED(struct phone_row, phone, "resident", "phone")),
	},
	[FORGET_CODE] = {
		.text = "DELETE FROM verify_code WHERE tenant_id = ? AND phone_hash = ?",
		.params = COLUMNS(PHONE(tenant_id, INT32),
			KEYED(struct phone_row, phone, "verify_phone")),
	},
	[BINDING] = {
		.text = "DELETE FROM member_binding WHERE wechat_user_id = ?",
		.params = ID,
	},
	[RESIDENT] = {
		.text = "DELETE FROM resident WHERE wechat_user_id = ?",
		.params = ID,
	},
	[TOKENS] = {
		.text = "DELETE FROM access_token WHERE wechat_user_id = ?",
		.params = ID,
	},
	[CLAIMS] = {
		.text = "DELETE FROM login_claim WHERE wechat_user_id = ?",
		.params = ID,
	},
	[CONFLICTS] = {
		.text = "DELETE FROM account_conflict WHERE wechat_user_id = ? OR account_id = ? "
			"OR other_account_id = ?",
		.params = COLUMNS(ROW(id, INT32), ROW(gone_id, UUID), ROW(gone_id, UUID)),
	},
	[EVENTS] = {
		.text = "DELETE FROM push_event" TOLD,
		.params = TOLD_PARAMS,
	},
	[FOLLOW] = {
		.text = "DELETE FROM waiting_follow" TOLD,
		.params = TOLD_PARAMS,
	},
	[MERGES] = {
		.text = "DELETE l FROM merge_log l" JOIN_MINE
			"WHERE l.undone_at IS NULL OR ? IS NOT NULL",
		.params = COLUMNS(
			ROW(account_id, UUID), ROW(account_id, UUID), ROW(gone_id, UUID)),
	},
	/* That two accounts are not to be one stays. */
	[APART] = {
		.text = "UPDATE merge_log l" JOIN_MINE "SET l.moved = '{}'",
		.params = COLUMNS(ROW(account_id, UUID), ROW(account_id, UUID)),
	},
	[USER] = {
		.text = "DELETE FROM wechat_user WHERE id = ?",
		.params = ID,
	},
	[UNIONIDS] = {
		.text = "DELETE FROM account_unionid WHERE account_id = ? "
			"AND NOT EXISTS (SELECT 1 FROM wechat_user u JOIN app a ON a.id = u.app_id "
			"WHERE u.account_id = ? AND account_unionid.open_platform_id "
			"IN (a.open_platform_id, a.moved_from_id))",
		.params = COLUMNS(ROW(account_id, UUID), ROW(account_id, UUID)),
	},
	[MEMBERSHIPS] = {
		.text = "DELETE FROM user_member WHERE account_id = ?",
		.params = GONE,
	},
	[ALIASES] = {
		.text = "SELECT alias FROM account_alias WHERE account_id = ? LIMIT 1000",
		.params = GONE,
		.columns = GONE,
		.row_size = sizeof(struct target),
	},
	[DELETE_ALIASES] = {
		.text = "DELETE FROM account_alias WHERE account_id = ?",
		.params = GONE,
	},
	[ACCOUNT] = {
		.text = "DELETE FROM account WHERE id = ?",
		.params = GONE,
	},
	/* Without an app a user may be any of the tenant's. */
	[ALL_USERS] = {
		.text = "SELECT u.id, u.tenant_id, a.id, a.appid, u.openid FROM "
			"(SELECT id, tenant_id, app_id, openid FROM wechat_user WHERE id > ? "
			"ORDER BY id LIMIT 500) u LEFT JOIN app a ON a.tenant_id = u.tenant_id "
			"AND a.id = COALESCE(u.app_id, a.id) ORDER BY u.id, a.id",
		.params = COLUMNS(STORED(id, INT32)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored),
	},
	/* Of who had not logged in when the backup was made. */
	[ALL_FOLLOWS] = {
		.text = "SELECT 0, f.tenant_id, f.app_id, a.appid, f.openid FROM waiting_follow f "
			"JOIN app a ON a.id = f.app_id WHERE (f.app_id, f.openid) > (?, ?) "
			"ORDER BY f.app_id, f.openid LIMIT 500",
		.params = COLUMNS(STORED(app_id, INT32), STORED(openid, STR)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored),
	},
};

const struct stmt_table erasure_statements = STMT_TABLE(statements);

static const char *const tables[] = {
	[BINDING] = "member_binding",
	[RESIDENT] = "resident",
	[TOKENS] = "access_token",
	[CLAIMS] = "login_claim",
	[CONFLICTS] = "account_conflict",
	[EVENTS] = "push_event",
	[FOLLOW] = "waiting_follow",
	[MERGES] = "merge_log",
	[APART] = "merge_log (emptied)",
	[USER] = "wechat_user",
	[UNIONIDS] = "account_unionid",
	[MEMBERSHIPS] = "user_member",
};

static void count(struct erased *erased, const char *table, int n_rows)
{
	if (n_rows > 0)
		erased->rows[erased->n_tables++] = (struct erased_rows){table, n_rows};
}

static int forget_codes(
	struct db *db, int32_t tenant_id, const char *phone, struct erased *erased)
{
	char number[MOBILE_ANYWHERE_SIZE];
	const struct phone_row row = {.tenant_id = tenant_id, .phone = number};
	int n_rows;

	if (!mobile_normalise_anywhere(phone, number))
		return 0;
	n_rows = stmt_run(db, &statements[FORGET_CODE], &row);
	count(erased, "verify_code", n_rows);
	return n_rows < 0 ? -1 : 0;
}

static int forget_all_codes(struct db *db, struct target *target, struct erased *erased)
{
	struct phone_row row = {.wechat_user_id = target->id};
	int found = stmt_find(db, &statements[RESIDENT_PHONE], &row, &row);

	if (found < 0 || forget_codes(db, target->tenant_id, target->phone, erased) != 0)
		return -1;
	if (found == 0)
		return 0;
	if (str_is_empty(target->phone))
		target->phone = row.phone;
	return forget_codes(db, row.tenant_id, row.phone, erased);
}

/* 1 found and locked, with its account, all of whose rows go; 0 not; -1 failed. Sets now_us. */
static int lock(struct db *db, struct target *target)
{
	int found = stmt_find(db, &statements[LOCK], target, target);

	if (found < 0 || (found > 0 && stmt_run(db, &statements[MARK_ACCOUNT], target) < 0) ||
		stmt_find(db, &statements[OTHERS], target, target) < 0)
		return -1;
	if (!target->has_others)
		target->gone_id = target->account_id;
	if (found > 0)
		target->before_us = 0;
	return found;
}

/* The rows of the accounts that were merged into it go with it. */
static int delete_account(struct db *db, const struct target *target, struct erased *erased)
{
	const struct target *aliases;
	void *rows;
	size_t n;
	int n_deleted;

	if (stmt_all(db, &statements[ALIASES], target, &rows, &n) != 0 ||
		stmt_run(db, &statements[DELETE_ALIASES], target) < 0)
		return -1;
	aliases = rows;
	for (size_t i = 0; i < n; i++)
		if (stmt_run(db, &statements[ACCOUNT], &aliases[i]) < 0)
			return -1;
	n_deleted = stmt_run(db, &statements[ACCOUNT], target);
	erased->is_account_too = n_deleted > 0;
	count(erased, "account", n_deleted + (int)n);
	return n_deleted < 0 ? -1 : 0;
}

/* Of the tables from first to last. */
static int delete_from(struct db *db, size_t first, size_t last, const struct target *target,
	struct erased *erased)
{
	for (size_t i = first; i <= last; i++) {
		int n_rows = stmt_run(db, &statements[i], target);

		if (n_rows < 0)
			return -1;
		count(erased, tables[i], n_rows);
	}
	return 0;
}

static int delete_rows(struct db *db, const struct target *target, struct erased *erased)
{
	if (delete_from(db, BINDING, MEMBERSHIPS, target, erased) != 0)
		return -1;
	if (target->has_others)
		return account_touch(db, target->account_id);
	return delete_account(db, target, erased);
}

static int note(struct db *db, const struct erasure *erasure, const struct erased *erased)
{
	const char *revoke_info = str_is_empty(erasure->revoke_info)
		? ""
		: arena_printf(db->arena, ",\"revoke_info\":\"%s\"", erasure->revoke_info);
	char masked[STR_MASKED_SIZE];
	struct audit_entry entry = {
		.tenant_id = erasure->tenant_id,
		.action = "user.erase",
		.actor = erasure->actor,
		.details = arena_printf(db->arena, "{\"account\":%s%s}",
			erased->is_account_too ? "true" : "false", revoke_info),
	};

	str_mask(erasure->openid, masked);
	entry.subject = arena_printf(db->arena, "%s %s", erasure->appid, masked);
	return audit_write(db, &entry);
}

static enum err write_tombstone(
	const struct db *db, const struct erasure *erasure, const struct target *target)
{
	const struct tombstone tombstone = {
		.tenant_id = erasure->tenant_id, .appid = erasure->appid,
		.openid = erasure->openid, .unionid = target->unionid, .phone = target->phone,
		.at_us = target->before_us != 0 ? target->before_us : target->now_us,
	};

	return erasure_log_append(db, &tombstone) == 0 ? ERR_NONE : ERR_INTERNAL;
}

static int erase_user(struct db *db, struct target *target, struct erased *erased)
{
	if (forget_all_codes(db, target, erased) != 0)
		return -1;
	return delete_rows(db, target, erased);
}

struct run {
	const struct erasure *erasure;
	struct erased *erased;
};

static enum err erase(struct db *db, void *ctx)
{
	const struct run *run = ctx;
	const struct erasure *erasure = run->erasure;
	struct target target = {
		.tenant_id = erasure->tenant_id, .app_id = erasure->app_id,
		.openid = erasure->openid, .before_us = erasure->before_us,
	};
	int found;

	*run->erased = (struct erased){0};
	found = lock(db, &target);
	if (found < 0)
		return transaction_failed(db);
	run->erased->is_found = found > 0;
	if (found > 0 ? erase_user(db, &target, run->erased) != 0
		      : delete_from(db, EVENTS, FOLLOW, &target, run->erased) != 0)
		return transaction_failed(db);
	if (run->erased->n_tables > 0 && note(db, erasure, run->erased) != 0)
		return transaction_failed(db);
	if (erasure->is_dry_run)
		return ERR_PARAMETER;
	return run->erased->n_tables == 0 || erasure->is_replay
		? ERR_NONE : write_tombstone(db, erasure, &target);
}

enum err erasure_run(struct db *db, const struct erasure *erasure, struct erased *erased_r)
{
	struct run run = {.erasure = erasure, .erased = erased_r};
	enum err err = transaction_run(db, erase, &run);

	/* Rolled back. */
	return erasure->is_dry_run && err == ERR_PARAMETER ? ERR_NONE : err;
}

/* ---- The replay. */

static enum err erase_again(struct db *db, const struct stored *stored,
	const struct erasures *erasures, size_t *n_erased)
{
	const struct tombstone user = {
		.tenant_id = stored->tenant_id, .appid = stored->appid, .openid = stored->openid,
	};
	const struct erasure erasure = {
		.tenant_id = stored->tenant_id, .app_id = stored->app_id, .appid = stored->appid,
		.openid = stored->openid, .actor = "wxuserctl", .is_replay = true,
		.before_us = stored->app_id == 0 ? 0 : erasures_find(erasures, db, &user),
	};
	struct erased erased;
	enum err err;

	if (erasure.before_us == 0)
		return ERR_NONE;
	err = erasure_run(db, &erasure, &erased);
	*n_erased += err == ERR_NONE && erased.n_tables > 0;
	return err;
}

static enum err replay_table(struct db *db, const struct stmt *stmt,
	const struct erasures *erasures, size_t *n_erased)
{
	char openid[OPENID_SIZE] = "";
	struct stored last = {.openid = openid};
	const struct stored *stored;
	enum err err = ERR_NONE;
	void *rows;
	size_t n;

	do {
		if (stmt_all(db, stmt, &last, &rows, &n) != 0)
			return conn_err(db);
		stored = rows;
		for (size_t i = 0; i < n && err == ERR_NONE; i++)
			err = erase_again(db, &stored[i], erasures, n_erased);
		if (n > 0) {
			last.id = stored[n - 1].id;
			last.app_id = stored[n - 1].app_id;
			snprintf(openid, sizeof(openid), "%s", stored[n - 1].openid);
		}
		db_end_request(db);
	} while (n > 0 && err == ERR_NONE);
	return err;
}

enum err erasure_replay(struct db *db, size_t *n_erased_r)
{
	struct erasures erasures;
	enum err err = ERR_INTERNAL;

	*n_erased_r = 0;
	if (erasure_log_read(db, &erasures) == 0)
		err = replay_table(db, &statements[ALL_USERS], &erasures, n_erased_r);
	if (err == ERR_NONE)
		err = replay_table(db, &statements[ALL_FOLLOWS], &erasures, n_erased_r);
	free(erasures.marks);
	return err;
}
