#include "app.h"
#include "conn.h"
#include "default_app.h"
#include "open_platform.h"
#include "secret.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

#define SECRET_MAX_SIZE 128

struct app_row {
	int32_t id;
	int32_t tenant_id;
	uint8_t row_uuid[SECRET_UUID_SIZE];
	const char *appid;
	int32_t kind;
	const char *secret;
	int32_t open_platform_id, moved_from_id;
	const char *open_platform;
};

enum { FIND, LIST, ADD, PLACE, SET_SECRET };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id, tenant_id, row_uuid, appid, kind, secret, open_platform_id, "
			"moved_from_id FROM app WHERE appid = ?",
		.params = COLUMNS(COLUMN(struct app_row, appid, STR)),
		.columns = COLUMNS(COLUMN(struct app_row, id, INT32),
			COLUMN(struct app_row, tenant_id, INT32),
			COLUMN(struct app_row, row_uuid, UUID), COLUMN(struct app_row, appid, STR),
			COLUMN(struct app_row, kind, INT32),
			SEALED(struct app_row, secret, "app", "secret"),
			COLUMN(struct app_row, open_platform_id, REF),
			COLUMN(struct app_row, moved_from_id, REF)),
	},
	[LIST] = {
		.text = "SELECT a.id, a.tenant_id, a.appid, a.kind, a.open_platform_id, "
			"COALESCE(p.name, '') "
			"FROM app a LEFT JOIN open_platform p ON p.id = a.open_platform_id "
			"ORDER BY a.id LIMIT 10000",
		.columns = COLUMNS(COLUMN(struct app_row, id, INT32),
			COLUMN(struct app_row, tenant_id, INT32),
			COLUMN(struct app_row, appid, STR), COLUMN(struct app_row, kind, INT32),
			COLUMN(struct app_row, open_platform_id, REF),
			COLUMN(struct app_row, open_platform, STR)),
		.row_size = sizeof(struct app_row),
	},
	[ADD] = {
		.text = "INSERT INTO app (tenant_id, row_uuid, appid, kind, secret, "
			"open_platform_id, created_at) "
			"SELECT id, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.params = COLUMNS(COLUMN(struct app_row, row_uuid, UUID),
			COLUMN(struct app_row, appid, STR), COLUMN(struct app_row, kind, INT32),
			SEALED(struct app_row, secret, "app", "secret"),
			COLUMN(struct app_row, open_platform_id, REF),
			COLUMN(struct app_row, tenant_id, INT32)),
	},
	[PLACE] = {
		.text = "SELECT id, tenant_id, row_uuid FROM app WHERE appid = ?",
		.params = COLUMNS(COLUMN(struct app_row, appid, STR)),
		.columns = COLUMNS(COLUMN(struct app_row, id, INT32),
			COLUMN(struct app_row, tenant_id, INT32),
			COLUMN(struct app_row, row_uuid, UUID)),
	},
	[SET_SECRET] = {
		.text = "UPDATE app SET secret = ? WHERE id = ?",
		.params = COLUMNS(SEALED(struct app_row, secret, "app", "secret"),
			COLUMN(struct app_row, id, INT32)),
	},
};

const struct stmt_table app_statements = STMT_TABLE(statements);

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

static enum err add(struct db *db, void *ctx)
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
	secret_random(row->row_uuid, sizeof(row->row_uuid));
	return transaction_run(db, add, &addition);
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
