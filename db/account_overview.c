#include "account_overview.h"
#include "account_row.h"
#include "stmt.h"

#define OWN(name)                                                                               \
	", IF(" name " IS NULL, NULL, CONCAT('" name " ', IF(" name ", 'true', 'false')))"

#define STATE(member, type) COLUMN(struct account_overview, member, type)
#define USER(member, type) COLUMN(struct overview_user, member, type)
#define MERGE(member, type) COLUMN(struct overview_merge, member, type)

enum { STATE_OF, USERS, MERGES };

static const struct stmt statements[] = {
	[STATE_OF] = {
		.text = "SELECT is_active, is_deleted, is_lockout_enabled "
			"AND COALESCE(lockout_end > UTC_TIMESTAMP(6), FALSE), is_risk, created_at, "
			"(SELECT COUNT(*) FROM access_token t "
			"JOIN wechat_user u ON u.id = t.wechat_user_id "
			"WHERE u.account_id = account.id AND t.revoked_at IS NULL "
			"AND t.rotated_at IS NULL AND t.expires_at > UTC_TIMESTAMP(6) "
			"AND t.security_stamp = account.security_stamp), "
			"(SELECT COUNT(*) FROM user_member WHERE account_id = account.id), "
			"CONCAT_WS(', '" ACCOUNT_CUSTOMER_FLAGS(OWN) ") "
			"FROM account WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(STATE(ref.tenant_id, INT32), STATE(ref.id, UUID)),
		.columns = COLUMNS(STATE(is_active, BOOL), STATE(is_deleted, BOOL),
			STATE(is_locked, BOOL), STATE(is_risk, BOOL), STATE(created_us, TIME),
			STATE(n_tokens, INT32), STATE(n_memberships, INT32),
			STATE(own_flags, STR)),
	},
	[USERS] = {
		.text = "SELECT u.id, u.tenant_id, u.row_uuid, a.appid, u.openid, u.unionid, "
			"u.name, u.phone, b.member_id FROM wechat_user u "
			"LEFT JOIN app a ON a.id = u.app_id "
			"LEFT JOIN member_binding b ON b.wechat_user_id = u.id "
			"WHERE u.account_id = ? ORDER BY u.id LIMIT 100",
		.params = COLUMNS(STATE(ref.id, UUID)),
		.columns = COLUMNS(USER(id, INT32), USER(tenant_id, INT32), USER(row_uuid, UUID),
			USER(appid, STR), USER(openid, STR), USER(unionid, STR), USER(name, STR),
			SEALED(struct overview_user, phone, "wechat_user", "phone"),
			USER(member_id, REF)),
		.row_size = sizeof(struct overview_user),
	},
	[MERGES] = {
		.text = "SELECT id, merged_id, created_at, undone_at FROM merge_log "
			"WHERE survivor_id = ? ORDER BY id LIMIT 100",
		.params = COLUMNS(STATE(ref.id, UUID)),
		.columns = COLUMNS(MERGE(id, INT64), MERGE(merged, UUID), MERGE(created_us, TIME),
			MERGE(undone_us, TIME)),
		.row_size = sizeof(struct overview_merge),
	},
};

const struct stmt_table account_overview_statements = STMT_TABLE(statements);

enum err account_look(
	struct db *db, const struct account_ref *ref, struct account_overview *overview_r)
{
	void *users, *merges;
	int found;

	*overview_r = (struct account_overview){.ref = *ref};
	found = stmt_find(db, &statements[STATE_OF], overview_r, overview_r);
	if (found == 0)
		return ERR_USER_UNKNOWN;
	if (found < 0 ||
		stmt_all(db, &statements[USERS], overview_r, &users, &overview_r->n_users) != 0 ||
		stmt_all(db, &statements[MERGES], overview_r, &merges, &overview_r->n_merges) != 0)
		return conn_err(db);
	overview_r->users = users;
	overview_r->merges = merges;
	return ERR_NONE;
}
