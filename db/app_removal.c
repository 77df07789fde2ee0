#include <string.h>

#include "api_key.h"
#include "app_removal.h"
#include "arena.h"
#include "audit.h"
#include "conf.h"
#include "erasure.h"
#include "statistics.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

#define PART 100         /* users erased at once */
#define BATCH 1000       /* rows deleted at once */
#define HOSTS_END ", \t" /* what may follow an appid in http.hosts */

struct removal_row {
	int32_t id, tenant_id;
	const char *appid, *openid, *keys;
	bool is_default, has_others;
	int32_t user_id;
	int64_t n_users, n_events, n_follows;
};

#define ROW(member, type) COLUMN(struct removal_row, member, type)
#define OF_APP " WHERE tenant_id = ? AND app_id = ?"
#define OF_APP_PARAMS COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32))
#define DELETE_SOME(TABLE)                                                                      \
	{                                                                                       \
		.text = "DELETE FROM " TABLE OF_APP " LIMIT " STMT_NUMBER(BATCH),               \
		.user = DB_USER_CONTROL, .params = OF_APP_PARAMS,                                 \
	}

enum {
	FIND, LOCK, COUNT, KEYS, USERS,
	DELETE_EVENTS, DELETE_FOLLOWS, DELETE_ACTIVE_DAYS, DELETE_REFUSALS,
	DELETE_TOKEN, DELETE_READERS, FOLD, DELETE_COUNTS,
	FOLD_PARTS, REMOVE,
};

#define APP_STATE                                                                               \
	"SELECT id, tenant_id, is_default <=> 1, "                                              \
	"EXISTS (SELECT 1 FROM app o WHERE o.id <> app.id) FROM app WHERE appid = ?"
#define APP_STATE_COLUMNS                                                                       \
	COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(is_default, BOOL),                   \
		ROW(has_others, BOOL))

static const struct stmt statements[] = {
	[FIND] = {
		.text = APP_STATE,
		.any_tenant = STMT_BY_APPID,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = APP_STATE_COLUMNS,
	},
	/* A login that makes a user waits for it, by the foreign key. */
	[LOCK] = {
		.text = APP_STATE " FOR UPDATE",
		.any_tenant = STMT_BY_APPID,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = APP_STATE_COLUMNS,
	},
	[COUNT] = {
		.text = "SELECT (SELECT COUNT(*) FROM wechat_user" OF_APP "), "
			"(SELECT COUNT(*) FROM push_event" OF_APP "), "
			"(SELECT COUNT(*) FROM waiting_follow" OF_APP ")",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32), ROW(tenant_id, INT32),
			ROW(id, INT32), ROW(tenant_id, INT32), ROW(id, INT32)),
		.columns = COLUMNS(ROW(n_users, INT64), ROW(n_events, INT64),
			ROW(n_follows, INT64)),
	},
	[KEYS] = {
		.text = "SELECT GROUP_CONCAT(id ORDER BY id) FROM api_key WHERE tenant_id = ? "
			"AND FIND_IN_SET(?, apps) AND " API_KEY_IS_VALID(""),
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(appid, STR)),
		.columns = COLUMNS(ROW(keys, STR)),
	},
	[USERS] = {
		.text = "SELECT id, openid FROM wechat_user" OF_APP " AND id > ? ORDER BY id LIMIT "
			STMT_NUMBER(PART),
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32), ROW(user_id, INT32)),
		.columns = COLUMNS(ROW(user_id, INT32), ROW(openid, STR)),
		.row_size = sizeof(struct removal_row),
	},
	[DELETE_EVENTS] = DELETE_SOME("push_event"),
	[DELETE_FOLLOWS] = DELETE_SOME("waiting_follow"),
	/* Day by day, since the only index with the app begins with the day. */
	[DELETE_ACTIVE_DAYS] = {
		.text = "DELETE active_day FROM (SELECT a.day, a.tenant_id, a.app_id, "
			"a.wechat_user_id FROM (SELECT DISTINCT day FROM active_day) d "
			"STRAIGHT_JOIN active_day a FORCE INDEX (PRIMARY) ON a.day = d.day"
			OF_APP " LIMIT " STMT_NUMBER(BATCH) ") old STRAIGHT_JOIN active_day "
			"ON active_day.day = old.day AND active_day.tenant_id = old.tenant_id "
			"AND active_day.app_id = old.app_id "
			"AND active_day.wechat_user_id = old.wechat_user_id",
		.any_tenant = "days are of nobody, and the rows are the tenant's",
		.user = DB_USER_CONTROL,
		.params = OF_APP_PARAMS,
	},
	[DELETE_REFUSALS] = DELETE_SOME("login_refusal"),
	[DELETE_TOKEN] = DELETE_SOME("wechat_token"),
	[DELETE_READERS] = {
		.text = "DELETE FROM wechat_token_reader WHERE app_id = ?",
		.any_tenant = "the app is the tenant's, as was compared",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(id, INT32)),
	},
	/* Without an app it counts for the tenant, whose active people stand there already. */
	[FOLD] = {
		.text = "INSERT INTO statistics (tenant_id, day, app_id, name, error, n) "
			"SELECT s.tenant_id, s.day, 0, s.name, s.error, s.n FROM statistics s "
			"WHERE s.tenant_id = ? AND s.app_id = ? "
			"AND s.name <> '" STATISTICS_ACTIVE_USERS "' "
			"ON DUPLICATE KEY UPDATE statistics.n = statistics.n + VALUES(n)",
		.user = DB_USER_CONTROL,
		.params = OF_APP_PARAMS,
	},
	[DELETE_COUNTS] = {
		.text = "DELETE FROM statistics" OF_APP,
		.user = DB_USER_CONTROL,
		.params = OF_APP_PARAMS,
	},
	[FOLD_PARTS] = {
		.text = "UPDATE statistics_part SET app_id = 0" OF_APP,
		.user = DB_USER_CONTROL,
		.params = OF_APP_PARAMS,
	},
	[REMOVE] = {
		.text = "DELETE FROM app WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_CONTROL,
		.params = OF_APP_PARAMS,
	},
};

const struct stmt_table app_removal_statements = STMT_TABLE(statements);

static bool is_in_hosts(const char *hosts, const char *appid)
{
	const size_t size = strlen(appid);

	while ((hosts = strchr(hosts, '=')) != NULL) {
		hosts++;
		if (strncmp(hosts, appid, size) == 0 &&
			(hosts[size] == '\0' || strchr(HOSTS_END, hosts[size]) != NULL))
			return true;
	}
	return false;
}

static enum app_need app_removal_need(
	const struct db *db, const struct removal_row *row, const struct app_removal *removal)
{
	const struct conf *conf = db->conf;

	if (strcmp(conf->http_default_app, removal->appid) == 0 ||
		is_in_hosts(conf->http_hosts, removal->appid))
		return APP_NEED_CONFIGURATION;
	if (row->is_default && row->has_others)
		return APP_NEED_DEFAULT;
	if (removal->keys != NULL)
		return APP_NEED_KEYS;
	return removal->n_users > 0 ? APP_NEED_USERS : APP_NEED_NONE;
}

/* find: FIND or LOCK. */
static enum err app_removal_read(struct db *db, struct app_removal *removal, int find)
{
	struct removal_row row = {.appid = removal->appid};
	enum err err = stmt_need(db, &statements[find], &row, &row, ERR_APP_UNKNOWN);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[COUNT], &row, &row, ERR_INTERNAL);
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[KEYS], &row, &row, ERR_INTERNAL);
	if (err != ERR_NONE)
		return err;
	removal->id = row.id;
	removal->tenant_id = row.tenant_id;
	removal->n_users = row.n_users;
	removal->n_events = row.n_events + row.n_follows;
	removal->keys = row.keys;
	removal->need = app_removal_need(db, &row, removal);
	return ERR_NONE;
}

enum err app_removal_look(struct db *db, struct app_removal *removal)
{
	return app_removal_read(db, removal, FIND);
}

enum err app_removal_erase(
	struct db *db, struct app_removal *removal, int64_t *n_erased_r, bool *is_over_r)
{
	const struct removal_row key = {
		.id = removal->id,
		.tenant_id = removal->tenant_id,
		.user_id = removal->last_user_id,
	};
	const struct removal_row *users;
	struct erased erased;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[USERS], &key, &rows, &n);

	*n_erased_r = 0;
	*is_over_r = false;
	users = rows;
	for (size_t i = 0; err == ERR_NONE && i < n; i++) {
		const struct erasure erasure = {
			.tenant_id = removal->tenant_id,
			.app_id = removal->id,
			.appid = removal->appid,
			.openid = users[i].openid,
			.actor = "wxuserctl",
			.keeps_others = true,
		};

		err = erasure_run(db, &erasure, &erased);
		*n_erased_r += err == ERR_NONE && erased.is_found;
		removal->last_user_id = users[i].user_id;
	}
	*is_over_r = err == ERR_NONE && n == 0;
	return err;
}

/* In transactions of their own, since there may be many. */
static enum err app_removal_delete_rows(struct db *db, const struct removal_row *row)
{
	enum err err = ERR_NONE;

	for (int step = DELETE_EVENTS; step <= DELETE_REFUSALS; step++)
		do {
			err = stmt_write(db, &statements[step], row);
		} while (err == ERR_NONE && db->n_rows == BATCH);
	return err;
}

static enum err app_removal_audit(struct db *db, const struct app_removal *removal)
{
	const struct audit_entry entry = {
		.tenant_id = removal->tenant_id,
		.action = "app.remove",
		.subject = arena_printf(db->arena, "app %s", removal->appid),
		.details = "{}",
	};

	return audit_write(db, &entry);
}

static enum err app_removal_delete(struct db *db, void *ctx)
{
	struct app_removal *removal = ctx;
	struct removal_row row;
	enum err err = app_removal_read(db, removal, LOCK);

	if (err == ERR_NONE && removal->need != APP_NEED_NONE)
		err = ERR_PARAMETER;
	row = (struct removal_row){.id = removal->id, .tenant_id = removal->tenant_id};
	for (int step = DELETE_EVENTS; err == ERR_NONE && step <= REMOVE; step++)
		err = stmt_write(db, &statements[step], &row);
	return err == ERR_NONE ? app_removal_audit(db, removal) : err;
}

enum err app_remove(struct db *db, struct app_removal *removal)
{
	struct removal_row row;
	enum err err = app_removal_look(db, removal);

	if (err == ERR_NONE && removal->need != APP_NEED_NONE)
		return ERR_PARAMETER;
	row = (struct removal_row){.id = removal->id, .tenant_id = removal->tenant_id};
	if (err == ERR_NONE)
		err = app_removal_delete_rows(db, &row);
	return err == ERR_NONE ? transaction_run(db, app_removal_delete, removal) : err;
}
