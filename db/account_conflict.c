#include "account.h"
#include "account_conflict.h"
#include "account_link.h"
#include "account_merge.h"
#include "arena.h"
#include "audit.h"
#include "stmt.h"
#include "transaction.h"

#define MERGE(member, type) COLUMN(struct conflict_merge, member, type)
#define CONFLICT(member, type) COLUMN(struct account_conflict, member, type)

enum { LIST, PAGE, FIND, SETTLE, SURVEY };

#define PAGE_OF(member, type) COLUMN(struct conflict_page, member, type)
#define SELECT                                                                                  \
	"SELECT c.id, c.tenant_id, c.reason, COALESCE(a.account_id, c.account_id), "            \
	"COALESCE(b.account_id, c.other_account_id), u.openid, c.unionid, "                     \
	"c.created_at FROM account_conflict c JOIN wechat_user u ON u.id = c.wechat_user_id "   \
	"LEFT JOIN account_alias a ON a.alias = c.account_id AND a.tenant_id = c.tenant_id "    \
	"LEFT JOIN account_alias b ON b.alias = c.other_account_id "                            \
	"AND b.tenant_id = c.tenant_id "
#define LISTED                                                                                  \
	CONFLICT(id, INT64), CONFLICT(tenant_id, INT32), CONFLICT(reason, INT32),               \
		CONFLICT(account_id, UUID), CONFLICT(other_id, UUID), CONFLICT(openid, STR),    \
		CONFLICT(unionid, STR), CONFLICT(created_us, TIME)
#define OF_MERGED " WHERE account_id = m.id)"

static const struct stmt statements[] = {
	[LIST] = {
		.text = SELECT "WHERE c.settled_at IS NULL ORDER BY c.id LIMIT 1000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(LISTED),
		.row_size = sizeof(struct account_conflict),
	},
	[PAGE] = {
		.text = SELECT "WHERE c.tenant_id = ? AND c.settled_at IS NULL AND c.id > ? "
			"ORDER BY c.id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(PAGE_OF(tenant_id, INT32), PAGE_OF(after_id, INT64),
			PAGE_OF(n_most, INT32)),
		.columns = COLUMNS(LISTED),
		.row_size = sizeof(struct account_conflict),
	},
	[FIND] = {
		.text = "SELECT tenant_id, account_id FROM account_conflict "
			"WHERE id = ? AND settled_at IS NULL FOR UPDATE",
		.any_tenant = "the rule compares the tenant, unless it is the operator's",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(CONFLICT(id, INT64)),
		.columns = COLUMNS(CONFLICT(tenant_id, INT32), CONFLICT(account_id, UUID)),
	},
	[SETTLE] = {
		.text = "UPDATE account_conflict SET settled_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(CONFLICT(tenant_id, INT32), CONFLICT(id, INT64)),
	},
	[SURVEY] = {
		.text = "SELECT (SELECT COUNT(*) FROM wechat_user" OF_MERGED
			", (SELECT COUNT(*) FROM account_unionid" OF_MERGED
			", (SELECT COUNT(*) FROM account_alias" OF_MERGED
			", (SELECT COUNT(*) FROM membership x WHERE x.account_id = m.id "
			"AND NOT EXISTS (SELECT 1 FROM membership y WHERE y.account_id = s.id "
			"AND y.community_id = x.community_id AND y.role_type = x.role_type)), "
			"(SELECT COUNT(*) FROM access_token t "
			"JOIN wechat_user u ON u.id = t.wechat_user_id WHERE u.account_id = m.id "
			"AND t.revoked_at IS NULL AND t.rotated_at IS NULL "
			"AND t.expires_at > UTC_TIMESTAMP(6)), "
			"EXISTS (SELECT 1 FROM account_unionid x JOIN account_unionid y "
			"ON y.open_platform_id = x.open_platform_id "
			"WHERE x.account_id = s.id AND y.account_id = m.id), "
			"s.is_deleted OR m.is_deleted OR s.erases_at IS NOT NULL "
			"OR m.erases_at IS NOT NULL OR EXISTS "
			"(SELECT 1 FROM account_alias WHERE tenant_id = s.tenant_id "
			"AND alias IN (s.id, m.id)), "
			"EXISTS (SELECT 1 FROM wechat_user x JOIN wechat_user y "
			"ON y.app_id = x.app_id WHERE x.account_id = s.id "
			"AND y.account_id = m.id), "
			"EXISTS (SELECT 1 FROM wechat_user x JOIN wechat_user y "
			"ON y.member_id <> x.member_id WHERE x.account_id = s.id "
			"AND y.account_id = m.id), "
			"s.is_active <> m.is_active FROM account s JOIN account m "
			"ON m.tenant_id = s.tenant_id AND m.id = ? "
			"WHERE s.tenant_id = ? AND s.id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(MERGE(merged, UUID), MERGE(a.tenant_id, INT32),
			MERGE(survivor, UUID)),
		.columns = COLUMNS(MERGE(n_users, INT32), MERGE(n_unionids, INT32),
			MERGE(n_aliases, INT32), MERGE(n_memberships, INT32),
			MERGE(n_tokens, INT32), MERGE(has_two_unionids, BOOL),
			MERGE(has_gone, BOOL), MERGE(has_openids_of_one_app, BOOL),
			MERGE(has_two_members, BOOL), MERGE(has_one_off, BOOL)),
	},
};

const struct stmt_table account_conflict_statements = STMT_TABLE(statements);

/* ---- Conflicts. */

const char *conflict_reason_name(int32_t reason)
{
	static const char *const names[] = {
		[CONFLICT_UNIONID] = "another unionid",
		[CONFLICT_OPENID] = "two openids",
		[CONFLICT_MEMBER] = "two members",
		[CONFLICT_OFF] = "one is off",
		[CONFLICT_APART] = "taken apart",
	};

	return names[reason];
}

enum err account_conflict_list(
	struct db *db, void (*row)(void *ctx, const struct account_conflict *conflict), void *ctx)
{
	const struct account_conflict *conflicts;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	conflicts = rows;
	for (size_t i = 0; i < n; i++)
		row(ctx, &conflicts[i]);
	return ERR_NONE;
}

enum err account_conflict_page(struct db *db, const struct conflict_page *page,
	const struct account_conflict **conflicts_r, size_t *n_r)
{
	void *rows;
	enum err err = stmt_all(db, &statements[PAGE], page, &rows, n_r);

	*conflicts_r = err == ERR_NONE ? rows : NULL;
	return err;
}

static enum err audit_dismissal(struct db *db, const struct account_conflict *conflict)
{
	char account[UUID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = conflict->tenant_id,
		.action = "conflict.dismiss",
		.subject = account,
		.details = arena_printf(
			db->arena, "{\"conflict\":%lld}", (long long)conflict->id),
	};

	uuid_format(conflict->account_id, account);
	return audit_write(db, &entry);
}

static enum err dismiss(struct db *db, void *ctx)
{
	const struct account_conflict *wanted = ctx;
	struct account_conflict conflict = {.id = wanted->id};
	enum err err =
		stmt_need(db, &statements[FIND], &conflict, &conflict, ERR_PARAMETER);

	if (err == ERR_NONE && wanted->tenant_id != 0 && conflict.tenant_id != wanted->tenant_id)
		return ERR_PARAMETER;
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[SETTLE], &conflict);
	return err == ERR_NONE ? audit_dismissal(db, &conflict) : err;
}

enum err account_conflict_dismiss_of(struct db *db, int32_t tenant_id, int64_t id)
{
	struct account_conflict conflict = {.tenant_id = tenant_id, .id = id};

	return transaction_run(db, dismiss, &conflict);
}

enum err account_conflict_dismiss(struct db *db, int64_t id)
{
	return account_conflict_dismiss_of(db, 0, id);
}

/* ---- Merges. */

static enum err lock_both(
	struct db *db, const struct conflict_merge *both, struct account_merge *merge_r)
{
	enum err err;

	*merge_r = (struct account_merge){
		.tenant_id = both->a.tenant_id,
		.a = both->a.id,
		.b = both->b.id,
	};
	err = account_merge_lock(db, merge_r);
	return err == ERR_NONE && uuid_is_nil(merge_r->merged) ? ERR_PARAMETER : err;
}

static enum err merge_both(struct db *db, void *ctx)
{
	struct conflict_merge *both = ctx;
	struct account_merge merge;
	enum err err = lock_both(db, both, &merge);

	if (err != ERR_NONE)
		return err;
	both->survivor = merge.survivor;
	both->merged = merge.merged;
	err = stmt_need(db, &statements[SURVEY], both, both, ERR_PARAMETER);
	if (err == ERR_NONE && (both->has_two_unionids || both->has_gone))
		err = ERR_PARAMETER;
	if (err != ERR_NONE || both->is_dry_run)
		return err;
	err = account_merge_mark(db, &merge);
	if (err == ERR_NONE)
		err = account_merge_apply(db, &merge);
	both->id = merge.log_id;
	return err;
}

enum err account_conflict_merge(struct db *db, struct conflict_merge *merge)
{
	return transaction_run(db, merge_both, merge);
}
