#include <string.h>

#include "account.h"
#include "arena.h"
#include "clock.h"
#include "principal.h"
#include "secret.h"
#include "stmt.h"
#include "token_row.h"

#define ROW(member, type) COLUMN(struct token_row, member, type)

/* SQL: the column of the user whose access_token it is. */
#define OF_USER(column) "(SELECT u." column " FROM wechat_user u WHERE u.id = wechat_user_id)"

enum { FIND, NAME_OWNER, ADD, REVOKE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT t.id, t.tenant_id, t.wechat_user_id, t.family, t.security_stamp, "
			"t.began_at, t.issued_at, t.expires_at, t.rotated_at, t.revoked_at, "
			"t.account_id, t.openid, t.api_key_id, " TOKEN_IS_OF_ACCOUNT
			", UTC_TIMESTAMP(6) FROM " TOKEN_AND_ACCOUNT " WHERE t.hash = ?",
		.reads_again = true,
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(ROW(hash, HASH)),
		.columns = COLUMNS(ROW(id, INT64), ROW(tenant_id, INT32),
			ROW(wechat_user_id, INT32), ROW(family, UUID), ROW(security_stamp, UUID),
			ROW(began_us, TIME), ROW(issued_us, TIME), ROW(expires_us, TIME),
			ROW(rotated_us, TIME), ROW(revoked_us, TIME), ROW(account_id, UUID),
			ROW(openid, STR), ROW(opened_by, REF), ROW(is_of_account, BOOL),
			ROW(now_us, TIME)),
	},
	/* Subqueries lock no user, as a join would. They read it after the token is locked, so that
	 * a merge in between, which writes the user first, moves the token or is seen. */
	[NAME_OWNER] = {
		.text = "UPDATE access_token SET account_id = " OF_USER("account_id") ", "
			"app_id = " OF_USER("app_id") ", openid = " OF_USER("openid")
			" WHERE hash = ? AND account_id IS NULL",
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(ROW(hash, HASH)),
	},
	[ADD] = {
		.text = "INSERT INTO access_token (tenant_id, wechat_user_id, family, hash, "
			"security_stamp, account_id, app_id, openid, api_key_id, began_at, "
			"issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32),
			ROW(family, UUID), ROW(hash, HASH), ROW(security_stamp, UUID),
			ROW(account_id, UUID), ROW(app_id, REF), ROW(openid, STR),
			ROW(opened_by, REF), ROW(began_us, TIME), ROW(issued_us, TIME),
			ROW(expires_us, TIME)),
	},
	[REVOKE] = {
		.text = "UPDATE access_token t JOIN access_token mine ON mine.family = t.family "
			"SET t.revoked_at = UTC_TIMESTAMP(6) "
			"WHERE mine.hash = ? AND t.revoked_at IS NULL",
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(ROW(hash, HASH)),
	},
};

const struct stmt_table token_row_statements = STMT_TABLE(statements);

void token_row_hash(struct token_row *row, const char *text)
{
	crypto_sha256(text, SECRET_TOKEN_SIZE, row->hash);
}

struct principal token_row_principal(struct db *db, const struct token_row *row)
{
	return (struct principal){
		.kind = PRINCIPAL_ACCESS_TOKEN,
		.tenant_id = row->tenant_id,
		.name = arena_printf(db->arena, "wechat_user %d", row->wechat_user_id),
		.token_id = row->id,
		.wechat_user_id = row->wechat_user_id,
		.account_id = row->account_id,
		.openid = row->openid,
		.opened_by = row->opened_by,
	};
}

int64_t token_row_family_ends_us(const struct token_row *row)
{
	return row->began_us + TOKEN_FAMILY_DAYS * CLOCK_DAY_US;
}

enum err token_row_insert(struct db *db, struct token_row *row)
{
	enum err err;

	row->issued_us = row->now_us;
	row->expires_us = row->now_us + TOKEN_LIFETIME_S * CLOCK_SECOND_US;
	if (row->expires_us > token_row_family_ends_us(row))
		row->expires_us = token_row_family_ends_us(row);
	err = stmt_write(db, &statements[ADD], row);
	row->id = db->insert_id;
	return err;
}

enum err token_row_name_owner(struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE])
{
	struct token_row row;

	memcpy(row.hash, hash, sizeof(row.hash));
	return stmt_write(db, &statements[NAME_OWNER], &row);
}

enum err token_row_read(struct db *db, struct token_row *row)
{
	enum err err = stmt_need(db, &statements[FIND], row, row, ERR_UNAUTHORIZED);

	if (err != ERR_NONE || row->revoked_us != 0 || !uuid_is_nil(row->account_id))
		return err;
	err = token_row_name_owner(db, row->hash);
	return err == ERR_NONE ? stmt_need(db, &statements[FIND], row, row, ERR_UNAUTHORIZED)
			       : err;
}

enum err token_row_revoke_family(struct db *db, const struct token_row *row)
{
	return stmt_write(db, &statements[REVOKE], row);
}
