#include "confirmed_phone.h"
#include "conn.h"
#include "resident_phone.h"
#include "stmt.h"

/* A resident of an account that has confirmed a phone. */
struct confirmed_row {
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
	const char *phone; /* NULL: no key opens it; another resident may have the number */
	uint8_t confirmed_hash[CRYPTO_HASH_SIZE];
};

#define ROW(member, type) COLUMN(struct confirmed_row, member, type)

static const struct stmt statements[] = {
	/* Not joined by the hash: while a look-up key replaces another one, each of both rows may
	 * have that of the other key. */
	{
		.text = "SELECT r.tenant_id, r.row_uuid, r.phone, a.confirmed_phone_hash "
			"FROM wechat_user me JOIN account a ON a.id = me.account_id "
			"JOIN wechat_user u ON u.account_id = a.id "
			"JOIN resident r ON r.wechat_user_id = u.id WHERE me.tenant_id = ? "
			"AND me.id = ? AND a.confirmed_phone_hash IS NOT NULL LIMIT 1000",
		.reads_again = true,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			TRIED(struct confirmed_row, phone, "resident", "phone"),
			ROW(confirmed_hash, HASH)),
		.row_size = sizeof(struct confirmed_row),
	},
};

const struct stmt_table resident_phone_statements = STMT_TABLE(statements);

/* Sets phone_r to NULL if no resident has it. */
static enum err look_for_confirmed_phone(
	struct db *db, const struct confirmed_row *key, const char **phone_r)
{
	const struct confirmed_row *found;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[0], key, &rows, &n);

	*phone_r = NULL;
	if (err != ERR_NONE)
		return err;
	found = rows;
	for (size_t i = 0; i < n && *phone_r == NULL; i++)
		if (found[i].phone != NULL &&
			confirmed_phone_is(db, found[i].tenant_id, found[i].phone,
				found[i].confirmed_hash))
			*phone_r = found[i].phone;
	return ERR_NONE;
}

enum err resident_phone_find_confirmed(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, const char **phone_r)
{
	const struct confirmed_row key = {.tenant_id = tenant_id, .wechat_user_id = wechat_user_id};
	enum err err;

	do
		err = look_for_confirmed_phone(db, &key, phone_r);
	while (err == ERR_NONE && *phone_r == NULL && conn_may_find_more(db));
	return err == ERR_NONE && *phone_r == NULL ? ERR_ABSENT : err;
}
