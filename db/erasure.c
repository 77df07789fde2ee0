#include "account.h"
#include "arena.h"
#include "audit.h"
#include "erasure.h"
#include "erasure_log.h"
#include "mobile.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct erasure_target {
	int32_t tenant_id, app_id, id;
	const char *openid;
	int64_t before_us; /* 0: no limit */
	struct uuid row_uuid, account_id;
	struct uuid gone_id; /* the account if it goes too; else nil */
	const char *unionid, *phone;
	bool has_others;
	int64_t now_us; /* by the database's clock */
};

struct phone_row {
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
	const char *phone;
};

/* The longest openid, and a NUL. */
#define OPENID_SIZE 65

struct stored_user {
	int32_t id, tenant_id, app_id;
	const char *appid, *openid;
};

#define ROW(member, type) COLUMN(struct erasure_target, member, type)
#define PHONE(member, type) COLUMN(struct phone_row, member, type)
#define STORED(member, type) COLUMN(struct stored_user, member, type)
#define STORED_COLUMNS                                                                          \
	COLUMNS(STORED(id, INT32), STORED(tenant_id, INT32), STORED(app_id, REF),               \
		STORED(appid, STR), STORED(openid, STR))

#define DELETE_BY(TABLE, COLUMN_NAME, member, type)                                             \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE " COLUMN_NAME " = ?",                      \
		.params = COLUMNS(ROW(member, type)),                                           \
	}
/* Deletes what WeChat has sent about the openid before before_us, or all of it. */
#define DELETE_EVENTS(TABLE)                                                                    \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE app_id = ? AND openid = ? "                \
			"AND happened_at < COALESCE(?, happened_at + INTERVAL 1 SECOND)",       \
		.params = COLUMNS(                                                              \
			ROW(app_id, INT32), ROW(openid, STR), ROW(before_us, TIME)),            \
	}
/* The merges of the account and of those that were merged into it. */
#define JOIN_MINE                                                                               \
	" JOIN (SELECT ? AS id UNION SELECT alias FROM account_alias WHERE account_id = ?) "    \
	"mine ON mine.id IN (l.survivor_id, l.merged_id) "

enum {
	LOCK, MARK_ACCOUNT, OTHERS, RESIDENT_PHONE, ERASE_verify_code,
	/* Run in this order. */
	ERASE_resident, ERASE_access_token, ERASE_login_claim, ERASE_account_conflict,
	ERASE_push_event, ERASE_waiting_follow, ERASE_merge_log,
	EMPTY_MERGE_LOG, ERASE_wechat_user, ERASE_account_unionid, ERASE_membership,
	/* For an account that goes too. */
	ALIASES, ERASE_account_alias, ERASE_account,
	/* For the replay. */
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
			SEALED(struct erasure_target, phone, "wechat_user", "phone")),
	},
	/* Locks the account on all nodes of a cluster: no user joins or leaves it. */
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
	[ERASE_verify_code] = {
		.text = "DELETE FROM verify_code WHERE tenant_id = ? AND phone_hash = ?",
		.params = COLUMNS(PHONE(tenant_id, INT32),
			KEYED(struct phone_row, phone, "verify_phone")),
	},
	[ERASE_resident] = DELETE_BY("resident", "wechat_user_id", id, INT32),
	[ERASE_access_token] = DELETE_BY("access_token", "wechat_user_id", id, INT32),
	[ERASE_login_claim] = DELETE_BY("login_claim", "wechat_user_id", id, INT32),
	[ERASE_account_conflict] = {
		.text = "DELETE FROM account_conflict WHERE wechat_user_id = ? OR account_id = ? "
			"OR other_account_id = ?",
		.params = COLUMNS(ROW(id, INT32), ROW(gone_id, UUID), ROW(gone_id, UUID)),
	},
	[ERASE_push_event] = DELETE_EVENTS("push_event"),
	[ERASE_waiting_follow] = DELETE_EVENTS("waiting_follow"),
	[ERASE_merge_log] = {
		.text = "DELETE l FROM merge_log l" JOIN_MINE
			"WHERE l.undone_at IS NULL OR ? IS NOT NULL",
		.params = COLUMNS(ROW(account_id, UUID), ROW(account_id, UUID), ROW(gone_id, UUID)),
	},
	/* The row stays: a login must not merge the two accounts again. */
	[EMPTY_MERGE_LOG] = {
		.text = "UPDATE merge_log l" JOIN_MINE "SET l.moved = '{}'",
		.params = COLUMNS(ROW(account_id, UUID), ROW(account_id, UUID)),
	},
	[ERASE_wechat_user] = DELETE_BY("wechat_user", "id", id, INT32),
	[ERASE_account_unionid] = {
		.text = "DELETE FROM account_unionid WHERE account_id = ? "
			"AND NOT EXISTS (SELECT 1 FROM wechat_user u JOIN app a ON a.id = u.app_id "
			"WHERE u.account_id = ? AND account_unionid.open_platform_id "
			"IN (a.open_platform_id, a.moved_from_id))",
		.params = COLUMNS(ROW(account_id, UUID), ROW(account_id, UUID)),
	},
	[ERASE_membership] = DELETE_BY("membership", "account_id", gone_id, UUID),
	[ALIASES] = {
		.text = "SELECT alias FROM account_alias WHERE account_id = ? LIMIT 1000",
		.params = COLUMNS(ROW(gone_id, UUID)),
		.columns = COLUMNS(ROW(gone_id, UUID)),
		.row_size = sizeof(struct erasure_target),
	},
	[ERASE_account_alias] = DELETE_BY("account_alias", "account_id", gone_id, UUID),
	[ERASE_account] = DELETE_BY("account", "id", gone_id, UUID),
	/* A user without an app may be a user of any of the tenant's apps. */
	[ALL_USERS] = {
		.text = "SELECT u.id, u.tenant_id, a.id, a.appid, u.openid FROM "
			"(SELECT id, tenant_id, app_id, openid FROM wechat_user WHERE id > ? "
			"ORDER BY id LIMIT 500) u LEFT JOIN app a ON a.tenant_id = u.tenant_id "
			"AND a.id = COALESCE(u.app_id, a.id) ORDER BY u.id, a.id",
		.params = COLUMNS(STORED(id, INT32)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored_user),
	},
	/* Events of openids that had not logged in when the backup was made. */
	[ALL_FOLLOWS] = {
		.text = "SELECT 0, f.tenant_id, f.app_id, a.appid, f.openid FROM waiting_follow f "
			"JOIN app a ON a.id = f.app_id WHERE (f.app_id, f.openid) > (?, ?) "
			"ORDER BY f.app_id, f.openid LIMIT 500",
		.params = COLUMNS(STORED(app_id, INT32), STORED(openid, STR)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored_user),
	},
};

const struct stmt_table erasure_statements = STMT_TABLE(statements);

/* A table with personal data that no statement here erases does not compile. */
static const char *const tables[] = {
#define PERSONAL_TABLE(table, key, is_exported) [ERASE_##table] = #table,
#include "personal_tables.inc"
#undef PERSONAL_TABLE
	[EMPTY_MERGE_LOG] = "merge_log (emptied)",
};

/* Nor does one whose statement stands where no erasure runs it. */
#define KNOWN_BY_account(statement)                                                             \
	(KNOWN_BY_wechat_user(statement) || (statement) == ERASE_account_alias ||               \
		(statement) == ERASE_account)
#define KNOWN_BY_wechat_user(statement)                                                         \
	((statement) >= ERASE_resident && (statement) <= ERASE_membership)
#define KNOWN_BY_openid(statement)                                                              \
	((statement) >= ERASE_push_event && (statement) <= ERASE_waiting_follow)
#define KNOWN_BY_phone(statement) ((statement) == ERASE_verify_code)
#define PERSONAL_TABLE(table, key, is_exported)                                                 \
	_Static_assert(KNOWN_BY_##key(ERASE_##table), "no erasure runs ERASE_" #table);
#include "personal_tables.inc"
#undef PERSONAL_TABLE

/* The codes of two phones have a row each, and so has EMPTY_MERGE_LOG. */
#define PERSONAL_TABLE(table, key, is_exported) +1
_Static_assert(sizeof((struct erased){0}.rows) / sizeof(struct erased_rows) >= 2
#include "personal_tables.inc"
	, "struct erased has no room for each table");
#undef PERSONAL_TABLE

static void count_rows(struct erased *erased, const char *table, int64_t n_rows)
{
	if (n_rows > 0)
		erased->rows[erased->n_tables++] = (struct erased_rows){table, (int)n_rows};
}

static enum err forget_codes(
	struct db *db, int32_t tenant_id, const char *phone, struct erased *erased)
{
	char number[MOBILE_ANYWHERE_SIZE];
	const struct phone_row row = {.tenant_id = tenant_id, .phone = number};
	enum err err;

	if (!mobile_normalise_anywhere(phone, number))
		return ERR_NONE;
	err = stmt_write(db, &statements[ERASE_verify_code], &row);
	if (err == ERR_NONE)
		count_rows(erased, tables[ERASE_verify_code], db->n_rows);
	return err;
}

static enum err forget_all_codes(
	struct db *db, struct erasure_target *target, struct erased *erased)
{
	struct phone_row row = {.wechat_user_id = target->id};
	enum err found = stmt_need(db, &statements[RESIDENT_PHONE], &row, &row, ERR_ABSENT);
	enum err err = found == ERR_ABSENT ? ERR_NONE : found;

	if (err == ERR_NONE)
		err = forget_codes(db, target->tenant_id, target->phone, erased);
	if (err != ERR_NONE || found == ERR_ABSENT)
		return err;
	if (str_is_empty(target->phone))
		target->phone = row.phone;
	return forget_codes(db, row.tenant_id, row.phone, erased);
}

/* Locks the user and its account, and sets now_us. Returns ERR_USER_UNKNOWN, with now_us set
 * too. */
static enum err lock_target(struct db *db, struct erasure_target *target)
{
	enum err found = stmt_need(db, &statements[LOCK], target, target, ERR_USER_UNKNOWN), err;

	if (found != ERR_NONE && found != ERR_USER_UNKNOWN)
		return found;
	err = found == ERR_NONE ? stmt_write(db, &statements[MARK_ACCOUNT], target) : ERR_NONE;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[OTHERS], target, target, ERR_INTERNAL);
	if (!target->has_others)
		target->gone_id = target->account_id;
	/* All rows of a user go; of an openid alone, those from before. */
	if (found == ERR_NONE)
		target->before_us = 0;
	return err == ERR_NONE ? found : err;
}

/* Deletes the account together with those that were merged into it. */
static enum err delete_account(
	struct db *db, const struct erasure_target *target, struct erased *erased)
{
	const struct erasure_target *aliases;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[ALIASES], target, &rows, &n);

	if (err == ERR_NONE)
		err = stmt_write(db, &statements[ERASE_account_alias], target);
	if (err != ERR_NONE)
		return err;
	aliases = rows;
	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		err = stmt_write(db, &statements[ERASE_account], &aliases[i]);
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[ERASE_account], target);
	if (err != ERR_NONE)
		return err;
	erased->is_account_too = db->n_rows > 0;
	count_rows(erased, tables[ERASE_account], db->n_rows + (int64_t)n);
	return ERR_NONE;
}

/* Runs the statements from first to last. */
static enum err delete_from(struct db *db, size_t first, size_t last,
	const struct erasure_target *target, struct erased *erased)
{
	enum err err = ERR_NONE;

	for (size_t i = first; i <= last && err == ERR_NONE; i++) {
		err = stmt_write(db, &statements[i], target);
		if (err == ERR_NONE)
			count_rows(erased, tables[i], db->n_rows);
	}
	return err;
}

static enum err delete_user(struct db *db, struct erasure_target *target, struct erased *erased)
{
	enum err err = forget_all_codes(db, target, erased);

	erased->is_found = true;
	if (err == ERR_NONE)
		err = delete_from(db, ERASE_resident, ERASE_membership, target, erased);
	if (err != ERR_NONE)
		return err;
	return target->has_others ? account_touch(db, target->account_id)
				  : delete_account(db, target, erased);
}

static enum err audit_erasure(
	struct db *db, const struct erasure *erasure, const struct erased *erased)
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
	const struct db *db, const struct erasure *erasure, const struct erasure_target *target)
{
	const struct tombstone tombstone = {
		.tenant_id = erasure->tenant_id, .appid = erasure->appid,
		.openid = erasure->openid, .unionid = target->unionid, .phone = target->phone,
		.at_us = target->before_us != 0 ? target->before_us : target->now_us,
	};

	return erasure_log_append(db, &tombstone);
}

struct erasure_ctx {
	const struct erasure *erasure;
	struct erased *erased;
};

static enum err erase(struct db *db, void *ctx)
{
	const struct erasure_ctx *erasing = ctx;
	const struct erasure *erasure = erasing->erasure;
	struct erased *erased = erasing->erased;
	struct erasure_target target = {
		.tenant_id = erasure->tenant_id, .app_id = erasure->app_id,
		.openid = erasure->openid, .before_us = erasure->before_us,
	};
	enum err err = lock_target(db, &target);

	*erased = (struct erased){0};
	if (err == ERR_NONE)
		err = delete_user(db, &target, erased);
	else if (err == ERR_USER_UNKNOWN)
		err = delete_from(db, ERASE_push_event, ERASE_waiting_follow, &target, erased);
	if (err != ERR_NONE || erased->n_tables == 0)
		return err;
	err = audit_erasure(db, erasure, erased);
	if (err == ERR_NONE && !erasure->is_dry_run && !erasure->is_replay)
		err = write_tombstone(db, erasure, &target);
	return err;
}

enum err erasure_run(struct db *db, const struct erasure *erasure, struct erased *erased_r)
{
	struct erasure_ctx erasing = {.erasure = erasure, .erased = erased_r};

	return erasure->is_dry_run ? transaction_dry_run(db, erase, &erasing)
				   : transaction_run(db, erase, &erasing);
}

/* ---- The replay. */

static enum err erase_again(struct db *db, const struct stored_user *stored,
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
	struct stored_user last = {.openid = openid};
	const struct stored_user *stored;
	enum err err;
	void *rows;
	size_t n;

	do {
		err = stmt_all(db, stmt, &last, &rows, &n);
		if (err != ERR_NONE)
			return err;
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
	enum err err = erasure_log_read(db, &erasures);

	*n_erased_r = 0;
	if (err == ERR_NONE)
		err = replay_table(db, &statements[ALL_USERS], &erasures, n_erased_r);
	if (err == ERR_NONE)
		err = replay_table(db, &statements[ALL_FOLLOWS], &erasures, n_erased_r);
	free(erasures.marks);
	return err;
}
