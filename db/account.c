#include "account.h"
#include "principal.h"
#include "stmt.h"

struct account_change {
	int32_t tenant_id;
	struct uuid id;
	struct uuid security_stamp, concurrency_stamp;
};

struct person_key {
	int32_t tenant_id, wechat_user_id, app_id;
	const char *openid;
	struct uuid account_id;
	bool has_openid;
};

enum { OF_PERSON, REVOKE_TOKENS, TOUCH };

#define PERSON(member, type) COLUMN(struct person_key, member, type)
#define CHANGE(member, type) COLUMN(struct account_change, member, type)

static const struct stmt statements[] = {
	[OF_PERSON] = {
		.text = "SELECT own.account_id, u.id IS NOT NULL FROM wechat_user own "
			"LEFT JOIN wechat_user u ON u.tenant_id = own.tenant_id AND u.openid = ? "
			"AND u.app_id = ? AND u.account_id = own.account_id "
			"WHERE own.tenant_id = ? AND own.id = ? AND NOT own.is_closed",
		.params = COLUMNS(PERSON(openid, STR), PERSON(app_id, INT32),
			PERSON(tenant_id, INT32), PERSON(wechat_user_id, INT32)),
		.columns = COLUMNS(PERSON(account_id, UUID), PERSON(has_openid, BOOL)),
	},
	[REVOKE_TOKENS] = {
		.text = "UPDATE account FORCE INDEX (PRIMARY) SET security_stamp = ?, "
			ACCOUNT_SET_TOUCHED("") " WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(CHANGE(security_stamp, UUID), CHANGE(concurrency_stamp, UUID),
			CHANGE(tenant_id, INT32), CHANGE(id, UUID)),
	},
	[TOUCH] = {
		.text = "UPDATE account FORCE INDEX (PRIMARY) SET " ACCOUNT_SET_TOUCHED("")
			" WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(CHANGE(concurrency_stamp, UUID), CHANGE(tenant_id, INT32),
			CHANGE(id, UUID)),
	},
};

const struct stmt_table account_statements = STMT_TABLE(statements);

enum err account_of_person(struct db *db, const struct principal *principal, int32_t app_id,
	const char *openid, struct uuid *account_id_r)
{
	struct person_key key = {
		.tenant_id = principal->tenant_id,
		.wechat_user_id = principal->wechat_user_id,
		.app_id = app_id,
		.openid = openid,
	};
	enum err err = stmt_need(db, &statements[OF_PERSON], &key, &key, ERR_USER_UNKNOWN);

	*account_id_r = key.account_id;
	return err == ERR_NONE && !key.has_openid ? ERR_ABSENT : err;
}

enum err account_revoke_tokens(struct db *db, int32_t tenant_id, struct uuid id)
{
	const struct account_change row = {
		.tenant_id = tenant_id, .id = id, .security_stamp = uuid_random(),
		.concurrency_stamp = uuid_random(),
	};

	return stmt_write(db, &statements[REVOKE_TOKENS], &row);
}

enum err account_touch(struct db *db, int32_t tenant_id, struct uuid id)
{
	const struct account_change row = {
		.tenant_id = tenant_id, .id = id, .concurrency_stamp = uuid_random(),
	};

	return uuid_is_nil(id) ? ERR_NONE : stmt_write(db, &statements[TOUCH], &row);
}
