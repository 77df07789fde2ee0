#include "account_row.h"
#include "account_unmerge.h"
#include "arena.h"
#include "audit.h"
#include "merge.h"
#include "stmt.h"
#include "transaction.h"

struct unmerge {
	int64_t id;
	int32_t tenant_id;
	uint8_t survivor[SECRET_UUID_SIZE], merged[SECRET_UUID_SIZE];
	bool is_done, is_survivor_merged;
	int32_t n_missing;
	uint8_t concurrency_stamp[SECRET_UUID_SIZE];
	enum unmerge_obstacle obstacle;
};

#define ROW(member, type) COLUMN(struct unmerge, member, type)

/* JSON_QUERY() is NULL where nothing of the kind moved. */
#define MOVED(kind) "JSON_QUERY(l.moved, '$." kind "')"
#define N_MOVED(kind) "COALESCE(JSON_LENGTH(" MOVED(kind) "), 0)"
#define HAS_USER "JSON_CONTAINS(" MOVED("users") ", u.id)"
/* A pair is in a list of pairs when the list of it alone is. */
#define HAS_UNIONID                                                                             \
	"JSON_CONTAINS(" MOVED("unionids") ", "                                                 \
	"JSON_ARRAY(JSON_ARRAY(n.open_platform_id, n.unionid)))"
#define HAS_ALIAS "JSON_CONTAINS(" MOVED("aliases") ", JSON_QUOTE(HEX(a.alias)))"
#define HAS_MEMBERSHIP "JSON_CONTAINS(" MOVED("memberships") ", um.id)"

#define BEFORE(flag) "NULLIF(JSON_VALUE(l.moved, '$.survivor." flag "'), 'null')"
#define TIME_BEFORE(flag) "CAST(" BEFORE(flag) " AS DATETIME(6))"
#define HASH_BEFORE(flag) "UNHEX(" BEFORE(flag) ")"
/* Unless somebody has changed what the merge made of it. */
#define PUT_BACK(flag, before, joined)                                                          \
	"s." flag " = IF(s." flag " <=> " joined ", " before ", s." flag ")"
#define PUT_BACK_OWN(flag)                                                                      \
	PUT_BACK(flag, BEFORE(flag), "COALESCE(" BEFORE(flag) ", m." flag ")") ", "

#define IN_LOG " JOIN merge_log l ON l.id = ? "

enum {
	READ,
	COUNT_MISSING,
	TOKENS,
	USERS,
	UNIONIDS,
	ALIASES,
	MEMBERSHIPS,
	DROP_ALIAS,
	FLAGS,
	DONE,
	N_STATEMENTS,
};

static const struct stmt statements[N_STATEMENTS] = {
	[READ] = {
		.text = "SELECT tenant_id, survivor_id, merged_id, undone_at IS NOT NULL, "
			"EXISTS (SELECT 1 FROM account_alias WHERE alias = survivor_id) "
			"FROM merge_log WHERE id = ? FOR UPDATE",
		.params = COLUMNS(ROW(id, INT64)),
		.columns = COLUMNS(ROW(tenant_id, INT32), ROW(survivor, UUID), ROW(merged, UUID),
			ROW(is_done, BOOL), ROW(is_survivor_merged, BOOL)),
	},
	[COUNT_MISSING] = {
		.text = "SELECT " N_MOVED("users") " + " N_MOVED("unionids") " + "
			N_MOVED("aliases") " + 1 - (SELECT COUNT(*) FROM wechat_user u "
			"WHERE u.account_id = l.survivor_id AND " HAS_USER ") - "
			"(SELECT COUNT(*) FROM account_unionid n "
			"WHERE n.account_id = l.survivor_id AND " HAS_UNIONID ") - "
			"(SELECT COUNT(*) FROM account_alias a WHERE a.account_id = l.survivor_id "
			"AND (a.alias = l.merged_id OR " HAS_ALIAS ")) "
			"FROM merge_log l WHERE l.id = ?",
		.params = COLUMNS(ROW(id, INT64)),
		.columns = COLUMNS(ROW(n_missing, INT32)),
	},
	/* While the users are still the survivor's. */
	[TOKENS] = {
		.text = "UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id" IN_LOG
			"JOIN account s ON s.id = l.survivor_id "
			"JOIN account m ON m.id = l.merged_id "
			"SET t.security_stamp = m.security_stamp WHERE u.account_id = s.id "
			"AND t.security_stamp = s.security_stamp AND " HAS_USER,
		.params = COLUMNS(ROW(id, INT64)),
	},
	[USERS] = {
		.text = "UPDATE wechat_user u" IN_LOG "SET u.account_id = l.merged_id "
			"WHERE u.account_id = l.survivor_id AND " HAS_USER,
		.params = COLUMNS(ROW(id, INT64)),
	},
	[UNIONIDS] = {
		.text = "UPDATE account_unionid n" IN_LOG "SET n.account_id = l.merged_id "
			"WHERE n.account_id = l.survivor_id AND " HAS_UNIONID,
		.params = COLUMNS(ROW(id, INT64)),
	},
	[ALIASES] = {
		.text = "UPDATE account_alias a" IN_LOG "SET a.account_id = l.merged_id "
			"WHERE a.account_id = l.survivor_id AND " HAS_ALIAS,
		.params = COLUMNS(ROW(id, INT64)),
	},
	[MEMBERSHIPS] = {
		.text = "UPDATE user_member um" IN_LOG "SET um.account_id = l.merged_id "
			"WHERE um.account_id = l.survivor_id AND " HAS_MEMBERSHIP,
		.params = COLUMNS(ROW(id, INT64)),
	},
	[DROP_ALIAS] = {
		.text = "DELETE FROM account_alias WHERE alias = ? AND account_id = ?",
		.params = COLUMNS(ROW(merged, UUID), ROW(survivor, UUID)),
	},
	[FLAGS] = {
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
			PUT_BACK("confirmed_phone_hash", HASH_BEFORE("confirmed_phone_hash"),
				"COALESCE(" HASH_BEFORE("confirmed_phone_hash") ", "
				"m.confirmed_phone_hash)") ", "
			PUT_BACK("confirmed_phone_hash_next",
				HASH_BEFORE("confirmed_phone_hash_next"),
				"COALESCE(" HASH_BEFORE("confirmed_phone_hash_next") ", "
				"m.confirmed_phone_hash_next)") ", "
			"s.entity_version = s.entity_version + 1, s.concurrency_stamp = ?, "
			"s.modified_at = UTC_TIMESTAMP(6) WHERE s.id = l.survivor_id",
		.params = COLUMNS(ROW(id, INT64), ROW(concurrency_stamp, UUID)),
	},
	[DONE] = {
		.text = "UPDATE merge_log SET undone_at = UTC_TIMESTAMP(6) WHERE id = ?",
		.params = COLUMNS(ROW(id, INT64)),
	},
};

const struct stmt_table account_unmerge_statements = STMT_TABLE(statements);

static enum err refuse(struct unmerge *unmerge, enum unmerge_obstacle obstacle)
{
	unmerge->obstacle = obstacle;
	return ERR_PARAMETER;
}

/* With both accounts locked nothing that belongs to either moves. */
static enum err look_for_obstacle(struct db *db, struct unmerge *unmerge)
{
	struct merge merge;
	int found = stmt_find(db, &statements[READ], unmerge, unmerge);

	if (found < 0)
		return transaction_failed(db);
	if (found == 0)
		return refuse(unmerge, UNMERGE_UNKNOWN);
	if (unmerge->is_done)
		return refuse(unmerge, UNMERGE_DONE);
	if (unmerge->is_survivor_merged)
		return refuse(unmerge, UNMERGE_SURVIVOR_MERGED);
	merge = (struct merge){.tenant_id = unmerge->tenant_id};
	memcpy(merge.a, unmerge->survivor, sizeof(merge.a));
	memcpy(merge.b, unmerge->merged, sizeof(merge.b));
	if (merge_lock(db, &merge) != 0 || merge_mark(db, &merge) != 0 ||
		stmt_find(db, &statements[COUNT_MISSING], unmerge, unmerge) < 0)
		return transaction_failed(db);
	return unmerge->n_missing != 0 ? refuse(unmerge, UNMERGE_MOVED_ON) : ERR_NONE;
}

static int note(struct db *db, const struct unmerge *unmerge)
{
	char survivor[ACCOUNT_ID_TEXT_SIZE], merged[ACCOUNT_ID_TEXT_SIZE];
	struct audit_entry entry = {
		.tenant_id = unmerge->tenant_id,
		.action = "account.unmerge",
		.actor = "wxuserctl",
		.subject = survivor,
	};

	account_format_id(unmerge->survivor, survivor);
	account_format_id(unmerge->merged, merged);
	entry.details = arena_printf(db->arena, "{\"merge\":%lld,\"merged\":\"%s\"}",
		(long long)unmerge->id, merged);
	return audit_write(db, &entry);
}

static enum err take_apart(struct db *db, void *ctx)
{
	struct unmerge *unmerge = ctx;
	enum err err = look_for_obstacle(db, unmerge);

	if (err != ERR_NONE)
		return err;
	secret_random(unmerge->concurrency_stamp, sizeof(unmerge->concurrency_stamp));
	for (size_t i = TOKENS; i < N_STATEMENTS; i++) {
		int n_rows = stmt_run(db, &statements[i], unmerge);

		if (n_rows == STMT_DUPLICATE)
			return refuse(unmerge, UNMERGE_MOVED_ON);
		if (n_rows < 0)
			return transaction_failed(db);
	}
	if (account_touch(db, unmerge->merged) != 0 || note(db, unmerge) != 0)
		return transaction_failed(db);
	return ERR_NONE;
}

enum err account_unmerge(struct db *db, int64_t id, enum unmerge_obstacle *obstacle_r)
{
	struct unmerge unmerge = {.id = id};
	enum err err = transaction_run(db, take_apart, &unmerge);

	*obstacle_r = unmerge.obstacle;
	return err;
}
