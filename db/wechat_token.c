#include "app.h"
#include "crypto.h"
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
	bool is_asked, has_failed;
	int64_t claim_us;
};

#define ROW(member, type) COLUMN(struct token_row, member, type)
#define APP ROW(tenant_id, INT32), ROW(app_id, INT32)
#define TOKEN SEALED_BY(struct token_row, token, "wechat_token", "token", "app_id")

#define OLD                                                                                     \
	"wechat_token FORCE INDEX (wechat_token_age) "                                          \
	"WHERE expires_at <= UTC_TIMESTAMP(6) "                                                 \
	"AND COALESCE(asked_until <= UTC_TIMESTAMP(6), 1) ORDER BY expires_at"

enum { FIND, CLAIM, CLAIM_FIRST, REPLACE, ADD, FAIL, DROP, PURGE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT app_id, tenant_id, row_uuid, "
			"IF(expires_at > UTC_TIMESTAMP(6), token, NULL), "
			"TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires_at), "
			"COALESCE(asked_until > UTC_TIMESTAMP(6), 0), "
			"COALESCE(failed_at > UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, 0) "
			"FROM wechat_token WHERE app_id = ?",
		.params = COLUMNS(ROW(tenant_id, TENANT), ROW(app_id, INT32)),
		.columns = COLUMNS(ROW(app_id, INT32), ROW(tenant_id, TENANT), ROW(row_uuid, UUID),
			TOKEN, ROW(lifetime_s, INT64), ROW(is_asked, BOOL), ROW(has_failed, BOOL)),
	},
	/* Of the row that was read, so that a token that has come since then is seen first. */
	[CLAIM] = {
		.text = "UPDATE wechat_token "
			"SET asked_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND "
			"WHERE tenant_id = ? AND app_id = ? AND row_uuid = ? "
			"AND COALESCE(asked_until <= UTC_TIMESTAMP(6), 1) "
			"AND COALESCE(failed_at <= UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, 1)",
		.params = COLUMNS(ROW(claim_us, INT64), APP, ROW(row_uuid, UUID)),
	},
	[CLAIM_FIRST] = {
		.text = "INSERT INTO wechat_token "
			"(app_id, tenant_id, row_uuid, expires_at, asked_until) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND)",
		.params = COLUMNS(ROW(app_id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			ROW(claim_us, INT64)),
	},
	[REPLACE] = {
		.text = "UPDATE wechat_token SET row_uuid = ?, token = ?, "
			"expires_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
			"asked_until = NULL, failed_at = NULL "
			"WHERE tenant_id = ? AND app_id = ?",
		.params = COLUMNS(ROW(row_uuid, UUID), TOKEN, ROW(lifetime_s, INT64), APP),
	},
	[ADD] = {
		.text = "INSERT INTO wechat_token (app_id, tenant_id, row_uuid, token, expires_at) "
			"VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6) + INTERVAL ? SECOND)",
		.params = COLUMNS(ROW(app_id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			TOKEN, ROW(lifetime_s, INT64)),
	},
	[FAIL] = {
		.text = "UPDATE wechat_token SET asked_until = NULL, failed_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND app_id = ?",
		.params = COLUMNS(APP),
	},
	[DROP] = {
		.text = "UPDATE wechat_token SET expires_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND app_id = ? AND row_uuid = ?",
		.params = COLUMNS(APP, ROW(row_uuid, UUID)),
	},
	[PURGE] = STMT_PURGE("wechat_token", "app_id", OLD, "wechat_token.app_id = old.app_id"),
};

const struct stmt_table wechat_token_statements = STMT_TABLE(statements);

bool wechat_token_is(const char *text, const char *other)
{
	const size_t size = strlen(text);

	return other != NULL && strlen(other) == size && crypto_equal(text, other, size);
}

/* Returns TOKEN_ASKED also if another request is first. */
static enum err token_claim(struct db *db, bool is_first, struct token_row *row,
	enum token_state *state_r)
{
	enum err err;

	*state_r = TOKEN_ASKED;
	if (is_first) {
		row->row_uuid = uuid_random();
		err = stmt_write(db, &statements[CLAIM_FIRST], row);
	} else {
		err = stmt_change(db, &statements[CLAIM], row, ERR_ABSENT);
	}
	if (err == ERR_NONE)
		*state_r = TOKEN_CLAIMED;
	return err == ERR_DUPLICATE || err == ERR_ABSENT ? ERR_NONE : err;
}

enum err wechat_token_seek(struct db *db, const struct app *app, const char *refused,
	int64_t claim_us, struct kept_token *token_r)
{
	struct token_row row = {
		.app_id = app->id, .tenant_id = app->tenant_id, .claim_us = claim_us,
	};
	enum err err = stmt_need(db, &statements[FIND], &row, &row, ERR_ABSENT);

	*token_r = (struct kept_token){
		.tenant_id = app->tenant_id, .app_id = app->id,
		.left_s = (int32_t)row.lifetime_s, .uuid = row.row_uuid,
	};
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	/* A token whose sealing key is lost counts as none. */
	token_r->text = str_is_empty(row.token) ? NULL : row.token;
	if (token_r->text != NULL && !wechat_token_is(token_r->text, refused))
		token_r->state = TOKEN_VALID;
	else if (row.is_asked)
		token_r->state = TOKEN_ASKED;
	else if (row.has_failed)
		token_r->state = TOKEN_FAILED;
	else
		return token_claim(db, err == ERR_ABSENT, &row, &token_r->state);
	return ERR_NONE;
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

	*token_r = (struct kept_token){
		.tenant_id = app->tenant_id,
		.app_id = app->id,
		.text = token->text,
		.left_s = (int32_t)row.lifetime_s,
		.uuid = row.row_uuid,
	};
	err = stmt_change(db, &statements[REPLACE], &row, ERR_ABSENT);
	if (err == ERR_ABSENT)
		err = stmt_write(db, &statements[ADD], &row);
	/* Of two tokens that are stored at the same time, the first is as good. */
	return err == ERR_DUPLICATE ? ERR_NONE : err;
}

enum err wechat_token_fail(struct db *db, const struct app *app)
{
	const struct token_row row = {.tenant_id = app->tenant_id, .app_id = app->id};

	return stmt_write(db, &statements[FAIL], &row);
}

enum err wechat_token_drop(struct db *db, const struct kept_token *token)
{
	const struct token_row row = {
		.tenant_id = token->tenant_id, .app_id = token->app_id, .row_uuid = token->uuid,
	};

	return stmt_write(db, &statements[DROP], &row);
}

enum err wechat_token_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
