#include "arena.h"
#include "erasure_rows.h"
#include "mobile.h"
#include "stmt.h"

#define CLAIMS_MAX 1000 /* read at once */

#define ROW(member, type) COLUMN(struct erasure_target, member, type)

#define TENANT_ID ROW(tenant_id, INT32)

#define DELETE_BY(TABLE, COLUMN_NAME, member, type)                                             \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE tenant_id = ? AND " COLUMN_NAME " = ?",    \
		.params = COLUMNS(TENANT_ID, ROW(member, type)),                                \
	}

/* How the rows of most tables are erased: by their key. */
#define ERASE_ALIKE(table, key) ALIKE_BY_##key(#table)
#define ALIKE_BY_account(TABLE) DELETE_BY(TABLE, "account_id", gone_id, UUID)
#define ALIKE_BY_wechat_user(TABLE) DELETE_BY(TABLE, "wechat_user_id", id, INT32)
/* What WeChat has sent about the openid before before_us, or all of it. */
#define ALIKE_BY_openid(TABLE)                                                                  \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE tenant_id = ? AND app_id = ? "             \
			"AND openid = ? "                                                       \
			"AND happened_at < COALESCE(?, happened_at + INTERVAL 1 SECOND)",       \
		.params = COLUMNS(TENANT_ID, ROW(app_id, INT32), ROW(openid, STR),              \
			ROW(before_us, TIME)),                                                  \
	}
#define ALIKE_BY_openid_hash(TABLE)                                                             \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE tenant_id = ? AND openid_hash = ? "        \
			"AND happened_at < COALESCE(?, happened_at + INTERVAL 1 SECOND)",       \
		.params = COLUMNS(TENANT_ID,                                                    \
			KEYED(struct erasure_target, openid, REFUSALS, "login_openid"),         \
			ROW(before_us, TIME)),                                                  \
	}
#define ALIKE_BY_phone(TABLE)                                                                   \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE tenant_id = ? AND phone_hash = ?",         \
		.params = COLUMNS(TENANT_ID,                                                    \
			FOUND_BY(struct erasure_target, phone, CODES, "verify_phone")),            \
	}

/* And those of the others. */
#define ERASE_APART(table, key) APART_##table
#define APART_account DELETE_BY("account", "id", gone_id, UUID)
#define APART_member DELETE_BY("member", "id", member_id, INT32)
#define APART_wechat_user DELETE_BY("wechat_user", "id", id, INT32)
#define APART_login_claim DELETE_BY("login_claim", "id", claim_id, INT64)
#define APART_account_unionid                                                                   \
	{                                                                                       \
		.text = "DELETE FROM account_unionid WHERE tenant_id = ? AND account_id = ? "   \
			"AND NOT EXISTS (SELECT 1 FROM wechat_user u "                          \
			"JOIN app a ON a.id = u.app_id "                                        \
			"WHERE u.account_id = account_unionid.account_id "                      \
			"AND account_unionid.open_platform_id "          \
			"IN (a.open_platform_id, a.moved_from_id))",                            \
		.params = COLUMNS(TENANT_ID, ROW(account_id, UUID)),                            \
	}
#define APART_account_conflict                                                                  \
	{                                                                                       \
		.text = "DELETE FROM account_conflict WHERE tenant_id = ? "                     \
			"AND (wechat_user_id = ? OR account_id = ? OR other_account_id = ?)",   \
		.params = COLUMNS(                                                              \
			TENANT_ID, ROW(id, INT32), ROW(gone_id, UUID), ROW(gone_id, UUID)),     \
	}
#define APART_merge_log                                                                         \
	{                                                                                       \
		.text = "DELETE l FROM merge_log l" JOIN_MINE                                   \
			"WHERE l.tenant_id = ? AND (l.undone_at IS NULL OR ? IS NOT NULL)",     \
		.params = COLUMNS(MINE, TENANT_ID, ROW(gone_id, UUID)),                         \
	}
/* The merges of the account and of those that were merged into it. */
#define JOIN_MINE                                                                               \
	" JOIN (SELECT ? AS id UNION SELECT alias FROM account_alias "                          \
	"WHERE tenant_id = ? AND account_id = ?) "                                              \
	"mine ON mine.id IN (l.survivor_id, l.merged_id) "
#define MINE ROW(account_id, UUID), TENANT_ID, ROW(account_id, UUID)

/* ERASE_account and the like: the tables with personal data, in the order of the schema. */
enum {
#define PERSONAL_TABLE(table, key, how) ERASE_##table,
#include "personal_tables.inc"
	N_TABLES,
	EMPTY_MERGE_LOG = N_TABLES, ALIASES, CLAIMS,
};

static const struct stmt statements[] = {
#define PERSONAL_TABLE(table, key, how) [ERASE_##table] = ERASE_##how(table, key),
#include "personal_tables.inc"
	/* The row stays: a login must not merge the two accounts again. */
	[EMPTY_MERGE_LOG] = {
		.text = "UPDATE merge_log l" JOIN_MINE
			"SET l.moved = '{}' WHERE l.tenant_id = ?",
		.params = COLUMNS(MINE, TENANT_ID),
	},
	[ALIASES] = {
		.text = "SELECT tenant_id, alias FROM account_alias "
			"WHERE tenant_id = ? AND account_id = ? LIMIT 1000",
		.params = COLUMNS(TENANT_ID, ROW(gone_id, UUID)),
		.columns = COLUMNS(TENANT_ID, ROW(gone_id, UUID)),
		.row_size = sizeof(struct erasure_target),
	},
	/* Reads all claims, without an index that each login would have to keep. */
	[CLAIMS] = {
		.text = "SELECT tenant_id, id FROM login_claim "
			"WHERE tenant_id = ? AND wechat_user_id = ? "
			"LIMIT " STMT_NUMBER(CLAIMS_MAX),
		.params = COLUMNS(TENANT_ID, ROW(id, INT32)),
		.columns = COLUMNS(TENANT_ID, ROW(claim_id, INT64)),
		.row_size = sizeof(struct erasure_target),
	},
};

const struct stmt_table erasure_rows_statements = STMT_TABLE(statements);

static const struct table {
	const char *name;
	enum erasure_key key;
} tables[] = {
#define PERSONAL_TABLE(table, key, how) [ERASE_##table] = {#table, ERASE_BY_##key},
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

static enum err delete_from(
	struct db *db, size_t table, const struct erasure_target *target, struct erased *erased)
{
	enum err err = stmt_write(db, &statements[table], target);

	if (err == ERR_NONE)
		count_rows(erased, tables[table].name, db->n_rows);
	return err;
}

/* By id: a DELETE that looked for the user would wait for each login in flight. No login of the
 * user succeeds while the user is locked, so that no claim is missed. */
static enum err delete_claims(
	struct db *db, const struct erasure_target *target, struct erased *erased)
{
	const struct erasure_target *claims;
	void *rows;
	size_t n;
	enum err err;

	do {
		err = stmt_all(db, &statements[CLAIMS], target, &rows, &n);
		if (err != ERR_NONE)
			return err;
		claims = rows;
		for (size_t i = 0; i < n && err == ERR_NONE; i++)
			err = delete_from(db, ERASE_login_claim, &claims[i], erased);
	} while (err == ERR_NONE && n == CLAIMS_MAX);
	return err;
}

/* The table that was created last comes first, so that no foreign key is in the way; but a user who
 * is bound to a member goes before it, which the caller sees to. */
enum err erasure_rows_delete(struct db *db, unsigned keys, const struct erasure_target *target,
	struct erased *erased)
{
	enum err err = ERR_NONE;

	for (size_t i = N_TABLES; i-- > 0 && err == ERR_NONE;) {
		if ((keys & tables[i].key) == 0)
			continue;
		err = i == ERASE_login_claim ? delete_claims(db, target, erased)
					     : delete_from(db, i, target, erased);
	}
	return err;
}

enum err erasure_rows_delete_phone(struct db *db, const struct erasure_target *target,
	const char *phone, struct erased *erased)
{
	char number[MOBILE_ANYWHERE_SIZE];
	const struct erasure_target by = {.tenant_id = target->tenant_id, .phone = number};

	if (phone == NULL || !mobile_normalise_anywhere(phone, number))
		return ERR_NONE;
	return erasure_rows_delete(db, ERASE_BY_phone, &by, erased);
}

/* The accounts that were merged into the one that has gone. */
static enum err delete_merged(
	struct db *db, const struct erasure_target *aliases, size_t n, struct erased *erased)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		err = delete_from(db, ERASE_account, &aliases[i], erased);
	return err;
}

enum err erasure_rows_delete_user(
	struct db *db, const struct erasure_target *target, struct erased *erased)
{
	void *aliases;
	size_t n;
	enum err err = stmt_all(db, &statements[ALIASES], target, &aliases, &n);

	if (err == ERR_NONE)
		err = erasure_rows_delete(db,
			ERASE_BY_openid | ERASE_BY_openid_hash | ERASE_BY_wechat_user |
				ERASE_BY_account,
			target, erased);
	if (err != ERR_NONE)
		return err;
	if (!target->has_others) {
		erased->is_account_too = db->n_rows > 0; /* of account, which is the last table */
		return delete_merged(db, aliases, n, erased);
	}
	err = stmt_write(db, &statements[EMPTY_MERGE_LOG], target);
	count_rows(erased, "merge_log (emptied)", db->n_rows);
	return err;
}
