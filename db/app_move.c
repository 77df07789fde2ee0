#include "account_link.h"
#include "app.h"
#include "app_move.h"
#include "arena.h"
#include "audit.h"
#include "fold.h"
#include "stmt.h"
#include "transaction.h"

struct move_row {
	const char *appid;
	int32_t id, tenant_id;
	int32_t from_id, to_id; /* Open Platform accounts; 0: none */
	int32_t moved_from_id;  /* the account before from_id */
	int32_t reason;
};

struct suspect_key {
	int32_t tenant_id, reason;
};

#define ROW(member, type) COLUMN(struct move_row, member, type)
#define REPORT(member, type) COLUMN(struct app_move_report, member, type)
#define PAGE_OF(member, type) COLUMN(struct app_move_page, member, type)
#define SUSPECT(member, type) COLUMN(struct suspect_key, member, type)

/* SQL: unionids n of the account from_id that only users of this app have brought there, of those
 * users whose unionid is of a given account. */
#define BROUGHT                                                                                    \
	"n.tenant_id = ? AND n.open_platform_id = ? "                                              \
	"AND EXISTS (SELECT 1 FROM wechat_user u "                                                 \
	"WHERE u.app_id = ? AND u.account_id = n.account_id AND u.unionid = n.unionid "            \
	"AND u.unionid_platform_id = ?) "                                                          \
	"AND NOT EXISTS (SELECT 1 FROM wechat_user u JOIN app a ON a.id = u.app_id "               \
	"WHERE u.account_id = n.account_id AND u.unionid = n.unionid AND u.app_id <> ? "           \
	"AND a.open_platform_id = n.open_platform_id)"
#define APP ROW(tenant_id, INT32), ROW(id, INT32)
#define BROUGHT_PARAMS(place)                                                                      \
	ROW(tenant_id, INT32), ROW(from_id, INT32), ROW(id, INT32), ROW(place, INT32),             \
		ROW(id, INT32)

/* SQL: conflicts c of the users of an app. */
#define OF_USERS                                                                                   \
	"account_conflict c JOIN wechat_user u ON u.id = c.wechat_user_id "                        \
	"JOIN app a ON a.id = u.app_id "

/* SQL: reports of apps a. */
#define SELECT_REPORT                                                                              \
	"SELECT a.id, a.appid, f.name, t.name, a.moved_at, "                                       \
	"(SELECT COUNT(*) FROM wechat_user u WHERE u.app_id = a.id "                               \
	"AND u.unionid_platform_id <=> a.open_platform_id), "                                      \
	"(SELECT COUNT(*) FROM wechat_user u WHERE u.app_id = a.id "                               \
	"AND u.unionid IS NOT NULL "                                                               \
	"AND NOT u.unionid_platform_id <=> a.open_platform_id), "                                  \
	"(SELECT COUNT(*) FROM account_conflict c "                                                \
	"JOIN wechat_user u ON u.id = c.wechat_user_id WHERE u.app_id = a.id "                     \
	"AND c.open_platform_id = a.open_platform_id AND c.settled_at IS NULL) "                   \
	"FROM app a "                                                                              \
	"JOIN open_platform f ON f.tenant_id = a.tenant_id AND f.id = a.moved_from_id "            \
	"JOIN open_platform t ON t.id = a.open_platform_id WHERE "

static const struct column report_columns[] = {
	REPORT(id, INT32), REPORT(appid, STR), REPORT(from, STR), REPORT(to, STR),
	REPORT(since_us, TIME), REPORT(n_moved, INT32), REPORT(n_to_come, INT32),
	REPORT(n_conflicts, INT32), {.kind = COLUMN_END_OF_TABLE},
};

/* SQL: an app a for each whose users have conflicts of one reason in its own account. */
#define SELECT_SUSPECTS                                                                            \
	"SELECT a.appid, COUNT(DISTINCT u.id) FROM " OF_USERS                                      \
	"WHERE c.open_platform_id = a.open_platform_id AND c.reason = ? "                          \
	"AND c.settled_at IS NULL "

static const struct column suspect_columns[] = {
	COLUMN(struct app_suspect, appid, STR), COLUMN(struct app_suspect, n_users, INT32),
	{.kind = COLUMN_END_OF_TABLE},
};

enum {
	LOCK, MOVE, SETTLE, DROP_OF_THERE, RETAKE, UNSETTLE, PUT_BACK, DROP, MOVE_BACK,
	LIST, PAGE, SUSPECTS, SUSPECTS_OF_TENANT,
};

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT id, tenant_id, open_platform_id, moved_from_id FROM app "
			"WHERE appid = ? FOR UPDATE",
		.any_tenant = STMT_BY_APPID,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(from_id, REF),
			ROW(moved_from_id, REF)),
	},
	/* An app that was in no account has not moved: its unionids stay as they are. */
	[MOVE] = {
		.text = "UPDATE app SET open_platform_id = ?, moved_from_id = ?, "
			"moved_at = IF(moved_from_id IS NULL, NULL, UTC_TIMESTAMP(6)) "
			"WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(to_id, INT32), ROW(from_id, REF), APP),
	},
	/* The move explains these conflicts. A move back does too, and for good. */
	[SETTLE] = {
		.text = "UPDATE " OF_USERS "SET c.settled_at = IF(a.moved_from_id = "
			"c.open_platform_id, a.moved_at, UTC_TIMESTAMP(6)) "
			"WHERE a.tenant_id = ? AND a.id = ? AND c.open_platform_id = ? "
			"AND c.reason = ? AND c.settled_at IS NULL",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(APP, ROW(from_id, INT32), ROW(reason, INT32)),
	},
	/* A user who was there before an undo has its unionid of that account at once. */
	[DROP_OF_THERE] = {
		.text = "DELETE n FROM account_unionid n WHERE " BROUGHT,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(BROUGHT_PARAMS(to_id)),
	},
	[RETAKE] = {
		.text = "INSERT IGNORE INTO account_unionid (open_platform_id, unionid, "
			"tenant_id, account_id, created_at) SELECT unionid_platform_id, "
			"unionid, tenant_id, account_id, UTC_TIMESTAMP(6) FROM wechat_user "
			"WHERE tenant_id = ? AND app_id = ? AND unionid_platform_id = ? "
			"AND unionid IS NOT NULL AND account_id IS NOT NULL",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(APP, ROW(to_id, INT32)),
	},
	[UNSETTLE] = {
		.text = "UPDATE " OF_USERS "SET c.settled_at = NULL "
			"WHERE a.tenant_id = ? AND a.id = ? "
			"AND c.open_platform_id = a.moved_from_id "
			"AND c.reason = ? AND c.settled_at = a.moved_at",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(APP, ROW(reason, INT32)),
	},
	/* Only of accounts that have no unionid there. */
	[PUT_BACK] = {
		.text = "UPDATE IGNORE account_unionid n SET n.open_platform_id = ? "
			"WHERE " BROUGHT,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(to_id, INT32), BROUGHT_PARAMS(from_id)),
	},
	[DROP] = {
		.text = "DELETE n FROM account_unionid n WHERE " BROUGHT,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(BROUGHT_PARAMS(from_id)),
	},
	[MOVE_BACK] = {
		.text = "UPDATE app SET open_platform_id = ?, moved_from_id = NULL, "
			"moved_at = NULL WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(to_id, INT32), APP),
	},
	[LIST] = {
		.text = SELECT_REPORT "a.appid = COALESCE(?, a.appid) ORDER BY a.id LIMIT 1000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(REPORT(appid, STR)),
		.columns = report_columns,
		.row_size = sizeof(struct app_move_report),
	},
	[PAGE] = {
		.text = SELECT_REPORT "a.tenant_id = ? AND a.id > ? ORDER BY a.id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(PAGE_OF(tenant_id, INT32), PAGE_OF(after_id, INT32),
			PAGE_OF(n_most, INT32)),
		.columns = report_columns,
		.row_size = sizeof(struct app_move_report),
	},
	[SUSPECTS] = {
		.text = SELECT_SUSPECTS "GROUP BY a.appid ORDER BY a.appid LIMIT 1000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(SUSPECT(reason, INT32)),
		.columns = suspect_columns,
		.row_size = sizeof(struct app_suspect),
	},
	[SUSPECTS_OF_TENANT] = {
		.text = SELECT_SUSPECTS "AND c.tenant_id = ? "
			"GROUP BY a.appid ORDER BY a.appid LIMIT 1000",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(SUSPECT(reason, INT32), SUSPECT(tenant_id, INT32)),
		.columns = suspect_columns,
		.row_size = sizeof(struct app_suspect),
	},
};

const struct stmt_table app_move_statements = STMT_TABLE(statements);

static enum err app_move_write(struct db *db, const int *steps, size_t n_steps, const void *row)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n_steps && err == ERR_NONE; i++)
		err = stmt_write(db, &statements[steps[i]], row);
	return err;
}

static enum err app_move_set_platform(struct db *db, const struct move_row *row, bool is_undo)
{
	static const int there[] = {MOVE, SETTLE, DROP_OF_THERE, RETAKE};
	static const int back[] = {SETTLE, UNSETTLE, PUT_BACK, DROP, MOVE_BACK};

	if (is_undo)
		return app_move_write(db, back, sizeof(back) / sizeof(back[0]), row);
	return app_move_write(db, there, sizeof(there) / sizeof(there[0]), row);
}

static enum err app_move_note(struct db *db, const struct move_row *row)
{
	const struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = "app.move",
		.subject = row->appid,
		.details = arena_printf(
			db->arena, "{\"from\":%d,\"to\":%d}", row->from_id, row->to_id),
	};

	return audit_write(db, &entry);
}

static enum err app_move_locked(struct db *db, void *ctx)
{
	struct app_move *move = ctx;
	struct move_row row = {.appid = move->appid, .reason = CONFLICT_UNIONID};
	enum err err = stmt_need(db, &statements[LOCK], &row, &row, ERR_PARAMETER);

	move->is_unknown = err == ERR_PARAMETER;
	if (err == ERR_NONE)
		err = open_platform_named(db, row.tenant_id, move->platform, &row.to_id);
	if (err != ERR_NONE)
		return err;
	move->is_there = row.to_id == row.from_id;
	if (move->is_there)
		return ERR_PARAMETER;
	move->is_undo = row.to_id == row.moved_from_id;
	err = app_move_set_platform(db, &row, move->is_undo);
	return err == ERR_NONE ? app_move_note(db, &row) : err;
}

enum err app_move(struct db *db, struct app_move *move)
{
	if (!fold_is_name(move->platform, OPEN_PLATFORM_NAME_MAX_CHARS))
		return ERR_PARAMETER;
	return transaction_run(db, app_move_locked, move);
}

enum err app_move_list(struct db *db, const char *appid,
	void (*row)(void *ctx, const struct app_move_report *report), void *ctx)
{
	const struct app_move_report wanted = {.appid = appid}, *reports;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], &wanted, &rows, &n);

	if (err != ERR_NONE)
		return err;
	reports = rows;
	for (size_t i = 0; i < n; i++)
		row(ctx, &reports[i]);
	return ERR_NONE;
}

enum err app_move_page(struct db *db, const struct app_move_page *page,
	const struct app_move_report **reports_r, size_t *n_r)
{
	void *rows;
	enum err err = stmt_all(db, &statements[PAGE], page, &rows, n_r);

	if (err == ERR_NONE)
		*reports_r = rows;
	return err;
}

static enum err app_move_read_suspects(struct db *db, const struct stmt *stmt, int32_t tenant_id,
	const struct app_suspect **suspects_r, size_t *n_r)
{
	const struct suspect_key wanted = {.tenant_id = tenant_id, .reason = CONFLICT_UNIONID};
	void *rows;
	enum err err = stmt_all(db, stmt, &wanted, &rows, n_r);

	if (err == ERR_NONE)
		*suspects_r = rows;
	return err;
}

enum err app_move_suspects(struct db *db, const struct app_suspect **suspects_r, size_t *n_r)
{
	return app_move_read_suspects(db, &statements[SUSPECTS], 0, suspects_r, n_r);
}

enum err app_move_suspects_of_tenant(
	struct db *db, int32_t tenant_id, const struct app_suspect **suspects_r, size_t *n_r)
{
	return app_move_read_suspects(
		db, &statements[SUSPECTS_OF_TENANT], tenant_id, suspects_r, n_r);
}

enum err app_move_count_suspicious(
	struct db *db, int32_t tenant_id, const char *appid, int32_t *n_users_r)
{
	const struct app_suspect *suspects;
	size_t n;
	enum err err = app_move_suspects_of_tenant(db, tenant_id, &suspects, &n);

	*n_users_r = 0;
	for (size_t i = 0; err == ERR_NONE && i < n; i++)
		if (strcmp(suspects[i].appid, appid) == 0)
			*n_users_r = suspects[i].n_users;
	return err;
}
