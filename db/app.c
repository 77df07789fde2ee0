#include "app.h"
#include "arena.h"
#include "conf.h"
#include "fold.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "uuid.h"

#define SECRET_MAX_SIZE 128

struct app_row {
	int32_t id;
	int32_t tenant_id;
	struct uuid row_uuid;
	const char *appid;
	int32_t kind;
	const char *secret;
	int32_t open_platform_id, moved_from_id;
	const char *open_platform;
	bool is_default;
};

struct platform_row {
	int32_t id, tenant_id;
	const char *name;
};

#define ROW(member, type) COLUMN(struct app_row, member, type)
#define SECRET SEALED(struct app_row, secret, "app", "secret")
#define PLATFORM(member, type) COLUMN(struct platform_row, member, type)

enum {
	FIND, LIST, ADD, PLACE, SET_SECRET,
	FIND_DEFAULT, LOCK_TENANT, CLEAR_DEFAULT, SET_DEFAULT,
	FIND_PLATFORM, ADD_PLATFORM,
};

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id, tenant_id, row_uuid, appid, kind, secret, open_platform_id, "
			"moved_from_id FROM app WHERE appid = ?",
		.params = COLUMNS(ROW(appid, STR)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			ROW(appid, STR), ROW(kind, INT32), SECRET, ROW(open_platform_id, REF),
			ROW(moved_from_id, REF)),
	},
	[LIST] = {
		.text = "SELECT a.id, a.tenant_id, a.appid, a.kind, a.open_platform_id, "
			"COALESCE(p.name, '') "
			"FROM app a LEFT JOIN open_platform p ON p.id = a.open_platform_id "
			"ORDER BY a.id LIMIT 10000",
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(appid, STR),
			ROW(kind, INT32), ROW(open_platform_id, REF), ROW(open_platform, STR)),
		.row_size = sizeof(struct app_row),
	},
	[ADD] = {
		.text = "INSERT INTO app (tenant_id, row_uuid, appid, kind, secret, "
			"open_platform_id, created_at) "
			"SELECT id, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.params = COLUMNS(ROW(row_uuid, UUID), ROW(appid, STR), ROW(kind, INT32), SECRET,
			ROW(open_platform_id, REF), ROW(tenant_id, INT32)),
	},
	[PLACE] = {
		.text = "SELECT id, tenant_id, row_uuid FROM app WHERE appid = ?",
		.params = COLUMNS(ROW(appid, STR)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID)),
	},
	[SET_SECRET] = {
		.text = "UPDATE app SET secret = ? WHERE id = ?",
		.params = COLUMNS(SECRET, ROW(id, INT32)),
	},
	/* Two, so that one alone is known. */
	[FIND_DEFAULT] = {
		.text = "SELECT appid, is_default <=> 1 FROM app "
			"ORDER BY is_default DESC, id LIMIT 2",
		.columns = COLUMNS(ROW(appid, STR), ROW(is_default, BOOL)),
		.row_size = sizeof(struct app_row),
	},
	/* Where there is no app yet there is no other row to lock. */
	[LOCK_TENANT] = {
		.text = "SELECT id FROM tenant ORDER BY id LIMIT 1 FOR UPDATE",
		.columns = COLUMNS(ROW(tenant_id, INT32)),
	},
	[CLEAR_DEFAULT] = {
		.text = "UPDATE app SET is_default = NULL WHERE is_default = 1",
	},
	[SET_DEFAULT] = {
		.text = "UPDATE app SET is_default = 1 WHERE appid = ?",
		.params = COLUMNS(ROW(appid, STR)),
	},
	[FIND_PLATFORM] = {
		.text = "SELECT id FROM open_platform WHERE tenant_id = ? AND name = ?",
		.params = COLUMNS(PLATFORM(tenant_id, INT32), PLATFORM(name, STR)),
		.columns = COLUMNS(PLATFORM(id, INT32)),
	},
	[ADD_PLATFORM] = {
		.text = "INSERT INTO open_platform (tenant_id, name, created_at) "
			"SELECT id, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.params = COLUMNS(PLATFORM(name, STR), PLATFORM(tenant_id, INT32)),
	},
};

const struct stmt_table app_statements = STMT_TABLE(statements);

int default_app_find(struct db *db, struct default_app *default_r)
{
	const struct app_row *apps;
	void *rows;
	size_t n;

	*default_r = (struct default_app){.source = DEFAULT_APP_NONE};
	if (!str_is_empty(db->conf->http_default_app)) {
		default_r->source = DEFAULT_APP_CONFIGURED;
		default_r->appid = db->conf->http_default_app;
		return 1;
	}
	if (stmt_all(db, &statements[FIND_DEFAULT], NULL, &rows, &n) != 0)
		return -1;
	apps = rows;
	if (n > 0 && apps[0].is_default)
		default_r->source = DEFAULT_APP_CHOSEN;
	else if (n == 1)
		default_r->source = DEFAULT_APP_ONLY;
	if (default_r->source == DEFAULT_APP_NONE)
		return 0;
	default_r->appid = apps[0].appid;
	return 1;
}

enum err default_app_guard(struct db *db, struct default_app_choice *choice)
{
	struct default_app present;
	struct app_row first;

	if (choice->appid != NULL)
		return ERR_NONE;
	if (stmt_find(db, &statements[LOCK_TENANT], NULL, &first) < 0 ||
		default_app_find(db, &present) < 0)
		return transaction_failed(db);
	choice->is_needed = present.source == DEFAULT_APP_ONLY;
	return choice->is_needed ? ERR_PARAMETER : ERR_NONE;
}

enum err default_app_choose(struct db *db, struct default_app_choice *choice)
{
	const struct app_row row = {.appid = choice->appid};
	int n_chosen;

	if (choice->appid == NULL)
		return ERR_NONE;
	if (stmt_run(db, &statements[CLEAR_DEFAULT], NULL) < 0)
		return transaction_failed(db);
	n_chosen = stmt_run(db, &statements[SET_DEFAULT], &row);
	choice->is_unknown = n_chosen == 0;
	return choice->is_unknown ? ERR_PARAMETER : transaction_wrote(db, n_chosen);
}

static enum err default_app_set_in_transaction(struct db *db, void *ctx)
{
	return default_app_choose(db, ctx);
}

enum err default_app_set(struct db *db, struct default_app_choice *choice)
{
	return transaction_run(db, default_app_set_in_transaction, choice);
}

enum err open_platform_named(struct db *db, int32_t tenant_id, const char *name, int32_t *id_r)
{
	size_t size;
	const char *trimmed = fold_trim(name, &size);
	struct platform_row row = {
		.tenant_id = tenant_id,
		.name = arena_strndup(db->arena, trimmed, size),
	};
	int found = stmt_find(db, &statements[FIND_PLATFORM], &row, &row);
	int n_added;

	*id_r = row.id;
	if (found > 0)
		return ERR_NONE;
	n_added = found < 0 ? found : stmt_run(db, &statements[ADD_PLATFORM], &row);
	*id_r = n_added > 0 ? (int32_t)db->insert_id : 0;
	return transaction_wrote(db, n_added);
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

int app_find(struct db *db, const char *appid, struct app *app_r)
{
	struct app_row row = {.appid = appid};
	int found;

	if (!str_is_openid(appid))
		return 0;
	found = stmt_find(db, &statements[FIND], &row, &row);
	if (found > 0)
		*app_r = app_of(&row);
	return found;
}

struct addition {
	struct app_row row;
	struct default_app_choice *choice;
};

static enum err app_insert(struct db *db, void *ctx)
{
	struct addition *addition = ctx;
	struct app_row *row = &addition->row;
	enum err err = default_app_guard(db, addition->choice);
	int n_added;

	row->open_platform_id = 0;
	if (err == ERR_NONE && !str_is_empty(row->open_platform))
		err = open_platform_named(
			db, row->tenant_id, row->open_platform, &row->open_platform_id);
	if (err != ERR_NONE)
		return err;
	n_added = stmt_run(db, &statements[ADD], row);
	if (n_added == 0 || n_added == STMT_DUPLICATE)
		return ERR_PARAMETER;
	return n_added < 0 ? transaction_failed(db) : default_app_choose(db, addition->choice);
}

enum err app_add(struct db *db, const struct app *app, const char *open_platform,
	struct default_app_choice *choice)
{
	struct addition addition = {.choice = choice};
	struct app_row *row = &addition.row;

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
			str_n_chars(open_platform) > OPEN_PLATFORM_NAME_MAX_CHARS))
		return ERR_PARAMETER;
	row->row_uuid = uuid_random();
	return transaction_run(db, app_insert, &addition);
}

enum err app_set_secret(struct db *db, const char *appid, const char *secret)
{
	struct app_row row = {.appid = appid};
	int found = stmt_find(db, &statements[PLACE], &row, &row);

	if (found == 0)
		return ERR_PARAMETER;
	row.secret = secret;
	if (found < 0 || stmt_run(db, &statements[SET_SECRET], &row) < 0)
		return conn_err(db);
	return ERR_NONE;
}

enum err app_list(struct db *db, void (*row)(void *ctx, const struct app *app), void *ctx)
{
	const struct app_row *app_rows;
	void *rows;
	size_t n;

	if (stmt_all(db, &statements[LIST], NULL, &rows, &n) != 0)
		return conn_err(db);
	app_rows = rows;
	for (size_t i = 0; i < n; i++) {
		const struct app app = app_of(&app_rows[i]);

		row(ctx, &app);
	}
	return ERR_NONE;
}
