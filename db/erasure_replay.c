#include "arena.h"
#include "erasure.h"
#include "erasure_log.h"
#include "stmt.h"

/* The longest openid, and a NUL. */
#define OPENID_SIZE 65

struct stored {
	int32_t id, tenant_id, app_id;
	const char *appid, *openid;
};

enum { STORED, FOLLOWS };

#define ROW(member, type) COLUMN(struct stored, member, type)

static const struct stmt statements[] = {
	/* Without an app a user may be any of the tenant's. */
	[STORED] = {
		.text = "SELECT u.id, u.tenant_id, a.id, a.appid, u.openid FROM "
			"(SELECT id, tenant_id, app_id, openid FROM wechat_user WHERE id > ? "
			"ORDER BY id LIMIT 500) u LEFT JOIN app a ON a.tenant_id = u.tenant_id "
			"AND a.id = COALESCE(u.app_id, a.id) ORDER BY u.id, a.id",
		.params = COLUMNS(ROW(id, INT32)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(app_id, REF),
			ROW(appid, STR), ROW(openid, STR)),
		.row_size = sizeof(struct stored),
	},
	/* Of who had not logged in when the backup was made. */
	[FOLLOWS] = {
		.text = "SELECT 0, f.tenant_id, f.app_id, a.appid, f.openid FROM waiting_follow f "
			"JOIN app a ON a.id = f.app_id WHERE (f.app_id, f.openid) > (?, ?) "
			"ORDER BY f.app_id, f.openid LIMIT 500",
		.params = COLUMNS(ROW(app_id, INT32), ROW(openid, STR)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(app_id, REF),
			ROW(appid, STR), ROW(openid, STR)),
		.row_size = sizeof(struct stored),
	},
};

const struct stmt_table erasure_replay_statements = STMT_TABLE(statements);

static enum err erase_again(struct db *db, const struct stored *stored,
	const struct erasures *erasures, size_t *n_erased)
{
	const struct tombstone user = {
		.tenant_id = stored->tenant_id, .appid = stored->appid, .openid = stored->openid,
	};
	const struct erasure erasure = {
		.tenant_id = stored->tenant_id, .app_id = stored->app_id, .appid = stored->appid,
		.openid = stored->openid, .actor = "wxuserctl", .is_replay = true,
		.before_us = stored->app_id == 0 ? 0 : erasures_find(erasures, db, &user),
	};
	struct erased erased;
	enum err err;

	if (erasure.before_us == 0)
		return ERR_NONE;
	err = erasure_run(db, &erasure, &erased);
	*n_erased += err == ERR_NONE && erased.n_tables > 0;
	return err;
}

static enum err replay(struct db *db, const struct stmt *stmt, const struct erasures *erasures,
	size_t *n_erased)
{
	char openid[OPENID_SIZE] = "";
	struct stored last = {.openid = openid};
	const struct stored *stored;
	enum err err = ERR_NONE;
	void *rows;
	size_t n;

	do {
		if (stmt_all(db, stmt, &last, &rows, &n) != 0)
			return conn_err(db);
		stored = rows;
		for (size_t i = 0; i < n && err == ERR_NONE; i++)
			err = erase_again(db, &stored[i], erasures, n_erased);
		if (n > 0) {
			last.id = stored[n - 1].id;
			last.app_id = stored[n - 1].app_id;
			snprintf(openid, sizeof(openid), "%s", stored[n - 1].openid);
		}
		db_end_request(db);
	} while (n > 0 && err == ERR_NONE);
	return err;
}

enum err erasure_replay(struct db *db, size_t *n_erased_r)
{
	struct erasures erasures;
	enum err err = ERR_INTERNAL;

	*n_erased_r = 0;
	if (erasure_log_read(db, &erasures) == 0)
		err = replay(db, &statements[STORED], &erasures, n_erased_r);
	if (err == ERR_NONE)
		err = replay(db, &statements[FOLLOWS], &erasures, n_erased_r);
	free(erasures.marks);
	return err;
}
