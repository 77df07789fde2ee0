#include "account_row.h"
#include "arena.h"
#include "audit.h"
#include "merge.h"
#include "stmt.h"
#include "transaction.h"

struct merge_row {
	struct merge merge;
	uint8_t concurrency_stamp[SECRET_UUID_SIZE];
};

struct locked {
	uint8_t id[SECRET_UUID_SIZE];
};

#define ROW(member, type) COLUMN(struct merge_row, member, type)

/* A membership of m that the survivor has as well stays behind. */
#define MOVING_MEMBERSHIPS                                                                      \
	"user_member m LEFT JOIN user_member s ON s.account_id = ? "                            \
	"AND s.community_id = m.community_id AND s.role_type = m.role_type "

#define MEMBER(flag) "'" flag "', " flag ", "
#define KEEP_OR_TAKE(flag) "s." flag " = COALESCE(s." flag ", m." flag "), "

enum {
	LOCK,
	MARK,
	LOG,
	MOVE_USERS,
	MOVE_TOKENS,
	MOVE_UNIONIDS,
	MOVE_ALIASES,
	MOVE_MEMBERSHIPS,
	ADD_ALIAS,
	JOIN_FLAGS,
	SETTLE,
};

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT id FROM account WHERE tenant_id = ? AND id IN (?, ?) "
			"ORDER BY created_at, id LIMIT 2 FOR UPDATE",
		.params = COLUMNS(ROW(merge.tenant_id, INT32), ROW(merge.a, UUID),
			ROW(merge.b, UUID)),
		.columns = COLUMNS(COLUMN(struct locked, id, UUID)),
		.row_size = sizeof(struct locked),
	},
	[MARK] = {
		.text = "UPDATE account SET n_moves = n_moves + 1 WHERE tenant_id = ? "
			"AND id IN (?, ?)",
		.params = COLUMNS(ROW(merge.tenant_id, INT32), ROW(merge.a, UUID),
			ROW(merge.b, UUID)),
	},
	[LOG] = {
		.text = "INSERT INTO merge_log (tenant_id, survivor_id, merged_id, moved, "
			"created_at) SELECT tenant_id, id, ?, JSON_OBJECT("
			"'users', (SELECT JSON_ARRAYAGG(id) FROM wechat_user "
			"WHERE account_id = ?), "
			"'unionids', (SELECT JSON_ARRAYAGG(JSON_ARRAY(open_platform_id, unionid)) "
			"FROM account_unionid WHERE account_id = ?), "
			"'aliases', (SELECT JSON_ARRAYAGG(HEX(alias)) FROM account_alias "
			"WHERE account_id = ?), "
			"'memberships', (SELECT JSON_ARRAYAGG(m.id) FROM " MOVING_MEMBERSHIPS
			"WHERE m.account_id = ? AND s.id IS NULL), "
			"'survivor', JSON_OBJECT(" ACCOUNT_CUSTOMER_FLAGS(MEMBER)
			"'is_active', is_active, 'is_deleted', is_deleted, "
			"'deleted_at', deleted_at, 'is_risk', is_risk, 'is_lockout_enabled', "
			"is_lockout_enabled, 'lockout_end', lockout_end, 'access_failed_count', "
			"access_failed_count, 'confirmed_phone_hash', HEX(confirmed_phone_hash), "
			"'confirmed_phone_hash_next', HEX(confirmed_phone_hash_next))), "
			"UTC_TIMESTAMP(6) FROM account WHERE id = ?",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(merge.merged, UUID),
			ROW(merge.merged, UUID), ROW(merge.merged, UUID),
			ROW(merge.survivor, UUID), ROW(merge.merged, UUID),
			ROW(merge.survivor, UUID)),
	},
	[MOVE_USERS] = {
		.text = "UPDATE wechat_user SET account_id = ? WHERE account_id = ?",
		.params = COLUMNS(ROW(merge.survivor, UUID), ROW(merge.merged, UUID)),
	},
	/* After their users, since that is the order in which a renewal locks them. */
	[MOVE_TOKENS] = {
		.text = "UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id "
			"JOIN account s ON s.id = u.account_id JOIN account m ON m.id = ? "
			"SET t.security_stamp = s.security_stamp "
			"WHERE s.id = ? AND t.security_stamp = m.security_stamp",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(merge.survivor, UUID)),
	},
	[MOVE_UNIONIDS] = {
		.text = "UPDATE account_unionid SET account_id = ? WHERE account_id = ?",
		.params = COLUMNS(ROW(merge.survivor, UUID), ROW(merge.merged, UUID)),
	},
	[MOVE_ALIASES] = {
		.text = "UPDATE account_alias SET account_id = ? WHERE account_id = ?",
		.params = COLUMNS(ROW(merge.survivor, UUID), ROW(merge.merged, UUID)),
	},
	[MOVE_MEMBERSHIPS] = {
		.text = "UPDATE " MOVING_MEMBERSHIPS "SET m.account_id = ? "
			"WHERE m.account_id = ? AND s.id IS NULL",
		.params = COLUMNS(ROW(merge.survivor, UUID), ROW(merge.survivor, UUID),
			ROW(merge.merged, UUID)),
	},
	[ADD_ALIAS] = {
		.text = "INSERT INTO account_alias (alias, tenant_id, account_id, created_at) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(merge.tenant_id, INT32),
			ROW(merge.survivor, UUID)),
	},
	[JOIN_FLAGS] = {
		.text = "UPDATE account s JOIN account m ON m.id = ? SET "
			ACCOUNT_CUSTOMER_FLAGS(KEEP_OR_TAKE)
			"s.is_active = s.is_active AND m.is_active, "
			"s.is_deleted = s.is_deleted OR m.is_deleted, "
			"s.deleted_at = COALESCE(s.deleted_at, m.deleted_at), "
			"s.is_risk = s.is_risk OR m.is_risk, "
			"s.is_lockout_enabled = s.is_lockout_enabled OR m.is_lockout_enabled, "
			"s.lockout_end = COALESCE(GREATEST(s.lockout_end, m.lockout_end), "
			"s.lockout_end, m.lockout_end), "
			"s.access_failed_count = GREATEST(s.access_failed_count, "
			"m.access_failed_count), "
			"s.confirmed_phone_hash = COALESCE(s.confirmed_phone_hash, "
			"m.confirmed_phone_hash), "
			"s.confirmed_phone_hash_next = COALESCE(s.confirmed_phone_hash_next, "
			"m.confirmed_phone_hash_next), "
			"s.entity_version = s.entity_version + 1, s.concurrency_stamp = ?, "
			"s.modified_at = UTC_TIMESTAMP(6) WHERE s.id = ?",
		.params = COLUMNS(ROW(merge.merged, UUID), ROW(concurrency_stamp, UUID),
			ROW(merge.survivor, UUID)),
	},
	/* Conflicts of the two, which are one now. */
	[SETTLE] = {
		.text = "UPDATE account_conflict c JOIN wechat_user u ON u.id = c.wechat_user_id "
			"LEFT JOIN account_alias a ON a.alias = c.other_account_id "
			"SET c.settled_at = UTC_TIMESTAMP(6) WHERE u.account_id = ? "
			"AND c.settled_at IS NULL "
			"AND COALESCE(a.account_id, c.other_account_id) = u.account_id",
		.params = COLUMNS(ROW(merge.survivor, UUID)),
	},
};

const struct stmt_table merge_statements = STMT_TABLE(statements);

int merge_lock(struct db *db, struct merge *merge)
{
	const struct merge_row row = {.merge = *merge};
	const struct locked *locked;
	void *rows;
	size_t n;

	if (stmt_all(db, &statements[LOCK], &row, &rows, &n) != 0)
		return -1;
	locked = rows;
	if (n > 0)
		memcpy(merge->survivor, locked[0].id, sizeof(merge->survivor));
	if (n > 1)
		memcpy(merge->merged, locked[1].id, sizeof(merge->merged));
	return 0;
}

int merge_mark(struct db *db, const struct merge *merge)
{
	const struct merge_row row = {.merge = *merge};

	return stmt_run(db, &statements[MARK], &row) < 0 ? -1 : 0;
}

static int note(struct db *db, const struct merge *merge)
{
	char survivor[ACCOUNT_ID_TEXT_SIZE], merged[ACCOUNT_ID_TEXT_SIZE];
	struct audit_entry entry = {
		.tenant_id = merge->tenant_id,
		.action = "account.merge",
		.actor = merge->actor,
		.subject = survivor,
	};

	account_format_id(merge->survivor, survivor);
	account_format_id(merge->merged, merged);
	entry.details = arena_printf(db->arena, "{\"merged\":\"%s\"}", merged);
	return audit_write(db, &entry);
}

int merge_accounts(struct db *db, struct merge *merge)
{
	struct merge_row row = {.merge = *merge};

	secret_random(row.concurrency_stamp, sizeof(row.concurrency_stamp));
	for (size_t i = LOG; i < sizeof(statements) / sizeof(statements[0]); i++) {
		int n_rows = stmt_run(db, &statements[i], &row);

		if (n_rows == STMT_DUPLICATE)
			transaction_again(db);
		if (n_rows < 0)
			return -1;
		if (i == LOG)
			merge->log_id = db->insert_id;
	}
	return note(db, merge);
}
