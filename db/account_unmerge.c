#include "account.h"
#include "account_merge.h"
#include "account_unmerge.h"
#include "arena.h"
#include "stmt.h"
#include "transaction.h"
#include "user_row.h"

struct unmerge {
	struct account_merge merge;
	bool is_undone, is_survivor_merged, is_survivor_closed;
	int32_t tenant_id; /* whose merge is undone; 0: any tenant's */
	int32_t n_missing;
	struct uuid concurrency_stamp;
	enum unmerge_problem problem;
};

#define UNDO(member, type) COLUMN(struct unmerge, member, type)

/* JSON_QUERY() is NULL if nothing of the kind moved. */
#define MOVED(kind) "JSON_QUERY(l.moved, '$." kind "')"
#define N_MOVED(kind) "COALESCE(JSON_LENGTH(" MOVED(kind) "), 0)"
#define HAS_USER "JSON_CONTAINS(" MOVED("users") ", u.id)"
/* JSON_CONTAINS() finds a pair in a list of pairs if it is given as a list of one. */
#define HAS_UNIONID                                                                             \
	"JSON_CONTAINS(" MOVED("unionids") ", "                                                 \
	"JSON_ARRAY(JSON_ARRAY(n.open_platform_id, n.unionid)))"
#define HAS_ALIAS "JSON_CONTAINS(" MOVED("aliases") ", JSON_QUOTE(HEX(a.alias)))"
#define HAS_MEMBERSHIP "JSON_CONTAINS(" MOVED("memberships") ", um.id)"
#define HAS_CONSENT "JSON_CONTAINS(" MOVED("consents") ", c.id)"
#define HAS_EXTERNAL_ID "JSON_CONTAINS(" MOVED("external_ids") ", x.id)"

#define BEFORE(flag) "NULLIF(JSON_VALUE(l.moved, '$.survivor." flag "'), 'null')"
#define TIME_BEFORE(flag) "CAST(" BEFORE(flag) " AS DATETIME(6))"
#define HASH_BEFORE(flag) "UNHEX(" BEFORE(flag) ")"
/* Restores a flag unless somebody has changed it since the merge. */
#define PUT_BACK(flag, before, joined)                                                          \
	"s." flag " = IF(s." flag " <=> " joined ", " before ", s." flag ")"
#define PUT_BACK_OWN(flag)                                                                      \
	PUT_BACK(#flag, BEFORE(#flag), "COALESCE(" BEFORE(#flag) ", m." #flag ")") ", "

#define IN_LOG " JOIN merge_log l ON l.tenant_id = ? AND l.id = ? "
#define LOG_ID UNDO(merge.tenant_id, INT32), UNDO(merge.log_id, INT64)

enum {
	READ_LOG, COUNT_MISSING,
	/* Run in this order. */
	UNMERGE_wechat_user,
	UNMERGE_access_token,
	UNMERGE_account_unionid,
	UNMERGE_account_alias,
	UNMERGE_membership,
	UNMERGE_consent, UNMERGE_external_id,
	DROP_ALIAS, GIVE_PHONE_BACK, DISABLE_MERGED, DISABLE_SURVIVOR,
	UNMERGE_account, UNMERGE_merge_log,
};

/* A table with rows by account that no undo moves back does not compile. */
#define KNOWN_BY_account(table)                                                                 \
	_Static_assert(UNMERGE_##table >= UNMERGE_wechat_user &&                               \
			UNMERGE_##table <= UNMERGE_merge_log,                                   \
		"no undo runs UNMERGE_" #table);
#define KNOWN_BY_wechat_user(table)
#define KNOWN_BY_openid(table)
#define KNOWN_BY_openid_hash(table)
#define KNOWN_BY_phone(table)
#define KNOWN_BY_member(table)
#define PERSONAL_TABLE(table, key, how) KNOWN_BY_##key(table)
#include "personal_tables.inc"

static const struct stmt statements[] = {
	[READ_LOG] = {
		.text = "SELECT tenant_id, survivor_id, merged_id, undone_at IS NOT NULL, "
			"EXISTS (SELECT 1 FROM account_alias WHERE alias = survivor_id), "
			"EXISTS (SELECT 1 FROM account WHERE id = survivor_id "
			"AND erases_at IS NOT NULL) FROM merge_log WHERE id = ? FOR UPDATE",
		.any_tenant = "the rule compares the tenant, unless it is the operator's",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(UNDO(merge.log_id, INT64)),
		.columns = COLUMNS(UNDO(merge.tenant_id, INT32), UNDO(merge.survivor, UUID),
			UNDO(merge.merged, UUID), UNDO(is_undone, BOOL),
			UNDO(is_survivor_merged, BOOL), UNDO(is_survivor_closed, BOOL)),
	},
	[COUNT_MISSING] = {
		.text = "SELECT " N_MOVED("users") " + " N_MOVED("unionids") " + "
			N_MOVED("aliases") " + 1 - (SELECT COUNT(*) FROM wechat_user u "
			"WHERE u.account_id = l.survivor_id AND " HAS_USER ") - "
			"(SELECT COUNT(*) FROM account_unionid n "
			"WHERE n.account_id = l.survivor_id AND " HAS_UNIONID ") - "
			"(SELECT COUNT(*) FROM account_alias a WHERE a.account_id = l.survivor_id "
			"AND (a.alias = l.merged_id OR " HAS_ALIAS ")) "
			"FROM merge_log l WHERE l.tenant_id = ? AND l.id = ?",
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
		.columns = COLUMNS(UNDO(n_missing, INT32)),
	},
	[UNMERGE_wechat_user] = {
		.text = "UPDATE wechat_user u" IN_LOG "SET " USER_ROW_SET_CHANGED("u.") ", "
			"u.account_id = l.merged_id "
			"WHERE u.account_id = l.survivor_id AND " HAS_USER,
		.changes_users = true,
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	/* After the users, as in a merge. */
	[UNMERGE_access_token] = {
		.text = "UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id" IN_LOG
			"JOIN account s ON s.id = l.survivor_id "
			"JOIN account m ON m.id = l.merged_id "
			"SET " ACCOUNT_MERGE_TOKEN_OWNER ", t.security_stamp = m.security_stamp "
			"WHERE u.account_id = m.id AND t.security_stamp = s.security_stamp",
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[UNMERGE_account_unionid] = {
		.text = "UPDATE account_unionid n" IN_LOG "SET n.account_id = l.merged_id "
			"WHERE n.account_id = l.survivor_id AND " HAS_UNIONID,
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[UNMERGE_account_alias] = {
		.text = "UPDATE account_alias a" IN_LOG "SET a.account_id = l.merged_id "
			"WHERE a.account_id = l.survivor_id AND " HAS_ALIAS,
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[UNMERGE_membership] = {
		.text = "UPDATE membership um" IN_LOG "SET um.account_id = l.merged_id "
			"WHERE um.account_id = l.survivor_id AND " HAS_MEMBERSHIP,
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[UNMERGE_consent] = {
		.text = "UPDATE consent c" IN_LOG "SET c.account_id = l.merged_id "
			"WHERE c.account_id = l.survivor_id AND " HAS_CONSENT,
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[UNMERGE_external_id] = {
		.text = "UPDATE external_id x" IN_LOG "SET x.account_id = l.merged_id "
			"WHERE x.account_id = l.survivor_id AND " HAS_EXTERNAL_ID,
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[DROP_ALIAS] = {
		.text = "DELETE FROM account_alias "
			"WHERE tenant_id = ? AND alias = ? AND account_id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(UNDO(merge.tenant_id, INT32), UNDO(merge.merged, UUID),
			UNDO(merge.survivor, UUID)),
	},
	/* Unless the survivor has confirmed another one since, or has lost it. While a look-up key
	 * replaces another one, one of both hashes may have been moved (lookup_columns.h). */
	[GIVE_PHONE_BACK] = {
		.text = "UPDATE account s" IN_LOG "JOIN account m ON m.id = l.merged_id SET "
			"s.confirmed_phone_hash = " HASH_BEFORE("confirmed_phone_hash") ", "
			"s.confirmed_phone_hash_next = " HASH_BEFORE("confirmed_phone_hash_next")
			", s.confirmed_phone_source = " BEFORE("confirmed_phone_source") ", "
			"s.confirmed_phone_at = " TIME_BEFORE("confirmed_phone_at") " "
			"WHERE s.id = l.survivor_id "
			"AND (s.confirmed_phone_hash = m.confirmed_phone_hash "
			"OR s.confirmed_phone_hash_next = m.confirmed_phone_hash_next) "
			"AND s.confirmed_phone_at = m.confirmed_phone_at",
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	/* Who is disabled now, or was before the merge, is disabled. */
	[DISABLE_MERGED] = {
		.text = "UPDATE account m" IN_LOG "JOIN account s ON s.id = l.survivor_id "
			"SET m.is_active = FALSE, m.disabled_at = s.disabled_at "
			"WHERE m.id = l.merged_id AND m.is_active AND NOT s.is_active",
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[DISABLE_SURVIVOR] = {
		.text = "UPDATE account s" IN_LOG "SET s.is_active = FALSE, "
			"s.disabled_at = UTC_TIMESTAMP(6) WHERE s.id = l.survivor_id "
			"AND s.is_active AND NOT " BEFORE("is_active"),
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
	[UNMERGE_account] = {
		.text = "UPDATE account s" IN_LOG "JOIN account m ON m.id = l.merged_id SET "
			ACCOUNT_CUSTOMER_FLAGS(PUT_BACK_OWN)
			PUT_BACK("is_risk", BEFORE("is_risk"),
				"(" BEFORE("is_risk") " OR m.is_risk)") ", "
			PUT_BACK("is_lockout_enabled", BEFORE("is_lockout_enabled"),
				"(" BEFORE("is_lockout_enabled") " OR m.is_lockout_enabled)") ", "
			PUT_BACK("lockout_end", TIME_BEFORE("lockout_end"),
				"COALESCE(GREATEST(" TIME_BEFORE("lockout_end") ", m.lockout_end), "
				TIME_BEFORE("lockout_end") ", m.lockout_end)") ", "
			PUT_BACK("access_failed_count",
				"CAST(" BEFORE("access_failed_count") " AS INT)",
				"GREATEST(CAST(" BEFORE("access_failed_count") " AS INT), "
				"m.access_failed_count)") ", "
			"s.entity_version = s.entity_version + 1, s.concurrency_stamp = ?, "
			"s.modified_at = UTC_TIMESTAMP(6) WHERE s.id = l.survivor_id",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(LOG_ID, UNDO(concurrency_stamp, UUID)),
	},
	[UNMERGE_merge_log] = {
		.text = "UPDATE merge_log SET undone_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(LOG_ID), .user = DB_USER_ADMIN,
	},
};

const struct stmt_table account_unmerge_statements = STMT_TABLE(statements);

static enum err refuse_undo(struct unmerge *unmerge, enum unmerge_problem problem)
{
	unmerge->problem = problem;
	return ERR_PARAMETER;
}

/* Locks both accounts, so that nothing that belongs to either moves. */
static enum err lock_merged(struct db *db, struct account_merge *merge)
{
	enum err err;

	merge->a = merge->survivor;
	merge->b = merge->merged;
	err = account_merge_lock(db, merge);
	return err == ERR_NONE ? account_merge_mark(db, merge) : err;
}

static enum err check_undo(struct db *db, struct unmerge *unmerge)
{
	enum err err = stmt_need(db, &statements[READ_LOG], unmerge, unmerge, ERR_PARAMETER);

	if (err == ERR_NONE && unmerge->tenant_id != 0 &&
		unmerge->merge.tenant_id != unmerge->tenant_id)
		err = ERR_PARAMETER;
	if (err == ERR_PARAMETER)
		return refuse_undo(unmerge, UNMERGE_UNKNOWN);
	if (err != ERR_NONE)
		return err;
	if (unmerge->is_undone)
		return refuse_undo(unmerge, UNMERGE_DONE);
	if (unmerge->is_survivor_merged)
		return refuse_undo(unmerge, UNMERGE_SURVIVOR_MERGED);
	if (unmerge->is_survivor_closed)
		return refuse_undo(unmerge, UNMERGE_SURVIVOR_CLOSED);
	err = lock_merged(db, &unmerge->merge);
	if (err == ERR_NONE)
		err = stmt_need(
			db, &statements[COUNT_MISSING], unmerge, unmerge, ERR_PARAMETER);
	if (err == ERR_NONE && unmerge->n_missing != 0)
		err = refuse_undo(unmerge, UNMERGE_MOVED_ON);
	return err;
}

static enum err unmerge_accounts(struct db *db, void *ctx)
{
	struct unmerge *unmerge = ctx;
	const struct account_merge *merge = &unmerge->merge;
	enum err err = check_undo(db, unmerge);

	unmerge->concurrency_stamp = uuid_random();
	for (size_t i = UNMERGE_wechat_user; i <= UNMERGE_merge_log && err == ERR_NONE; i++) {
		err = stmt_write(db, &statements[i], unmerge);
		if (err == ERR_NONE && i == DISABLE_SURVIVOR && db->n_rows > 0)
			err = account_revoke_tokens(db, merge->tenant_id, merge->survivor);
	}
	if (err == ERR_DUPLICATE)
		return refuse_undo(unmerge, UNMERGE_MOVED_ON);
	if (err == ERR_NONE)
		err = account_touch(db, merge->tenant_id, merge->merged);
	if (err == ERR_NONE)
		err = user_row_date_account(db, merge->tenant_id, merge->survivor);
	if (err == ERR_NONE)
		err = account_merge_audit(db, merge, "account.unmerge",
			arena_printf(db->arena, "\"merge\":%lld,", (long long)merge->log_id));
	return err;
}

enum err account_unmerge_of(
	struct db *db, int32_t tenant_id, int64_t id, enum unmerge_problem *problem_r)
{
	struct unmerge unmerge = {.merge.log_id = id, .tenant_id = tenant_id};
	enum err err = transaction_run(db, unmerge_accounts, &unmerge);

	*problem_r = unmerge.problem;
	return err;
}

enum err account_unmerge(struct db *db, int64_t id, enum unmerge_problem *problem_r)
{
	return account_unmerge_of(db, 0, id, problem_r);
}
