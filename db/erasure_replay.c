#include <errno.h>
#include <unistd.h>

#include "arena.h"
#include "audit.h"
#include "conf.h"
#include "conn.h"
#include "erasure.h"
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
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(STORED(id, INT32)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored_user),
	},
	/* Events of openids that had not logged in when the backup was made. */
	[ALL_FOLLOWS] = {
		.text = "SELECT 0, f.tenant_id, f.app_id, a.appid, f.openid FROM waiting_follow f "
			"JOIN app a ON a.id = f.app_id WHERE (f.app_id, f.openid) > (?, ?) "
			"ORDER BY f.app_id, f.openid LIMIT 500",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(STORED(app_id, INT32), STORED(openid, STR)),
		.columns = STORED_COLUMNS,
		.row_size = sizeof(struct stored_user),
	},
	[ALL_MEMBERS] = {
		.text = "SELECT id, tenant_id, row_uuid FROM member WHERE id > ? "
			"ORDER BY id LIMIT 500",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(MEMBER(id, INT32)),
		.columns = COLUMNS(MEMBER(id, INT32), MEMBER(tenant_id, INT32),
			MEMBER(row_uuid, UUID)),
		.row_size = sizeof(struct stored_member),
	},
};

const struct stmt_table erasure_replay_statements = STMT_TABLE(statements);

static enum err erase_again(struct db *db, const struct stored_user *stored,
	const struct tombstone_list *erasures, size_t *n_erased)
{
	const struct tombstone_subject user = {
		.tenant_id = stored->tenant_id, .appid = stored->appid, .openid = stored->openid,
	};
	const struct erasure erasure = {
		.tenant_id = stored->tenant_id, .app_id = stored->app_id, .appid = stored->appid,
		.openid = stored->openid, .actor = "wxuserctl", .is_replay = true,
		.before_us = stored->app_id == 0 ? 0 : tombstone_list_time(erasures, db, &user),
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
	const struct tombstone_list *erasures, size_t *n_erased)
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
	const struct tombstone_list *erasures, size_t *n_erased)
{
	const struct tombstone_subject member = {
		.tenant_id = stored->tenant_id, .member_uuid = stored->row_uuid,
	};
	const struct member_erasure erasure = {
		.tenant_id = stored->tenant_id, .id = stored->id, .actor = "wxuserctl",
		.is_replay = true,
	};
	struct erased erased;
	enum err err;

	if (tombstone_list_time(erasures, db, &member) == 0)
		return ERR_NONE;
	err = member_erasure_run(db, &erasure, &erased);
	*n_erased += err == ERR_NONE;
	return err == ERR_MEMBER_UNKNOWN ? ERR_NONE : err;
}

static enum err replay_members(
	struct db *db, const struct tombstone_list *erasures, size_t *n_erased)
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

static enum err replay_all(struct db *db, const struct tombstone_list *erasures, size_t *n_erased)
{
	enum err err = replay_table(db, &statements[ALL_USERS], erasures, n_erased);

	if (err == ERR_NONE)
		err = replay_table(db, &statements[ALL_FOLLOWS], erasures, n_erased);
	return err == ERR_NONE ? replay_members(db, erasures, n_erased) : err;
}

/* Gives the database the tombstones that the backup lacked. */
static enum err store_lacking(struct db *db, const struct erasure_comparison *comparison)
{
	const struct tombstone_list *list = &comparison->erasures.list;
	struct tombstone_list lacking = {0};
	enum err err;

	for (size_t i = 0; i < list->n; i++)
		if (!comparison->is_stored[i])
			tombstone_list_add(&lacking, &list->items[i]);
	err = tombstone_store(db, lacking.items, lacking.n);
	tombstone_list_free(&lacking);
	return err;
}

enum err erasure_find_problem(
	struct db *db, const struct erasure_comparison *comparison, const char **problem_r)
{
	const struct erasures *erasures = &comparison->erasures;
	const char *path = db->conf->keys_erasure_log;
	int64_t n_erased = 0;
	enum err err = ERR_NONE;

	*problem_r = NULL;
	if (erasures->foreign.n > 0)
		*problem_r = arena_printf(db->arena,
			"%s: another erasure key has made %zu lines, as line %zu, or they were "
			"changed; whom they name is not erased again. Restore the file or the key "
			"from its backup, or delete these lines",
			path, erasures->foreign.n, erasures->foreign.first);
	else if (erasures->list.n + comparison->n_rows == 0)
		err = audit_count(db, "user.erase", &n_erased);
	if (n_erased > 0)
		*problem_r = arena_printf(db->arena,
			"%s has no erasure, and the database has had %lld; " ERASURE_IMPORT, path,
			(long long)n_erased);
	return err;
}

enum err erasure_find_gap(
	struct db *db, const struct erasure_comparison *comparison, const char **problem_r)
{
	const struct erasure_bad_lines *broken = &comparison->erasures.broken;
	enum err err = erasure_find_problem(db, comparison, problem_r);

	if (err == ERR_NONE && *problem_r == NULL && broken->n > 0)
		*problem_r = arena_printf(db->arena,
			"%s: %zu lines are none of an erasure, as line %zu; whom they named is not "
			"erased again. Restore the file from its backup, or delete these lines",
			db->conf->keys_erasure_log, broken->n, broken->first);
	if (err == ERR_NONE && *problem_r == NULL && comparison->lacks_known)
		*problem_r = arena_printf(db->arena, ERASURE_KNOWN_LACKING,
			db->conf->keys_erasure_log, db->conf->server_state_directory);
	return err;
}

/* The database gets the tombstones last: until then it can be told that a replay is due. */
static enum err replay_file(struct db *db, size_t *n_erased, const char **problem_r)
{
	struct erasure_comparison comparison;
	enum err err = erasure_compare(db, &comparison);

	if (err == ERR_NONE)
		err = replay_all(db, &comparison.erasures.list, n_erased);
	if (err == ERR_NONE)
		err = store_lacking(db, &comparison);
	if (err == ERR_NONE)
		err = erasure_find_gap(db, &comparison, problem_r);
	erasure_comparison_free(&comparison);
	return err == ERR_NONE && *problem_r != NULL ? ERR_PARAMETER : err;
}

enum err erasure_replay(struct db *db, size_t *n_erased_r, const char **problem_r)
{
	const char *path = db->conf->keys_erasure_log;
	size_t n_appended;
	enum err err;

	*n_erased_r = 0;
	*problem_r = NULL;
	if (access(path, F_OK) != 0 && errno == ENOENT) {
		*problem_r =
			arena_printf(db->arena, "%s: there is no such file; " ERASURE_IMPORT
				"; if the database was not restored from a backup, no replay is "
				"due, and the file is made from the database by: wxuserctl jobs "
				"run",
				path);
		return ERR_PARAMETER;
	}
	err = erasure_sync_all(db, &n_appended);
	return err == ERR_NONE ? replay_file(db, n_erased_r, problem_r) : err;
}
