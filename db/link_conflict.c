#include "account.h"
#include "link_conflict.h"
#include "log.h"
#include "stmt.h"

struct known_row {
	bool is_known;
};

#define ROW(member, type) COLUMN(struct link_conflict, member, type)

enum { FIND, RECORD, KNOWN, FORGET };

static const struct stmt statements[] = {
	/* An enum conflict_reason. The user may have no account and no app yet. */
	[FIND] = {
		.text = "SELECT CASE "
			"WHEN EXISTS (SELECT 1 FROM account_unionid a JOIN account_unionid b "
			"ON b.open_platform_id = a.open_platform_id "
			"WHERE a.tenant_id = ? AND a.account_id = ? AND b.account_id = ?) THEN 1 "
			"WHEN EXISTS (SELECT 1 FROM wechat_user b "
			"WHERE b.tenant_id = ? AND b.account_id = ? "
			"AND (b.app_id = ? OR b.app_id IN (SELECT a.app_id FROM wechat_user a "
			"WHERE a.tenant_id = ? AND a.account_id = ?))) THEN 2 "
			"WHEN EXISTS (SELECT 1 FROM wechat_user b JOIN wechat_user a "
			"ON a.tenant_id = b.tenant_id AND a.member_id <> b.member_id "
			"WHERE b.tenant_id = ? AND b.account_id = ? "
			"AND (a.account_id = ? OR a.id = ?)) THEN 3 "
			"WHEN EXISTS (SELECT 1 FROM merge_log l "
			"WHERE l.tenant_id = ? AND l.undone_at IS NOT NULL "
			"AND (l.survivor_id, l.merged_id) IN ((?, ?), (?, ?))) THEN 5 "
			"WHEN EXISTS (SELECT 1 FROM account mine JOIN account a "
			"ON a.tenant_id = mine.tenant_id AND a.id IN (mine.id, ?) "
			"WHERE mine.tenant_id = ? AND mine.id = ? "
			"AND NOT " ACCOUNT_MAY_LOG_IN ") THEN 4 ELSE 0 END",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID),
			ROW(other_id, UUID), ROW(tenant_id, INT32), ROW(other_id, UUID),
			ROW(app_id, INT32), ROW(tenant_id, INT32), ROW(account_id, UUID),
			ROW(tenant_id, INT32), ROW(other_id, UUID), ROW(account_id, UUID),
			ROW(wechat_user_id, INT32), ROW(tenant_id, INT32), ROW(account_id, UUID),
			ROW(other_id, UUID), ROW(other_id, UUID), ROW(account_id, UUID),
			ROW(other_id, UUID), ROW(tenant_id, INT32), ROW(account_id, UUID)),
		.columns = COLUMNS(ROW(reason, INT32)),
	},
	/* Once, however often the user logs in, and not if the app has just left the platform. */
	[RECORD] = {
		.text = "INSERT INTO account_conflict (tenant_id, open_platform_id, unionid, "
			"wechat_user_id, account_id, other_account_id, reason, created_at) "
			"SELECT ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6) FROM app "
			"WHERE tenant_id = ? AND id = ? AND open_platform_id = ? AND NOT EXISTS "
			"(SELECT 1 FROM account_conflict WHERE tenant_id = ? "
			"AND wechat_user_id = ? AND open_platform_id = ? "
			"AND unionid = ? AND reason = ?)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(open_platform_id, INT32),
			ROW(unionid, STR), ROW(wechat_user_id, INT32), ROW(account_id, UUID),
			ROW(other_id, UUID), ROW(reason, INT32), ROW(tenant_id, INT32),
			ROW(app_id, INT32), ROW(open_platform_id, INT32), ROW(tenant_id, INT32),
			ROW(wechat_user_id, INT32), ROW(open_platform_id, INT32),
			ROW(unionid, STR), ROW(reason, INT32)),
	},
	[KNOWN] = {
		.text = "SELECT EXISTS (SELECT 1 FROM account_conflict c "
			"JOIN wechat_user u ON u.id = c.wechat_user_id "
			"WHERE u.tenant_id = ? AND u.app_id = ? AND c.open_platform_id = ? "
			"AND c.reason = ? AND c.settled_at IS NULL AND c.wechat_user_id <> ?)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(app_id, INT32),
			ROW(open_platform_id, INT32), ROW(reason, INT32),
			ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(COLUMN(struct known_row, is_known, BOOL)),
	},
	/* If the unionid comes again, its conflict is recorded again. */
	[FORGET] = {
		.text = "DELETE FROM account_conflict WHERE tenant_id = ? "
			"AND wechat_user_id = ? AND unionid <> ? AND settled_at IS NULL",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32),
			ROW(unionid, STR)),
	},
};

const struct stmt_table link_conflict_statements = STMT_TABLE(statements);

enum err link_conflict_find(struct db *db, struct link_conflict *conflict)
{
	return stmt_need(db, &statements[FIND], conflict, conflict, ERR_INTERNAL);
}

/* Warns for the first user of an app only. */
static enum err warn_of_move(struct db *db, const struct link_conflict *conflict)
{
	struct known_row known;
	enum err err = stmt_need(db, &statements[KNOWN], conflict, &known, ERR_INTERNAL);

	if (err == ERR_NONE && !known.is_known)
		log_warning("app %s: WeChat gives a user another unionid than before; if the app "
			    "has moved to another Open Platform account, run: wxuserctl app set %s "
			    "--open-platform NAME",
			conflict->appid, conflict->appid);
	return err;
}

enum err link_conflict_record(struct db *db, const struct link_conflict *conflict)
{
	enum err err = stmt_write(db, &statements[RECORD], conflict);

	if (err == ERR_DUPLICATE)
		return ERR_NONE;
	if (err == ERR_NONE && db->n_rows > 0 && conflict->reason == CONFLICT_UNIONID &&
		!conflict->is_from_file)
		err = warn_of_move(db, conflict);
	return err;
}

enum err link_conflict_forget(struct db *db, const struct link_conflict *conflict)
{
	return stmt_write(db, &statements[FORGET], conflict);
}
