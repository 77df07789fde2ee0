#include "account.h"
#include "stmt.h"

struct account_change {
	struct uuid id;
	int32_t tenant_id;
	const char *phone;
	struct uuid security_stamp, concurrency_stamp;
};

enum { REVOKE_TOKENS, TOUCH, CONFIRM_PHONE, FORGET_PHONE };

#define PHONE_HASH KEYED(struct account_change, phone, "phone")
#define CHANGE(member, type) COLUMN(struct account_change, member, type)

static const struct stmt statements[] = {
	[REVOKE_TOKENS] = {
		.text = "UPDATE account SET security_stamp = ?, "
			ACCOUNT_SET_TOUCHED("") " WHERE id = ?",
		.params = COLUMNS(CHANGE(security_stamp, UUID), CHANGE(concurrency_stamp, UUID),
			CHANGE(id, UUID)),
	},
	[TOUCH] = {
		.text = "UPDATE account SET " ACCOUNT_SET_TOUCHED("") " WHERE id = ?",
		.params = COLUMNS(CHANGE(concurrency_stamp, UUID), CHANGE(id, UUID)),
	},
	[CONFIRM_PHONE] = {
		.text = "UPDATE account SET confirmed_phone_hash = ?, "
			ACCOUNT_SET_TOUCHED("") " WHERE id = ? AND NOT confirmed_phone_hash <=> ?",
		.params = COLUMNS(PHONE_HASH, CHANGE(concurrency_stamp, UUID), CHANGE(id, UUID),
			PHONE_HASH),
	},
	[FORGET_PHONE] = {
		.text = "UPDATE account SET confirmed_phone_hash = NULL, "
			"confirmed_phone_hash_next = NULL "
			"WHERE id = ? AND confirmed_phone_hash = ? AND NOT EXISTS "
			"(SELECT 1 FROM wechat_user u JOIN resident r ON r.wechat_user_id = u.id "
			"WHERE u.account_id = ? AND r.phone_hash = ?)",
		.params = COLUMNS(CHANGE(id, UUID), PHONE_HASH, CHANGE(id, UUID), PHONE_HASH),
	},
};

const struct stmt_table account_statements = STMT_TABLE(statements);

enum err account_revoke_tokens(struct db *db, struct uuid id)
{
	const struct account_change row = {
		.id = id, .security_stamp = uuid_random(), .concurrency_stamp = uuid_random(),
	};

	return stmt_write(db, &statements[REVOKE_TOKENS], &row);
}

enum err account_touch(struct db *db, struct uuid id)
{
	const struct account_change row = {.id = id, .concurrency_stamp = uuid_random()};

	return uuid_is_nil(id) ? ERR_NONE : stmt_write(db, &statements[TOUCH], &row);
}

enum err account_confirm_phone(
	struct db *db, int32_t tenant_id, struct uuid id, const char *phone)
{
	const struct account_change row = {
		.id = id,
		.tenant_id = tenant_id,
		.phone = phone,
		.concurrency_stamp = uuid_random(),
	};

	return stmt_write(db, &statements[CONFIRM_PHONE], &row);
}

enum err account_forget_phone(struct db *db, int32_t tenant_id, struct uuid id, const char *phone)
{
	const struct account_change row = {.id = id, .tenant_id = tenant_id, .phone = phone};

	return stmt_write(db, &statements[FORGET_PHONE], &row);
}
