#include "app.h"
#include "stmt.h"
#include "str.h"
#include "wechat_token.h"

/* WeChat renews a token in its last minutes. */
#define MARGIN_S 300
#define LIFETIME_LEAST_S 60

struct token_row {
	int32_t app_id, tenant_id;
	struct uuid row_uuid;
	const char *token;
	int64_t lifetime_s;
};

#define ROW(member, type) COLUMN(struct token_row, member, type)
#define TOKEN SEALED_BY(struct token_row, token, "wechat_token", "token", "app_id")

#define OLD                                                                                     \
	"wechat_token FORCE INDEX (wechat_token_age) "                                          \
	"WHERE expires_at <= UTC_TIMESTAMP(6) ORDER BY expires_at"

enum { FIND, REPLACE, ADD, DROP, PURGE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT app_id, tenant_id, row_uuid, token FROM wechat_token "
			"WHERE app_id = ? AND expires_at > UTC_TIMESTAMP(6)",
		.params = COLUMNS(ROW(app_id, INT32)),
		.columns = COLUMNS(
			ROW(app_id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID), TOKEN),
	},
	[REPLACE] = {
		.text = "UPDATE wechat_token SET row_uuid = ?, token = ?, "
			"expires_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND WHERE app_id = ?",
		.params = COLUMNS(ROW(row_uuid, UUID), TOKEN, ROW(lifetime_s, INT64),
			ROW(app_id, INT32)),
	},
	[ADD] = {
		.text = "INSERT INTO wechat_token (app_id, tenant_id, row_uuid, token, expires_at) "
			"VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6) + INTERVAL ? SECOND)",
		.params = COLUMNS(ROW(app_id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			TOKEN, ROW(lifetime_s, INT64)),
	},
	[DROP] = {
		.text = "DELETE FROM wechat_token WHERE app_id = ? AND row_uuid = ?",
		.params = COLUMNS(ROW(app_id, INT32), ROW(row_uuid, UUID)),
	},
	[PURGE] = STMT_PURGE("wechat_token", "app_id", OLD, "wechat_token.app_id = old.app_id"),
};

const struct stmt_table wechat_token_statements = STMT_TABLE(statements);

static struct kept_token token_of(const struct token_row *row)
{
	return (struct kept_token){
		.app_id = row->app_id, .text = row->token, .uuid = row->row_uuid,
	};
}

enum err wechat_token_find(struct db *db, const struct app *app, struct kept_token *token_r)
{
	struct token_row row = {.app_id = app->id};
	enum err err = stmt_need(db, &statements[FIND], &row, &row, ERR_ABSENT);

	if (err == ERR_NONE)
		*token_r = token_of(&row);
	/* A token whose sealing key is lost counts as none. */
	return err == ERR_NONE && str_is_empty(row.token) ? ERR_ABSENT : err;
}

enum err wechat_token_keep(struct db *db, const struct app *app, const struct wechat_token *token,
	struct kept_token *token_r)
{
	int64_t lifetime_s = token->expires_in_s - MARGIN_S;
	struct token_row row = {
		.app_id = app->id,
		.tenant_id = app->tenant_id,
		.row_uuid = uuid_random(),
		.token = token->text,
		.lifetime_s = lifetime_s > LIFETIME_LEAST_S ? lifetime_s : LIFETIME_LEAST_S,
	};
	enum err err;

	*token_r = token_of(&row);
	err = stmt_change(db, &statements[REPLACE], &row, ERR_ABSENT);
	if (err == ERR_ABSENT)
		err = stmt_write(db, &statements[ADD], &row);
	/* Of two tokens that are stored at the same time, the first is as good. */
	return err == ERR_DUPLICATE ? ERR_NONE : err;
}

enum err wechat_token_drop(struct db *db, const struct kept_token *token)
{
	const struct token_row row = {.app_id = token->app_id, .row_uuid = token->uuid};

	return stmt_write(db, &statements[DROP], &row);
}

enum err wechat_token_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
