#include "erasure.h"
#include "erasure_log.h"
#include "erasure_replay.h"
#include "member_erasure.h"
#include "stmt.h"

/* The longest openid, and a NUL. */
#define OPENID_SIZE 65

struct stored_user {
	int32_t id, tenant_id, app_id;
	const char *appid, *openid;
};

#define STORED(member, type) COLUMN(struct stored_user, member, type)
#define STORED_COLUMNS                                                                          \
	COLUMNS(STORED(id, INT32), STORED(tenant_id, INT32), STORED(app_id, REF),               \
		STORED(appid, STR), STORED(openid, STR))

struct stored_member {
	int32_t id, tenant_id;
	struct uuid row_uuid;
};

#define MEMBER(member, type) COLUMN(struct stored_member, member, type)

enum { ALL_USERS, ALL_FOLLOWS, ALL_MEMBERS };

static const struct stmt statements[] = {
	/* A user without an app may be a user of any of the tenant's apps. */
	[ALL_USERS] = {
		.text = "SELECT u.id, u.tenant_id, a.id, a.appid, u.openid FROM "
			"(SELECT id, tenant_id, app_id, openid FROM wechat_user WHERE id > ? "
			"ORDER BY id LIMIT 500) u LEFT JOIN app a ON a.tenant_id = u.tenant_id "
			"AND a.id = COALESCE(u.app_id, a.id) ORDER BY u.id, a.id",
		.params = COLUMNS(STORED(id, INT32)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored_user),
	},
	/* Events of openids that had not logged in when the backup was made. */
	[ALL_FOLLOWS] = {
		.text = "SELECT 0, f.tenant_id, f.app_id, a.appid, f.openid FROM waiting_follow f "
			"JOIN app a ON a.id = f.app_id WHERE (f.app_id, f.openid) > (?, ?) "
			"ORDER BY f.app_id, f.openid LIMIT 500",
		.params = COLUMNS(STORED(app_id, INT32), STORED(openid, STR)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored_user),
	},
	[ALL_MEMBERS] = {
		.text = "SELECT id, tenant_id, row_uuid FROM member WHERE id > ? "
			"ORDER BY id LIMIT 500",
		.params = COLUMNS(MEMBER(id, INT32)),
		.columns = COLUMNS(MEMBER(id, INT32), MEMBER(tenant_id, INT32),
			MEMBER(row_uuid, UUID)),
		.row_size = sizeof(struct stored_member),
	},
};

const struct stmt_table erasure_replay_statements = STMT_TABLE(statements);

static enum err erase_again(struct db *db, const struct stored_user *stored,
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

static enum err replay_table(struct db *db, const struct stmt *stmt,
	const struct erasures *erasures, size_t *n_erased)
{
	char openid[OPENID_SIZE] = "";
	struct stored_user last = {.openid = openid};
	const struct stored_user *stored;
	enum err err;
	void *rows;
	size_t n;

	do {
		err = stmt_all(db, stmt, &last, &rows, &n);
		if (err != ERR_NONE)
			return err;
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

static enum err erase_member_again(struct db *db, const struct stored_member *stored,
	const struct erasures *erasures, size_t *n_erased)
{
	const struct tombstone member = {
		.tenant_id = stored->tenant_id, .member_uuid = stored->row_uuid,
	};
	const struct member_erasure erasure = {
		.tenant_id = stored->tenant_id, .id = stored->id, .actor = "wxuserctl",
		.is_replay = true,
	};
	struct erased erased;
	enum err err;

	if (erasures_find(erasures, db, &member) == 0)
		return ERR_NONE;
	err = member_erasure_run(db, &erasure, &erased);
	*n_erased += err == ERR_NONE;
	return err == ERR_MEMBER_UNKNOWN ? ERR_NONE : err;
}

static enum err replay_members(
	struct db *db, const struct erasures *erasures, size_t *n_erased)
{
	struct stored_member last = {0};
	const struct stored_member *stored;
	enum err err;
	void *rows;
	size_t n;

	do {
		err = stmt_all(db, &statements[ALL_MEMBERS], &last, &rows, &n);
		if (err != ERR_NONE)
			return err;
		stored = rows;
		for (size_t i = 0; i < n && err == ERR_NONE; i++)
			err = erase_member_again(db, &stored[i], erasures, n_erased);
		if (n > 0)
			last.id = stored[n - 1].id;
		db_end_request(db);
	} while (n > 0 && err == ERR_NONE);
	return err;
}

enum err erasure_replay(struct db *db, size_t *n_erased_r)
{
	struct erasures erasures;
	enum err err = erasure_log_read(db, &erasures);

	*n_erased_r = 0;
	if (err == ERR_NONE)
		err = replay_table(db, &statements[ALL_USERS], &erasures, n_erased_r);
	if (err == ERR_NONE)
		err = replay_table(db, &statements[ALL_FOLLOWS], &erasures, n_erased_r);
	if (err == ERR_NONE)
		err = replay_members(db, &erasures, n_erased_r);
	free(erasures.marks);
	return err;
}
