#include "account.h"
#include "account_merge.h"
#include "arena.h"
#include "audit.h"
#include "stmt.h"
#include "transaction.h"
#include "user_changes.h"
#include "user_row.h"

struct merge_row {
	struct account_merge merge;
	struct uuid concurrency_stamp;
};

struct locked_account {
	struct uuid id;
};

#define ROW(member, type) COLUMN(struct merge_row, member, type)

/* A membership that the survivor has as well does not move. */
#define MOVING_MEMBERSHIPS                                                                      \
	"membership m LEFT JOIN membership s ON s.tenant_id = m.tenant_id "                   \
	"AND s.account_id = ? AND s.community_id = m.community_id "                \
	"AND s.role_type = m.role_type "

#define MERGED_AND_SURVIVOR                                                                     \
	"account s JOIN account m ON m.tenant_id = s.tenant_id AND m.id = ? "
/* To whom rows move, and whose they were. */
#define FROM_MERGED                                                                             \
	ROW(merge.survivor, UUID), ROW(merge.tenant_id, INT32), ROW(merge.merged, UUID)

#define MEMBER(flag) "'" #flag "', " #flag ", "
#define KEEP_OR_TAKE(flag) "s." #flag " = COALESCE(s." #flag ", m." #flag "), "

enum {
	LOCK, MARK,
	/* Run in this order. */
	MERGE_merge_log,
	MERGE_wechat_user,
	MERGE_access_token,
	MERGE_account_unionid,
	MERGE_account_alias,
	MERGE_membership,
	MERGE_consent, MERGE_external_id,
	ADD_ALIAS, TAKE_PHONE,
	MERGE_account, SETTLE,
};

/* A table with rows by account that no merge moves does not compile. */
#define KNOWN_BY_account(table)                                                                 \
	_Static_assert(MERGE_##table >= MERGE_merge_log && MERGE_##table <= SETTLE,             \
		"no merge runs MERGE_" #table);
#define KNOWN_BY_wechat_user(table)
#define KNOWN_BY_openid(table)
#define KNOWN_BY_openid_hash(table)
#define KNOWN_BY_phone(table)
#define KNOWN_BY_member(table)
#define PERSONAL_TABLE(table, key, how) KNOWN_BY_##key(table)
#include "personal_tables.inc"

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT id FROM account WHERE tenant_id = ? AND id IN (?, ?) "
			"ORDER BY created_at, id LIMIT 2 FOR UPDATE",
		.params = COLUMNS(ROW(merge.tenant_id, INT32), ROW(merge.a, UUID),
			ROW(merge.b, UUID)),
		.columns = COLUMNS(COLUMN(struct locked_account, id, UUID)),
		.row_size = sizeof(struct locked_account),
	},
	[MARK] = {
		.text = "UPDATE account SET n_moves = n_moves + 1 WHERE tenant_id = ? "
			"AND id IN (?, ?)",
		.params = COLUMNS(ROW(merge.tenant_id, INT32), ROW(merge.a, UUID),
			ROW(merge.b, UUID)),
	},
	[MERGE_merge_log] = {
		.text = "INSERT INTO merge_log (tenant_id, survivor_id, merged_id, moved, "
			"created_at) SELECT tenant_id, id, ?, JSON_OBJECT("
			"'users', (SELECT JSON_ARRAYAGG(id) FROM wechat_user "
			"WHERE tenant_id = account.tenant_id AND account_id = ?), "
			"'unionids', (SELECT JSON_ARRAYAGG(JSON_ARRAY(open_platform_id, unionid)) "
			"FROM account_unionid WHERE tenant_id = account.tenant_id "
			"AND account_id = ?), "
			"'aliases', (SELECT JSON_ARRAYAGG(HEX(alias)) FROM account_alias "
			"WHERE tenant_id = account.tenant_id AND account_id = ?), "
			"'memberships', (SELECT JSON_ARRAYAGG(m.id) FROM " MOVING_MEMBERSHIPS
			"WHERE m.tenant_id = account.tenant_id AND m.account_id = ? "
			"AND s.id IS NULL), "
			"'consents', (SELECT JSON_ARRAYAGG(id) FROM consent "
			"WHERE tenant_id = account.tenant_id AND account_id = ?), "
			"'external_ids', (SELECT JSON_ARRAYAGG(id) FROM external_id "
			"WHERE tenant_id = account.tenant_id AND account_id = ?), "
			"'survivor', JSON_OBJECT(" ACCOUNT_CUSTOMER_FLAGS(MEMBER)
			"'is_active', is_active, 'is_deleted', is_deleted, "
			"'deleted_at', deleted_at, 'is_risk', is_risk, 'is_lockout_enabled', "
			"is_lockout_enabled, 'lockout_end', lockout_end, 'access_failed_count', "
			"access_failed_count, 'confirmed_phone_hash', HEX(confirmed_phone_hash), "
			"'confirmed_phone_hash_next', HEX(confirmed_phone_hash_next), "
			"'confirmed_phone_source', confirmed_phone_source, "
			"'confirmed_phone_at', confirmed_phone_at)), "
			"UTC_TIMESTAMP(6) FROM account WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(merge.merged, UUID),
			ROW(merge.merged, UUID), ROW(merge.merged, UUID), ROW(merge.survivor, UUID),
			ROW(merge.merged, UUID), ROW(merge.merged, UUID), ROW(merge.merged, UUID),
			ROW(merge.tenant_id, INT32), ROW(merge.survivor, UUID)),
	},
	[MERGE_wechat_user] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") ", account_id = ? "
			"WHERE tenant_id = ? AND account_id = ?",
		.changes_users = true,
		.params = COLUMNS(FROM_MERGED),
	},
	/* After the users: a renewal locks in the same order. */
	[MERGE_access_token] = {
		.text = "UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id "
			"JOIN account s ON s.id = u.account_id JOIN account m "
			"ON m.tenant_id = s.tenant_id AND m.id = ? "
			"SET " ACCOUNT_MERGE_TOKEN_OWNER ", t.security_stamp = s.security_stamp "
			"WHERE s.tenant_id = ? AND s.id = ? "
			"AND t.security_stamp = m.security_stamp",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(merge.tenant_id, INT32),
			ROW(merge.survivor, UUID)),
	},
	[MERGE_account_unionid] = {
		.text = "UPDATE account_unionid SET account_id = ? "
			"WHERE tenant_id = ? AND account_id = ?",
		.params = COLUMNS(FROM_MERGED),
	},
	[MERGE_account_alias] = {
		.text = "UPDATE account_alias SET account_id = ? "
			"WHERE tenant_id = ? AND account_id = ?",
		.params = COLUMNS(FROM_MERGED),
	},
	[MERGE_membership] = {
		.text = "UPDATE " MOVING_MEMBERSHIPS "SET m.account_id = ? "
			"WHERE m.tenant_id = ? AND m.account_id = ? AND s.id IS NULL",
		.params = COLUMNS(ROW(merge.survivor, UUID), FROM_MERGED),
	},
	[MERGE_consent] = {
		.text = "UPDATE consent SET account_id = ? "
			"WHERE tenant_id = ? AND account_id = ?",
		.params = COLUMNS(FROM_MERGED),
	},
	[MERGE_external_id] = {
		.text = "UPDATE external_id SET account_id = ? "
			"WHERE tenant_id = ? AND account_id = ?",
		.params = COLUMNS(FROM_MERGED),
	},
	[ADD_ALIAS] = {
		.text = "INSERT INTO account_alias (alias, tenant_id, account_id, created_at) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(merge.tenant_id, INT32),
			ROW(merge.survivor, UUID)),
	},
	/* The newer confirmation stays. */
	[TAKE_PHONE] = {
		.text = "UPDATE " MERGED_AND_SURVIVOR "SET "
			"s.confirmed_phone_hash = m.confirmed_phone_hash, "
			"s.confirmed_phone_hash_next = m.confirmed_phone_hash_next, "
			"s.confirmed_phone_source = m.confirmed_phone_source, "
			"s.confirmed_phone_at = m.confirmed_phone_at "
			"WHERE s.tenant_id = ? AND s.id = ? AND "
			"COALESCE(m.confirmed_phone_at > s.confirmed_phone_at, "
			"m.confirmed_phone_at IS NOT NULL)",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(merge.tenant_id, INT32),
			ROW(merge.survivor, UUID)),
	},
	[MERGE_account] = {
		.text = "UPDATE " MERGED_AND_SURVIVOR "SET "
			ACCOUNT_CUSTOMER_FLAGS(KEEP_OR_TAKE)
			"s.is_active = s.is_active AND m.is_active, "
			"s.disabled_at = COALESCE(s.disabled_at, m.disabled_at), "
			"s.is_deleted = s.is_deleted OR m.is_deleted, "
			"s.deleted_at = COALESCE(s.deleted_at, m.deleted_at), "
			"s.is_risk = s.is_risk OR m.is_risk, "
			"s.is_lockout_enabled = s.is_lockout_enabled OR m.is_lockout_enabled, "
			"s.lockout_end = COALESCE(GREATEST(s.lockout_end, m.lockout_end), "
			"s.lockout_end, m.lockout_end), "
			"s.access_failed_count = GREATEST(s.access_failed_count, "
			"m.access_failed_count), "
			"s.entity_version = s.entity_version + 1, s.concurrency_stamp = ?, "
			"s.modified_at = UTC_TIMESTAMP(6) WHERE s.tenant_id = ? AND s.id = ?",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(concurrency_stamp, UUID),
			ROW(merge.tenant_id, INT32), ROW(merge.survivor, UUID)),
	},
	/* The conflicts between the two accounts. */
	[SETTLE] = {
		.text = "UPDATE account_conflict c JOIN wechat_user u ON u.id = c.wechat_user_id "
			"LEFT JOIN account_alias a "
			"ON a.tenant_id = c.tenant_id AND a.alias = c.other_account_id "
			"SET c.settled_at = UTC_TIMESTAMP(6) "
			"WHERE u.tenant_id = ? AND u.account_id = ? AND c.settled_at IS NULL "
			"AND COALESCE(a.account_id, c.other_account_id) = u.account_id",
		.params = COLUMNS(ROW(merge.tenant_id, INT32), ROW(merge.survivor, UUID)),
	},
};

const struct stmt_table account_merge_statements = STMT_TABLE(statements);

enum err account_merge_lock(struct db *db, struct account_merge *merge)
{
	const struct merge_row row = {.merge = *merge};
	const struct locked_account *locked;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LOCK], &row, &rows, &n);

	if (err != ERR_NONE)
		return err;
	locked = rows;
	if (n > 0)
		merge->survivor = locked[0].id;
	if (n > 1)
		merge->merged = locked[1].id;
	return ERR_NONE;
}

enum err account_merge_mark(struct db *db, const struct account_merge *merge)
{
	const struct merge_row row = {.merge = *merge};

	return stmt_write(db, &statements[MARK], &row);
}

enum err account_merge_audit(
	struct db *db, const struct account_merge *merge, const char *action, const char *log)
{
	char survivor[UUID_TEXT_SIZE], merged[UUID_TEXT_SIZE];
	struct audit_entry entry = {
		.tenant_id = merge->tenant_id,
		.action = action,
		.actor = merge->actor,
		.subject = survivor,
	};

	uuid_format(merge->survivor, survivor);
	uuid_format(merge->merged, merged);
	entry.details = arena_printf(db->arena, "{%s\"merged\":\"%s\"}", log, merged);
	return audit_write(db, &entry);
}

enum err account_merge_apply(struct db *db, struct account_merge *merge)
{
	const struct merge_row row = {.merge = *merge, .concurrency_stamp = uuid_random()};
	enum err err = ERR_NONE;

	for (size_t i = MERGE_merge_log; i <= SETTLE && err == ERR_NONE; i++) {
		err = stmt_write(db, &statements[i], &row);
		if (i == MERGE_merge_log)
			merge->log_id = db->insert_id;
	}
	if (err == ERR_NONE)
		err = user_changes_add_merged(
			db, merge->tenant_id, merge->merged, merge->survivor);
	return err == ERR_NONE ? account_merge_audit(db, merge, "account.merge", "") : err;
}
