#include "account.h"
#include "stmt.h"

struct account_change {
	struct uuid id;
	struct uuid security_stamp, concurrency_stamp;
};

enum { REVOKE_TOKENS, TOUCH };

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
