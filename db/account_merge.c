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

struct unmerge {
	struct account_merge merge;
	bool is_undone, is_survivor_merged, is_survivor_closed;
	int32_t tenant_id; /* whose merge is undone; 0: any tenant's */
	int32_t n_missing;
	struct uuid concurrency_stamp;
	enum unmerge_problem problem;
};

struct locked_account {
	struct uuid id;
};

#define ROW(member, type) COLUMN(struct merge_row, member, type)
#define UNDO(member, type) COLUMN(struct unmerge, member, type)

/* A membership that the survivor has as well does not move. */
#define MOVING_MEMBERSHIPS                                                                      \
	"membership m LEFT JOIN membership s ON s.tenant_id = m.tenant_id "                   \
	"AND s.account_id = ? AND s.community_id = m.community_id "                \
	"AND s.role_type = m.role_type "

#define MERGED_AND_SURVIVOR                                                                     \
	"account s JOIN account m ON m.tenant_id = s.tenant_id AND m.id = ? "
#define TOKEN_OWNER "t.account_id = u.account_id, t.app_id = u.app_id, t.openid = u.openid"
/* To whom rows move, and whose they were. */
#define FROM_MERGED                                                                             \
	ROW(merge.survivor, UUID), ROW(merge.tenant_id, INT32), ROW(merge.merged, UUID)

#define MEMBER(flag) "'" #flag "', " #flag ", "
#define KEEP_OR_TAKE(flag) "s." #flag " = COALESCE(s." #flag ", m." #flag "), "

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
	/* For the undo. */
	READ_LOG, COUNT_MISSING,
	/* Run in this order. */
	UNMERGE_wechat_user,
	UNMERGE_access_token,
	UNMERGE_account_unionid,
	UNMERGE_account_alias,
	UNMERGE_membership,
	UNMERGE_consent, UNMERGE_external_id,
	DROP_ALIAS, GIVE_PHONE_BACK,
	UNMERGE_account, UNMERGE_merge_log,
};

/* A table with rows by account that no merge moves, or no undo moves back, does not compile. */
#define KNOWN_BY_account(table)                                                                 \
	_Static_assert(MERGE_##table >= MERGE_merge_log && MERGE_##table <= SETTLE,             \
		"no merge runs MERGE_" #table);                                                 \
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
			"SET " TOKEN_OWNER ", t.security_stamp = s.security_stamp "
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
			"SET " TOKEN_OWNER ", t.security_stamp = m.security_stamp "
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
	[UNMERGE_account] = {
		.text = "UPDATE account s" IN_LOG "JOIN account m ON m.id = l.merged_id SET "
			ACCOUNT_CUSTOMER_FLAGS(PUT_BACK_OWN)
			PUT_BACK("is_active", BEFORE("is_active"),
				"(" BEFORE("is_active") " AND m.is_active)") ", "
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

/* log: for an undo, which merge it undoes, as a part of the JSON. */
static enum err audit_merge(
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
	return err == ERR_NONE ? audit_merge(db, merge, "account.merge", "") : err;
}

/* ---- The undo. */

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
	for (size_t i = UNMERGE_wechat_user; i <= UNMERGE_merge_log && err == ERR_NONE; i++)
		err = stmt_write(db, &statements[i], unmerge);
	if (err == ERR_DUPLICATE)
		return refuse_undo(unmerge, UNMERGE_MOVED_ON);
	if (err == ERR_NONE)
		err = account_touch(db, merge->tenant_id, merge->merged);
	if (err == ERR_NONE)
		err = user_row_date_account(db, merge->tenant_id, merge->survivor);
	if (err == ERR_NONE)
		err = audit_merge(db, merge, "account.unmerge",
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
