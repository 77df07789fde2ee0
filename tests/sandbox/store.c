#include "store.h"

#include "call_store.h"
#include "conn.h"
#include "inbox.h"
#include "phone_code.h"
#include "session.h"
#include "stmt.h"

struct schema {
	int version;
	const char *name;
	const char *const *statements; /* ends with NULL */
};

static const struct schema schemas[] = {
#include "schema.inc"
};

/* The rows that go in and come out with more than their struct. */
struct token_row {
	struct user_token token;
	int32_t expires_in, refresh_expires_in;
};

struct app_token_row {
	struct app_token token;
	int32_t overlap_s;
};

enum {
	SAVE_APP, FIND_APP, LIST_APPS,
	ADD_CODE, SPEND_CODE, FIND_CODE, FIND_SESSION,
	ADD_USER_TOKEN, FIND_USER_TOKEN, FIND_REFRESH_TOKEN, RENEW_USER_TOKEN,
	VOID_APP_TOKENS, ADD_APP_TOKEN, FIND_APP_TOKEN, FIND_STABLE_TOKEN, COUNT_FORCED,
};

#define APP(member) COLUMN(struct sandbox_app, member, STR)
#define CODE(member, kind) COLUMN(struct sandbox_code, member, kind)
#define TOKEN(member, kind) COLUMN(struct token_row, member, kind)
#define APP_TOKEN(member, kind) COLUMN(struct app_token_row, member, kind)

#define TOKEN_TEXT                                                                              \
	"SELECT t.access_token, t.refresh_token, t.expires_at <= UTC_TIMESTAMP(6), "            \
	"t.refresh_expires_at <= UTC_TIMESTAMP(6), c.code, c.appid, c.openid, c.unionid, "      \
	"c.scope, c.is_snapshotuser, c.nickname, c.sex, c.language, c.city, c.province, "       \
	"c.country, c.headimgurl FROM user_token t JOIN code c ON c.code = t.code "
#define TOKEN_COLUMNS                                                                           \
	COLUMNS(TOKEN(token.access_token, STR), TOKEN(token.refresh_token, STR),                \
		TOKEN(token.is_expired, BOOL), TOKEN(token.is_refresh_expired, BOOL),           \
		TOKEN(token.code.code, STR), TOKEN(token.code.appid, STR),                      \
		TOKEN(token.code.openid, STR), TOKEN(token.code.unionid, STR),                  \
		TOKEN(token.code.scope, STR), TOKEN(token.code.is_snapshotuser, INT32),         \
		TOKEN(token.code.nickname, STR), TOKEN(token.code.sex, INT32),                  \
		TOKEN(token.code.language, STR), TOKEN(token.code.city, STR),                   \
		TOKEN(token.code.province, STR), TOKEN(token.code.country, STR),                \
		TOKEN(token.code.headimgurl, STR))

static const struct stmt statements[] = {
	[SAVE_APP] = {
		.text = "INSERT INTO app "
			"(appid, secret, kind, push_token, aes_key, url, api_key, wechat_key, "
			"created_at) "
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE "
			"secret = VALUES(secret), kind = VALUES(kind), "
			"push_token = VALUES(push_token), aes_key = VALUES(aes_key), "
			"url = VALUES(url), "
			"api_key = IF(VALUES(api_key) = '', api_key, VALUES(api_key)), "
			"wechat_key = IF(VALUES(wechat_key) = '', wechat_key, VALUES(wechat_key))",
		.params = COLUMNS(APP(appid), APP(secret), APP(kind), APP(push_token),
			APP(aes_key), APP(url), APP(api_key), APP(wechat_key)),
	},
	[FIND_APP] = {
		.text = "SELECT appid, secret, kind, push_token, aes_key, url FROM app "
			"WHERE appid = ?",
		.params = COLUMNS(APP(appid)),
		.columns = COLUMNS(APP(appid), APP(secret), APP(kind), APP(push_token),
			APP(aes_key), APP(url)),
	},
	[LIST_APPS] = {
		.text = "SELECT appid, kind, api_key, wechat_key FROM app "
			"ORDER BY created_at, appid LIMIT 1000",
		.columns = COLUMNS(APP(appid), APP(kind), APP(api_key), APP(wechat_key)),
		.row_size = sizeof(struct sandbox_app),
	},
	[ADD_CODE] = {
		.text = "INSERT INTO code (code, appid, openid, unionid, session_key, scope, "
			"is_snapshotuser, nickname, sex, language, city, province, country, "
			"headimgurl, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
			"UTC_TIMESTAMP(6) + INTERVAL ? SECOND)",
		.params = COLUMNS(CODE(code, STR), CODE(appid, STR), CODE(openid, STR),
			CODE(unionid, STR), CODE(session_key, STR), CODE(scope, STR),
			CODE(is_snapshotuser, INT32), CODE(nickname, STR), CODE(sex, INT32),
			CODE(language, STR), CODE(city, STR), CODE(province, STR),
			CODE(country, STR), CODE(headimgurl, STR), CODE(expires_in, INT32)),
	},
	[SPEND_CODE] = {
		.text = "UPDATE code SET used_at = UTC_TIMESTAMP(6) "
			"WHERE code = ? AND used_at IS NULL",
		.params = COLUMNS(CODE(code, STR)),
	},
	[FIND_CODE] = {
		.text = "SELECT code, appid, openid, unionid, session_key, scope, is_snapshotuser, "
			"expires_at <= UTC_TIMESTAMP(6) FROM code WHERE code = ?",
		.reads_again = true,
		.params = COLUMNS(CODE(code, STR)),
		.columns = COLUMNS(CODE(code, STR), CODE(appid, STR), CODE(openid, STR),
			CODE(unionid, STR), CODE(session_key, STR), CODE(scope, STR),
			CODE(is_snapshotuser, INT32), CODE(is_expired, BOOL)),
	},
	[FIND_SESSION] = {
		.text = "SELECT code, session_key FROM code WHERE appid = ? AND openid = ? "
			"AND used_at IS NOT NULL ORDER BY used_at DESC LIMIT 1",
		.params = COLUMNS(CODE(appid, STR), CODE(openid, STR)),
		.columns = COLUMNS(CODE(code, STR), CODE(session_key, STR)),
	},
	[ADD_USER_TOKEN] = {
		.text = "INSERT INTO user_token "
			"(access_token, refresh_token, code, expires_at, refresh_expires_at) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
			"UTC_TIMESTAMP(6) + INTERVAL ? SECOND)",
		.params = COLUMNS(TOKEN(token.access_token, STR), TOKEN(token.refresh_token, STR),
			TOKEN(token.code.code, STR), TOKEN(expires_in, INT32),
			TOKEN(refresh_expires_in, INT32)),
	},
	[FIND_USER_TOKEN] = {
		.text = TOKEN_TEXT "WHERE t.access_token = ?",
		.reads_again = true,
		.params = COLUMNS(TOKEN(token.access_token, STR)),
		.columns = TOKEN_COLUMNS,
	},
	[FIND_REFRESH_TOKEN] = {
		.text = TOKEN_TEXT "WHERE t.refresh_token = ?",
		.reads_again = true,
		.params = COLUMNS(TOKEN(token.refresh_token, STR)),
		.columns = TOKEN_COLUMNS,
	},
	[RENEW_USER_TOKEN] = {
		.text = "UPDATE user_token SET access_token = ?, "
			"expires_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND WHERE refresh_token = ?",
		.params = COLUMNS(TOKEN(token.access_token, STR), TOKEN(expires_in, INT32),
			TOKEN(token.refresh_token, STR)),
	},
	[VOID_APP_TOKENS] = {
		.text = "UPDATE app_token "
			"SET expires_at = LEAST(expires_at, UTC_TIMESTAMP(6) + INTERVAL ? SECOND), "
			"is_void = 1 WHERE appid = ? AND is_stable = ?",
		.params = COLUMNS(APP_TOKEN(overlap_s, INT32), APP_TOKEN(token.appid, STR),
			APP_TOKEN(token.is_stable, BOOL)),
	},
	[ADD_APP_TOKEN] = {
		.text = "INSERT INTO app_token "
			"(token, appid, is_stable, is_forced, created_at, expires_at) "
			"VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL ? SECOND)",
		.params = COLUMNS(APP_TOKEN(token.token, STR), APP_TOKEN(token.appid, STR),
			APP_TOKEN(token.is_stable, BOOL), APP_TOKEN(token.is_forced, BOOL),
			APP_TOKEN(token.expires_in, INT32)),
	},
	[FIND_APP_TOKEN] = {
		.text = "SELECT token, appid, is_void, expires_at <= UTC_TIMESTAMP(6) "
			"FROM app_token WHERE token = ?",
		.reads_again = true,
		.params = COLUMNS(APP_TOKEN(token.token, STR)),
		.columns = COLUMNS(APP_TOKEN(token.token, STR), APP_TOKEN(token.appid, STR),
			APP_TOKEN(token.is_void, BOOL), APP_TOKEN(token.is_expired, BOOL)),
	},
	[FIND_STABLE_TOKEN] = {
		.text = "SELECT token, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires_at) "
			"FROM app_token WHERE appid = ? AND is_stable = 1 "
			"AND expires_at > UTC_TIMESTAMP(6) ORDER BY expires_at DESC LIMIT 1",
		.params = COLUMNS(APP_TOKEN(token.appid, STR)),
		.columns = COLUMNS(APP_TOKEN(token.token, STR), APP_TOKEN(token.expires_in, INT32)),
	},
	[COUNT_FORCED] = {
		.text = "SELECT COUNT(*), COALESCE(MIN(TIMESTAMPDIFF(SECOND, created_at, "
			"UTC_TIMESTAMP(6))), 86400) FROM app_token WHERE appid = ? "
			"AND is_stable = 1 AND is_forced = 1 "
			"AND created_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY",
		.params = COLUMNS(APP_TOKEN(token.appid, STR)),
		.columns = COLUMNS(
			APP_TOKEN(token.n_forced, INT32), APP_TOKEN(token.forced_ago, INT32)),
	},
};

static int make_tables(struct db *db)
{
	if (session_open(db) != 0)
		return -1;
	for (const char *const *sql = schemas[0].statements; *sql != NULL; sql++) {
		if (conn_query(db, *sql) != 0)
			return -1;
	}
	return 0;
}

static int check_statements(struct db *db)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (stmt_check(db, &statements[i]) != 0)
			return -1;
	}
	return 0;
}

enum err store_prepare(struct db *db)
{
	enum err err;

	if (make_tables(db) != 0 || check_statements(db) != 0)
		return db_error_report(&db->error);
	err = inbox_prepare(db);
	if (err == ERR_NONE)
		err = phone_code_prepare(db);
	return err == ERR_NONE ? call_store_prepare(db) : err;
}

enum err store_save_app(struct db *db, const struct sandbox_app *app)
{
	return stmt_write(db, &statements[SAVE_APP], app);
}

enum err store_find_app(struct db *db, const char *appid, struct sandbox_app *app_r)
{
	const struct sandbox_app wanted = {.appid = appid};

	return stmt_need(db, &statements[FIND_APP], &wanted, app_r, ERR_ABSENT);
}

enum err store_first_app(struct db *db, struct sandbox_app *app_r)
{
	return stmt_need(db, &statements[LIST_APPS], NULL, app_r, ERR_ABSENT);
}

enum err store_list_apps(struct db *db, struct sandbox_app **apps_r, size_t *n_apps_r)
{
	void *rows = NULL;
	enum err err = stmt_all(db, &statements[LIST_APPS], NULL, &rows, n_apps_r);

	*apps_r = rows;
	return err;
}

enum err store_add_code(struct db *db, const struct sandbox_code *code)
{
	return stmt_change(db, &statements[ADD_CODE], code, ERR_INTERNAL);
}

enum err store_spend_code(struct db *db, const char *code)
{
	const struct sandbox_code wanted = {.code = code};

	return stmt_change(db, &statements[SPEND_CODE], &wanted, ERR_ABSENT);
}

enum err store_find_code(struct db *db, const char *text, struct sandbox_code *code_r)
{
	const struct sandbox_code wanted = {.code = text};

	return stmt_need(db, &statements[FIND_CODE], &wanted, code_r, ERR_ABSENT);
}

enum err store_find_session(
	struct db *db, const char *appid, const char *openid, struct sandbox_code *code_r)
{
	const struct sandbox_code wanted = {.appid = appid, .openid = openid};

	return stmt_need(db, &statements[FIND_SESSION], &wanted, code_r, ERR_ABSENT);
}

enum err store_add_user_token(struct db *db, const struct user_token *token, int32_t expires_in,
	int32_t refresh_expires_in)
{
	const struct token_row row = {*token, expires_in, refresh_expires_in};

	return stmt_change(db, &statements[ADD_USER_TOKEN], &row, ERR_INTERNAL);
}

static enum err find_token(
	struct db *db, const struct stmt *stmt, struct token_row *row, struct user_token *token_r)
{
	enum err err = stmt_need(db, stmt, row, row, ERR_ABSENT);

	*token_r = row->token;
	return err;
}

enum err store_find_user_token(struct db *db, const char *access_token, struct user_token *token_r)
{
	struct token_row row = {.token.access_token = access_token};

	return find_token(db, &statements[FIND_USER_TOKEN], &row, token_r);
}

enum err store_find_refresh_token(
	struct db *db, const char *refresh_token, struct user_token *token_r)
{
	struct token_row row = {.token.refresh_token = refresh_token};

	return find_token(db, &statements[FIND_REFRESH_TOKEN], &row, token_r);
}

enum err store_renew_user_token(struct db *db, const struct user_token *token, int32_t expires_in)
{
	const struct token_row row = {.token = *token, .expires_in = expires_in};

	return stmt_change(db, &statements[RENEW_USER_TOKEN], &row, ERR_INTERNAL);
}

enum err store_add_app_token(struct db *db, const struct app_token *token, int32_t overlap_s)
{
	const struct app_token_row row = {.token = *token, .overlap_s = overlap_s};
	enum err err = stmt_write(db, &statements[VOID_APP_TOKENS], &row);

	if (err != ERR_NONE)
		return err;
	return stmt_change(db, &statements[ADD_APP_TOKEN], &row, ERR_INTERNAL);
}

static enum err find_app_token(struct db *db, const struct stmt *stmt, struct app_token_row *row,
	struct app_token *token_r)
{
	enum err err = stmt_need(db, stmt, row, row, ERR_ABSENT);

	*token_r = row->token;
	return err;
}

enum err store_find_app_token(struct db *db, const char *token, struct app_token *token_r)
{
	struct app_token_row row = {.token.token = token};

	return find_app_token(db, &statements[FIND_APP_TOKEN], &row, token_r);
}

enum err store_find_stable_token(struct db *db, const char *appid, struct app_token *token_r)
{
	struct app_token_row row = {.token.appid = appid};

	return find_app_token(db, &statements[FIND_STABLE_TOKEN], &row, token_r);
}

enum err store_count_forced(struct db *db, const char *appid, struct app_token *token_r)
{
	struct app_token_row row = {.token.appid = appid};

	return find_app_token(db, &statements[COUNT_FORCED], &row, token_r);
}
