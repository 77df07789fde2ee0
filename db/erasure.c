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

#define ROW(member, type) COLUMN(struct erasure_target, member, type)
#define PHONE(member, type) COLUMN(struct phone_row, member, type)

#define DELETE_BY(TABLE, COLUMN_NAME, member, type)                                             \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE " COLUMN_NAME " = ?",                      \
		.params = COLUMNS(ROW(member, type)),                                           \
	}

/* How the rows of most tables are erased: by their key. */
#define ERASE_ALIKE(table, key) ALIKE_BY_##key(#table)
#define ALIKE_BY_account(TABLE) DELETE_BY(TABLE, "account_id", gone_id, UUID)
#define ALIKE_BY_wechat_user(TABLE) DELETE_BY(TABLE, "wechat_user_id", id, INT32)
/* What WeChat has sent about the openid before before_us, or all of it. */
#define ALIKE_BY_openid(TABLE)                                                                  \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE app_id = ? AND openid = ? "                \
			"AND happened_at < COALESCE(?, happened_at + INTERVAL 1 SECOND)",       \
		.params = COLUMNS(                                                              \
			ROW(app_id, INT32), ROW(openid, STR), ROW(before_us, TIME)),            \
	}
#define ALIKE_BY_phone(TABLE)                                                                   \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE tenant_id = ? AND phone_hash = ?",         \
		.params = COLUMNS(PHONE(tenant_id, INT32),                                      \
			KEYED(struct phone_row, phone, "verify_phone")),                        \
	}

/* And those of the others. */
#define ERASE_APART(table, key) APART_##table
#define APART_account DELETE_BY("account", "id", gone_id, UUID)
#define APART_wechat_user DELETE_BY("wechat_user", "id", id, INT32)
#define APART_account_unionid                                                                   \
	{                                                                                       \
		.text = "DELETE FROM account_unionid WHERE account_id = ? "                     \
			"AND NOT EXISTS (SELECT 1 FROM wechat_user u "                          \
			"JOIN app a ON a.id = u.app_id "                                        \
			"WHERE u.account_id = ? AND account_unionid.open_platform_id "          \
			"IN (a.open_platform_id, a.moved_from_id))",                            \
		.params = COLUMNS(ROW(account_id, UUID), ROW(account_id, UUID)),                \
	}
#define APART_account_conflict                                                                  \
	{                                                                                       \
		.text = "DELETE FROM account_conflict WHERE wechat_user_id = ? "                \
			"OR account_id = ? OR other_account_id = ?",                            \
		.params = COLUMNS(ROW(id, INT32), ROW(gone_id, UUID), ROW(gone_id, UUID)),      \
	}
#define APART_merge_log                                                                         \
	{                                                                                       \
		.text = "DELETE l FROM merge_log l" JOIN_MINE                                   \
			"WHERE l.undone_at IS NULL OR ? IS NOT NULL",                           \
		.params = COLUMNS(                                                              \
			ROW(account_id, UUID), ROW(account_id, UUID), ROW(gone_id, UUID)),      \
	}
/* The merges of the account and of those that were merged into it. */
#define JOIN_MINE                                                                               \
	" JOIN (SELECT ? AS id UNION SELECT alias FROM account_alias WHERE account_id = ?) "    \
	"mine ON mine.id IN (l.survivor_id, l.merged_id) "

/* ERASE_account and the like: the tables with personal data, in the order of the schema. */
enum {
#define PERSONAL_TABLE(table, key, how) ERASE_##table,
#include "personal_tables.inc"
	N_TABLES,
	LOCK = N_TABLES, MARK_ACCOUNT, OTHERS, RESIDENT_PHONE, ALIASES, EMPTY_MERGE_LOG,
};

static const struct stmt statements[] = {
#define PERSONAL_TABLE(table, key, how) [ERASE_##table] = ERASE_##how(table, key),
#include "personal_tables.inc"
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
	/* The row stays: a login must not merge the two accounts again. */
	[EMPTY_MERGE_LOG] = {
		.text = "UPDATE merge_log l" JOIN_MINE "SET l.moved = '{}'",
		.params = COLUMNS(ROW(account_id, UUID), ROW(account_id, UUID)),
	},
	[ALIASES] = {
		.text = "SELECT alias FROM account_alias WHERE account_id = ? LIMIT 1000",
		.params = COLUMNS(ROW(gone_id, UUID)),
		.columns = COLUMNS(ROW(gone_id, UUID)),
		.row_size = sizeof(struct erasure_target),
	},
};

const struct stmt_table erasure_statements = STMT_TABLE(statements);

enum key { BY_account = 1, BY_wechat_user = 2, BY_openid = 4, BY_phone = 8 };

static const struct table {
	const char *name;
	enum key key;
} tables[] = {
#define PERSONAL_TABLE(table, key, how) [ERASE_##table] = {#table, BY_##key},
#include "personal_tables.inc"
};

_Static_assert(sizeof((struct erased){0}.rows) / sizeof(struct erased_rows) > N_TABLES,
	"struct erased has no room for each table and the emptied rows of merge_log");

static void count_rows(struct erased *erased, const char *table, int64_t n_rows)
{
	struct erased_rows *rows = erased->rows;

	while (rows < erased->rows + erased->n_tables && rows->table != table)
		rows++;
	if (n_rows == 0)
		return;
	if (rows == erased->rows + erased->n_tables)
		erased->rows[erased->n_tables++] = (struct erased_rows){.table = table};
	rows->n_rows += (int)n_rows;
}

/* Deletes from all tables that have one of the keys. The table that was created last comes first,
 * so that no foreign key is in the way. params: a struct phone_row by phone alone, otherwise the
 * target. */
static enum err delete_rows(
	struct db *db, unsigned keys, const void *params, struct erased *erased)
{
	enum err err = ERR_NONE;

	for (size_t i = N_TABLES; i-- > 0 && err == ERR_NONE;) {
		if ((keys & tables[i].key) == 0)
			continue;
		err = stmt_write(db, &statements[i], params);
		if (err == ERR_NONE)
			count_rows(erased, tables[i].name, db->n_rows);
	}
	return err;
}

static enum err delete_by_phone(
	struct db *db, int32_t tenant_id, const char *phone, struct erased *erased)
{
	char number[MOBILE_ANYWHERE_SIZE];
	const struct phone_row row = {.tenant_id = tenant_id, .phone = number};

	if (!mobile_normalise_anywhere(phone, number))
		return ERR_NONE;
	return delete_rows(db, BY_phone, &row, erased);
}

/* Sets the phone of a target that has none to the resident's. */
static enum err delete_by_phones(
	struct db *db, struct erasure_target *target, struct erased *erased)
{
	struct phone_row row = {.wechat_user_id = target->id};
	enum err found = stmt_need(db, &statements[RESIDENT_PHONE], &row, &row, ERR_ABSENT);
	enum err err = found == ERR_ABSENT ? ERR_NONE : found;

	if (err == ERR_NONE)
		err = delete_by_phone(db, target->tenant_id, target->phone, erased);
	if (err != ERR_NONE || found == ERR_ABSENT)
		return err;
	if (str_is_empty(target->phone))
		target->phone = row.phone;
	return delete_by_phone(db, row.tenant_id, row.phone, erased);
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

/* What the account has of the user's, or all of it if the user was its last. */
static enum err delete_from_account(
	struct db *db, const struct erasure_target *target, struct erased *erased)
{
	const struct erasure_target *aliases;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[ALIASES], target, &rows, &n);

	if (err == ERR_NONE)
		err = delete_rows(
			db, BY_openid | BY_wechat_user | BY_account, target, erased);
	if (err != ERR_NONE)
		return err;
	erased->is_account_too = !target->has_others && db->n_rows > 0;
	aliases = rows;
	for (size_t i = 0; i < n && err == ERR_NONE; i++) {
		err = stmt_write(db, &statements[ERASE_account], &aliases[i]);
		count_rows(erased, tables[ERASE_account].name, db->n_rows);
	}
	return err;
}

static enum err delete_user(struct db *db, struct erasure_target *target, struct erased *erased)
{
	enum err err = delete_by_phones(db, target, erased);

	erased->is_found = true;
	if (err == ERR_NONE)
		err = delete_from_account(db, target, erased);
	if (err != ERR_NONE || !target->has_others)
		return err;
	err = stmt_write(db, &statements[EMPTY_MERGE_LOG], target);
	if (err != ERR_NONE)
		return err;
	count_rows(erased, "merge_log (emptied)", db->n_rows);
	return account_touch(db, target->account_id);
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
		err = delete_rows(db, BY_openid, &target, erased);
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
