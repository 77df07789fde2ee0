#include "app.h"
#include "arena.h"
#include "audit.h"
#include "default_app.h"
#include "fold.h"
#include "remembered.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "uuid.h"

#define SECRET_MAX_SIZE 128

struct app_row {
	int32_t id;
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
	const char *appid;
	int32_t kind;
	const char *secret;
	int32_t open_platform_id, moved_from_id;
	const char *open_platform;
	int32_t n_most; /* of a page */
};

struct platform_row {
	int32_t id, tenant_id;
	const char *name;
};

#define ROW(member, type) COLUMN(struct app_row, member, type)
#define SECRET SEALED(struct app_row, secret, "app", "secret")
#define PLATFORM(member, type) COLUMN(struct platform_row, member, type)

enum {
	FIND, APPID, OF_USER, LIST, PAGE, ADD, PLACE, SET_SECRET,
	FIND_PLATFORM, ADD_PLATFORM,
};

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id, tenant_id, row_uuid, appid, kind, secret, open_platform_id, "
			"moved_from_id FROM app WHERE appid = ?",
		.any_tenant = STMT_BY_APPID,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			ROW(appid, STR), ROW(kind, INT32), SECRET, ROW(open_platform_id, REF),
			ROW(moved_from_id, REF)),
	},
	[APPID] = {
		.text = "SELECT tenant_id, appid FROM app WHERE id = ?",
		.params = COLUMNS(ROW(tenant_id, TENANT), ROW(id, INT32)),
		.columns = COLUMNS(ROW(tenant_id, TENANT), ROW(appid, STR)),
	},
	[OF_USER] = {
		.text = "SELECT a.appid FROM wechat_user u LEFT JOIN app a ON a.id = u.app_id "
			"WHERE u.tenant_id = ? AND u.id = ? AND NOT u.is_closed",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(appid, STR)),
	},
	[LIST] = {
		.text = "SELECT a.id, a.tenant_id, a.appid, a.kind, a.open_platform_id, "
			"COALESCE(p.name, '') "
			"FROM app a LEFT JOIN open_platform p ON p.id = a.open_platform_id "
			"ORDER BY a.id LIMIT 10000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(appid, STR),
			ROW(kind, INT32), ROW(open_platform_id, REF), ROW(open_platform, STR)),
		.row_size = sizeof(struct app_row),
	},
	[PAGE] = {
		.text = "SELECT a.id, a.tenant_id, a.appid, a.kind, a.open_platform_id, "
			"COALESCE(p.name, '') "
			"FROM app a LEFT JOIN open_platform p ON p.id = a.open_platform_id "
			"WHERE a.tenant_id = ? AND a.id > ? ORDER BY a.id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32), ROW(n_most, INT32)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(appid, STR),
			ROW(kind, INT32), ROW(open_platform_id, REF), ROW(open_platform, STR)),
		.row_size = sizeof(struct app_row),
	},
	[ADD] = {
		.text = "INSERT INTO app (tenant_id, row_uuid, appid, kind, secret, "
			"open_platform_id, created_at) "
			"SELECT id, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(row_uuid, UUID), ROW(appid, STR), ROW(kind, INT32), SECRET,
			ROW(open_platform_id, REF), ROW(tenant_id, INT32)),
	},
	[PLACE] = {
		.text = "SELECT id, tenant_id, row_uuid FROM app WHERE appid = ?",
		.any_tenant = STMT_BY_APPID,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID)),
	},
	[SET_SECRET] = {
		.text = "UPDATE app SET secret = ? WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(SECRET, ROW(tenant_id, INT32), ROW(id, INT32)),
	},
	[FIND_PLATFORM] = {
		.text = "SELECT id FROM open_platform WHERE tenant_id = ? AND name = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(PLATFORM(tenant_id, INT32), PLATFORM(name, STR)),
		.columns = COLUMNS(PLATFORM(id, INT32)),
	},
	[ADD_PLATFORM] = {
		.text = "INSERT INTO open_platform (tenant_id, name, created_at) "
			"SELECT id, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(PLATFORM(name, STR), PLATFORM(tenant_id, INT32)),
	},
};

const struct stmt_table app_statements = STMT_TABLE(statements);

static enum err app_audit(
	struct db *db, const struct app_row *row, const char *action, const char *details)
{
	const struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = action,
		.subject = arena_printf(db->arena, "app %s", row->appid),
		.details = details,
	};

	return audit_write(db, &entry);
}

enum err open_platform_named(struct db *db, int32_t tenant_id, const char *name, int32_t *id_r)
{
	size_t size;
	const char *trimmed = fold_trim(name, &size);
	struct platform_row row = {
		.tenant_id = tenant_id,
		.name = arena_strndup(db->arena, trimmed, size),
	};
	enum err err = stmt_need(db, &statements[FIND_PLATFORM], &row, &row, ERR_ABSENT);

	*id_r = row.id;
	if (err != ERR_ABSENT)
		return err;
	err = stmt_write(db, &statements[ADD_PLATFORM], &row);
	*id_r = db->n_rows > 0 ? (int32_t)db->insert_id : 0;
	return err;
}

static struct app app_of(const struct app_row *row)
{
	return (struct app){
		.id = row->id,
		.tenant_id = row->tenant_id,
		.appid = row->appid,
		.kind = (enum app_kind)row->kind,
		.secret = row->secret,
		.open_platform_id = row->open_platform_id,
		.moved_from_id = row->moved_from_id,
		.open_platform = row->open_platform,
	};
}

struct wechat_app app_of_wechat(const struct app *app)
{
	return (struct wechat_app){
		.kind = app->kind, .appid = app->appid, .secret = app->secret,
	};
}

struct kept_app {
	struct app app; /* but for appid */
	char secret[SECRET_MAX_SIZE + 1];
};
_Static_assert(sizeof(struct kept_app) <= REMEMBERED_VALUE_SIZE, "an app can be remembered");

static void app_keep(struct db *db, const struct remembered_query *query, const struct app *app)
{
	const size_t size = strlen(app->secret) + 1;
	struct kept_app *kept =
		size > SECRET_MAX_SIZE + 1 ? NULL : remembered_put(db->conn->remembered, query);

	if (kept == NULL)
		return;
	kept->app = *app;
	kept->app.appid = NULL;
	kept->app.secret = memcpy(kept->secret, app->secret, size);
}

enum err app_find(struct db *db, const char *appid, struct app *app_r)
{
	struct remembered_query query = {.kind = REMEMBERED_APP, .key = appid};
	struct app_row row = {.appid = appid};
	const struct kept_app *kept;
	enum err err;

	if (!str_is_openid(appid))
		return ERR_APP_UNKNOWN;
	query.key_size = strlen(appid);
	kept = remembered_find(db->conn->remembered, &query);
	if (kept != NULL) {
		*app_r = kept->app;
		app_r->appid = arena_strdup(db->arena, appid);
		app_r->secret = arena_strdup(db->arena, kept->app.secret);
		return ERR_NONE;
	}
	err = stmt_need(db, &statements[FIND], &row, &row, ERR_APP_UNKNOWN);
	if (err != ERR_NONE)
		return err;
	*app_r = app_of(&row);
	app_keep(db, &query, app_r);
	return ERR_NONE;
}

enum err app_find_appid(struct db *db, int32_t tenant_id, int32_t id, const char **appid_r)
{
	const int32_t key[] = {tenant_id, id};
	struct remembered_query query = {
		.kind = REMEMBERED_APPID, .key = key, .key_size = sizeof(key),
	};
	const char *kept = remembered_find(db->conn->remembered, &query);
	struct app_row row = {.tenant_id = tenant_id, .id = id};
	char *room = NULL;
	enum err err;

	if (kept != NULL) {
		*appid_r = arena_strdup(db->arena, kept);
		return ERR_NONE;
	}
	err = stmt_need(db, &statements[APPID], &row, &row, ERR_APP_UNKNOWN);
	if (err == ERR_NONE)
		room = remembered_put(db->conn->remembered, &query);
	if (room != NULL)
		snprintf(room, REMEMBERED_VALUE_SIZE, "%s", row.appid);
	*appid_r = row.appid;
	return err;
}

enum err app_of_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct app *app_r)
{
	struct app_row row = {.tenant_id = tenant_id, .wechat_user_id = wechat_user_id};
	enum err err = stmt_need(db, &statements[OF_USER], &row, &row, ERR_USER_UNKNOWN);

	if (err != ERR_NONE)
		return err;
	return row.appid == NULL ? ERR_APP_UNKNOWN : app_find(db, row.appid, app_r);
}

struct app_add_ctx {
	struct app_row row;
	struct default_app_choice *choice;
};

static enum err app_insert(struct db *db, void *ctx)
{
	struct app_add_ctx *add = ctx;
	struct app_row *row = &add->row;
	enum err err = default_app_guard(db, add->choice);

	row->open_platform_id = 0;
	if (err == ERR_NONE && !str_is_empty(row->open_platform))
		err = open_platform_named(
			db, row->tenant_id, row->open_platform, &row->open_platform_id);
	if (err != ERR_NONE)
		return err;
	err = stmt_change(db, &statements[ADD], row, ERR_PARAMETER);
	if (err == ERR_DUPLICATE)
		return ERR_PARAMETER;
	if (err == ERR_NONE)
		err = default_app_choose(db, add->choice);
	return err == ERR_NONE ? app_audit(db, row, "app.add",
					 arena_printf(db->arena, "{\"kind\":%d}", row->kind))
			       : err;
}

enum err app_add(struct db *db, const struct app *app, const char *open_platform,
	struct default_app_choice *choice)
{
	struct app_add_ctx add = {.choice = choice};
	struct app_row *row = &add.row;

	*row = (struct app_row){
		.tenant_id = app->tenant_id,
		.appid = app->appid,
		.kind = app->kind,
		.secret = app->secret,
		.open_platform = open_platform,
	};

	if (!str_is_openid(app->appid) || str_is_empty(app->secret) ||
		strlen(app->secret) > SECRET_MAX_SIZE ||
		(!str_is_empty(open_platform) &&
			!fold_is_name(open_platform, OPEN_PLATFORM_NAME_MAX_CHARS)))
		return ERR_PARAMETER;
	row->row_uuid = uuid_random();
	return transaction_run(db, app_insert, &add);
}

static enum err app_store_secret(struct db *db, void *ctx)
{
	struct app_row *row = ctx;
	enum err err = stmt_need(db, &statements[PLACE], row, row, ERR_PARAMETER);

	if (err == ERR_NONE)
		err = stmt_write(db, &statements[SET_SECRET], row);
	return err == ERR_NONE ? app_audit(db, row, "app.set_secret", "{}") : err;
}

enum err app_set_secret(struct db *db, const char *appid, const char *secret)
{
	struct app_row row = {.appid = appid, .secret = secret};

	return transaction_run(db, app_store_secret, &row);
}

enum err app_page(
	struct db *db, const struct app *after, int32_t n_most, struct app **apps_r, size_t *n_r)
{
	const struct app_row key = {
		.tenant_id = after->tenant_id, .id = after->id, .n_most = n_most};
	const struct app_row *rows;
	void *found;
	enum err err = stmt_all(db, &statements[PAGE], &key, &found, n_r);

	if (err != ERR_NONE)
		return err;
	rows = found;
	*apps_r = arena_array(db->arena, struct app, *n_r);
	for (size_t i = 0; i < *n_r; i++)
		(*apps_r)[i] = app_of(&rows[i]);
	return ERR_NONE;
}

enum err app_list(struct db *db, void (*row)(void *ctx, const struct app *app), void *ctx)
{
	const struct app_row *app_rows;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	app_rows = rows;
	for (size_t i = 0; i < n; i++) {
		const struct app app = app_of(&app_rows[i]);

		row(ctx, &app);
	}
	return ERR_NONE;
}
