#include "api_key.h"
#include "arena.h"
#include "audit.h"
#include "principal.h"
#include "stmt.h"
#include "token_family.h"
#include "token_row.h"
#include "transaction.h"

struct family_row {
	struct token_family family;
	int32_t tenant_id;
	struct uuid account_id;
	int64_t token_id; /* of the principal */
};

#define ROW(member, type) COLUMN(struct family_row, member, type)

enum { LIST, END };

static const struct stmt statements[] = {
	[LIST] = {
		.text = "SELECT t.family, app.appid, t.began_at, t.issued_at, t.id = ?, "
			"t.api_key_id IS NOT NULL "
			"FROM account a JOIN wechat_user u ON u.account_id = a.id "
			"JOIN access_token t ON t.wechat_user_id = u.id "
			"LEFT JOIN app ON app.id = u.app_id " TOKEN_OPENER
			"WHERE a.tenant_id = ? AND a.id = ? "
			"AND t.revoked_at IS NULL AND t.rotated_at IS NULL "
			"AND " TOKEN_OPENER_IS_VALID " "
			"AND t.security_stamp = a.security_stamp AND " TOKEN_IS_RENEWABLE("t.")
			" ORDER BY t.began_at DESC, t.id DESC LIMIT 1000",
		.params = COLUMNS(ROW(token_id, INT64), ROW(tenant_id, INT32),
			ROW(account_id, UUID)),
		.columns = COLUMNS(ROW(family.id, UUID), ROW(family.appid, STR),
			ROW(family.began_us, TIME), ROW(family.renewed_us, TIME),
			ROW(family.is_current, BOOL), ROW(family.is_by_key, BOOL)),
		.row_size = sizeof(struct token_family),
	},
	/* Of the user's account, as listed: a token of the release before names none, or one that
	 * it has left. */
	[END] = {
		.text = "UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id "
			"SET t.revoked_at = UTC_TIMESTAMP(6) WHERE t.family = ? "
			"AND u.tenant_id = ? AND u.account_id = ? AND t.revoked_at IS NULL",
		.params = COLUMNS(ROW(family.id, UUID), ROW(tenant_id, INT32),
			ROW(account_id, UUID)),
	},
};

const struct stmt_table token_family_statements = STMT_TABLE(statements);

enum err token_family_list(struct db *db, const struct principal *principal,
	struct token_family **families_r, size_t *n_families_r)
{
	const struct family_row key = {
		.tenant_id = principal->tenant_id, .account_id = principal->account_id,
		.token_id = principal->token_id,
	};
	void *rows;
	enum err err = stmt_all(db, &statements[LIST], &key, &rows, n_families_r);

	*families_r = rows;
	return err;
}

/* A login that has ended already stays as it is. */
static enum err family_end(struct db *db, void *ctx)
{
	const struct family_row *row = ctx;
	char account[UUID_TEXT_SIZE], id[UUID_TEXT_SIZE];
	struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = "session.end",
		.actor = "person",
		.subject = account,
	};
	enum err err = stmt_write(db, &statements[END], row);

	if (err != ERR_NONE || db->n_rows == 0)
		return err;
	uuid_format(row->account_id, account);
	uuid_format(row->family.id, id);
	entry.details = arena_printf(db->arena, "{\"session\":\"%s\"}", id);
	return audit_write(db, &entry);
}

enum err token_family_end(struct db *db, const struct principal *principal, struct uuid id)
{
	struct family_row row = {
		.family = {.id = id}, .tenant_id = principal->tenant_id,
		.account_id = principal->account_id,
	};

	return transaction_run(db, family_end, &row);
}
