#include "account.h"
#include "api_key_find.h"
#include "crypto.h"
#include "secret.h"
#include "stmt.h"
#include "token.h"
#include "token_row.h"
#include "transaction.h"

#define MAX_FAMILIES 10 /* of a user */

#define ROW(member, type) COLUMN(struct token_row, member, type)
#define DAYS(number) "INTERVAL " STMT_NUMBER(number) " DAY"

#define OLD                                                                                     \
	"access_token FORCE INDEX (access_token_age) "                                          \
	"WHERE expires_at <= UTC_TIMESTAMP(6) - " DAYS(TOKEN_RENEWABLE_DAYS + 1)                \
	" ORDER BY expires_at"

enum { BEGIN_FAMILY, ADD_FIRST, COUNT, SURPLUS, END_FAMILY, SET_APP, PURGE };

static const struct stmt statements[] = {
	[BEGIN_FAMILY] = {
		.text = "UPDATE wechat_user FORCE INDEX (PRIMARY) SET version = version + 1, "
			"n_token_families = n_token_families + 1 "
			"WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
	},
	[ADD_FIRST] = {
		.text = "INSERT INTO access_token (tenant_id, wechat_user_id, family, hash, "
			"security_stamp, account_id, app_id, openid, api_key_id, began_at, "
			"issued_at, expires_at) SELECT u.tenant_id, u.id, ?, ?, "
			"a.security_stamp, a.id, u.app_id, u.openid, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + "
			"INTERVAL " STMT_NUMBER(TOKEN_LIFETIME_S) " SECOND "
			"FROM wechat_user u FORCE INDEX (PRIMARY) "
			"JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.id = ? AND " ACCOUNT_MAY_LOG_IN " "
			"RETURNING issued_at, expires_at",
		.params = COLUMNS(ROW(family, UUID), ROW(hash, HASH), ROW(opened_by, REF),
			ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(issued_us, TIME), ROW(expires_us, TIME)),
	},
	/* By the index alone. There are not more families. */
	[COUNT] = {
		.text = "SELECT COUNT(*) FROM access_token "
			"WHERE wechat_user_id = ? AND revoked_at IS NULL",
		.any_tenant = "an insert has just compared the user's tenant",
		.params = COLUMNS(ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(n_tokens, INT64)),
	},
	/* The families that can be renewed, except the ten that began last. An UPDATE that joins
	 * them costs the server more than this and that of one of them. */
	[SURPLUS] = {
		.text = "SELECT tenant_id, family FROM access_token "
			"FORCE INDEX (access_token_of_user) "
			"WHERE tenant_id = ? AND wechat_user_id = ? AND revoked_at IS NULL "
			"AND rotated_at IS NULL AND " TOKEN_IS_RENEWABLE("") " "
			"ORDER BY began_at DESC, id DESC LIMIT 1000 OFFSET "
			STMT_NUMBER(MAX_FAMILIES),
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(tenant_id, INT32), ROW(family, UUID)),
		.row_size = sizeof(struct token_row),
	},
	[END_FAMILY] = {
		.text = "UPDATE access_token FORCE INDEX (access_token_of_family) "
			"SET revoked_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND family = ? AND revoked_at IS NULL",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(family, UUID)),
	},
	[SET_APP] = {
		.text = "UPDATE access_token SET app_id = ? "
			"WHERE tenant_id = ? AND wechat_user_id = ?",
		.params = COLUMNS(ROW(app_id, INT32), ROW(tenant_id, INT32),
			ROW(wechat_user_id, INT32)),
	},
	[PURGE] = STMT_PURGE("access_token", "id", OLD, "access_token.id = old.id"),
};

const struct stmt_table token_statements = STMT_TABLE(statements);

/* If the account has got another security stamp since it was read, the token is born revoked. */
static enum err token_insert_first(
	struct db *db, const struct token_owner *owner, struct token_row *row)
{
	row->account_id = owner->account_id;
	row->security_stamp = owner->security_stamp;
	row->app_id = owner->app_id;
	row->openid = owner->openid;
	row->began_us = row->now_us = owner->read_us;
	return token_row_insert(db, row);
}

static enum err token_end_surplus(struct db *db, const struct token_row *row)
{
	const struct token_row *surplus;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[SURPLUS], row, &rows, &n);

	surplus = rows;
	for (size_t i = 0; err == ERR_NONE && i < n; i++)
		err = stmt_write(db, &statements[END_FAMILY], &surplus[i]);
	return err;
}

/* Most users have few tokens, and COUNT costs the server less than SURPLUS. */
static enum err token_trim(struct db *db, struct token_row *row)
{
	enum err err = stmt_need(db, &statements[COUNT], row, row, ERR_INTERNAL);

	return err == ERR_NONE && row->n_tokens > MAX_FAMILIES ? token_end_surplus(db, row) : err;
}

enum err token_begin_written(
	struct db *db, const struct token_user *user, struct access_token *token_r)
{
	struct token_row row = {
		.tenant_id = user->tenant_id, .wechat_user_id = user->id, .family = uuid_random(),
		.opened_by = user->opened_by,
	};
	enum err err;

	secret_token_make(db->keys, SECRET_TOKEN_PREFIX_ACCESS, token_r->text);
	token_row_hash(&row, token_r->text);
	err = user->owner == NULL
		? stmt_need(db, &statements[ADD_FIRST], &row, &row, ERR_ACCOUNT_DISABLED)
		: token_insert_first(db, user->owner, &row);
	if (err == ERR_NONE && !user->is_new)
		err = token_trim(db, &row);
	token_r->issued_us = row.issued_us;
	token_r->expires_us = row.expires_us;
	return err;
}

struct token_ctx {
	struct token_user user;
	struct access_token *token;
};

static enum err token_begin_in_transaction(struct db *db, void *ctx)
{
	const struct token_ctx *issuing = ctx;
	const struct token_row row = {
		.tenant_id = issuing->user.tenant_id, .wechat_user_id = issuing->user.id,
	};
	enum err err = stmt_change(db, &statements[BEGIN_FAMILY], &row, ERR_USER_UNKNOWN);

	return err == ERR_NONE ? token_begin_written(db, &issuing->user, issuing->token) : err;
}

enum err token_issue(struct db *db, int32_t tenant_id, int32_t wechat_user_id,
	struct access_token *token_r)
{
	struct token_ctx ctx = {
		.user = {.tenant_id = tenant_id, .id = wechat_user_id}, .token = token_r,
	};

	return transaction_run(db, token_begin_in_transaction, &ctx);
}

enum err token_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	struct token_row row;
	enum err err;

	memcpy(row.hash, hash, sizeof(row.hash));
	err = token_row_read(db, &row);
	if (err == ERR_UNAUTHORIZED)
		return db_refuse(db, err, "no such access token");
	if (err != ERR_NONE)
		return err;
	if (!row.is_of_account)
		return db_refuse(db, ERR_TOKEN_REVOKED, TOKEN_ROW_NOT_OF_ACCOUNT);
	if (row.revoked_us != 0)
		return db_refuse(db, ERR_TOKEN_REVOKED, TOKEN_ROW_REVOKED);
	if (row.rotated_us != 0)
		return db_refuse(db, ERR_TOKEN_EXPIRED, "the token was renewed");
	if (row.expires_us <= row.now_us)
		return db_refuse(db, ERR_TOKEN_EXPIRED, "the token's two hours are over");
	*principal_r = token_row_principal(db, &row);
	return api_key_check_opener(db, row.tenant_id, row.opened_by);
}

enum err token_revoke(struct db *db, const char *presented)
{
	struct token_row row;

	token_row_hash(&row, presented);
	return token_row_revoke_family(db, &row);
}

enum err token_set_app(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, int32_t app_id)
{
	const struct token_row row = {
		.tenant_id = tenant_id, .wechat_user_id = wechat_user_id, .app_id = app_id,
	};

	return stmt_write(db, &statements[SET_APP], &row);
}

enum err token_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
