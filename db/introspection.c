#include "account.h"
#include "introspection.h"
#include "person_view.h"
#include "stmt.h"

struct introspection_key {
	int32_t tenant_id;
	uint8_t hashes[INTROSPECTION_TOKENS_MAX][CRYPTO_HASH_SIZE];
};

#define KEY(member, type) COLUMN(struct introspection_key, member, type)
#define ROW(member, type) COLUMN(struct introspection, member, type)
#define HASH(i) KEY(hashes[i], HASH)

#define ACTIVE(MARKS, ...)                                                                      \
	{                                                                                       \
		.text = "SELECT t.hash, t.tenant_id, u.id, a.id, "                              \
			PERSON_VIEW_FORMER_IDS ", "                                             \
			"app.appid, u.openid, t.issued_at, t.expires_at FROM access_token t "   \
			"JOIN wechat_user u ON u.id = t.wechat_user_id "                        \
			"JOIN account a ON a.id = u.account_id "                                \
			"LEFT JOIN app ON app.id = u.app_id WHERE t.hash IN (" MARKS ") "       \
			"AND t.revoked_at IS NULL AND t.rotated_at IS NULL "                    \
			"AND t.expires_at > UTC_TIMESTAMP(6) "                                  \
			"AND a.security_stamp = t.security_stamp AND " ACCOUNT_MAY_LOG_IN,      \
		.params = COLUMNS(KEY(tenant_id, TENANT), __VA_ARGS__),                         \
		.columns = introspection_columns, .row_size = sizeof(struct introspection),     \
	}

static const struct column introspection_columns[] = {
	ROW(hash, HASH),
	ROW(tenant_id, TENANT),
	ROW(wechat_user_id, INT32),
	ROW(account_id, UUID),
	ROW(former_ids, STR),
	ROW(appid, STR),
	ROW(openid, STR),
	ROW(issued_us, TIME),
	ROW(expires_us, TIME),
	{.kind = COLUMN_END_OF_TABLE},
};

enum { ONE, MOST };

static const struct stmt statements[] = {
	[ONE] = ACTIVE("?", HASH(0)),
	[MOST] = ACTIVE(STMT_FIFTY_MARKS ", " STMT_FIFTY_MARKS, STMT_FIFTY(HASH, 0),
		STMT_FIFTY(HASH, 50)),
};

const struct stmt_table introspection_statements = STMT_TABLE(statements);

enum err introspection_list(struct db *db, int32_t tenant_id,
	const uint8_t (*hashes)[CRYPTO_HASH_SIZE], size_t n_hashes,
	struct introspection **active_r, size_t *n_active_r)
{
	struct introspection_key key = {.tenant_id = tenant_id};
	void *rows;
	enum err err;

	memcpy(key.hashes, hashes, n_hashes * sizeof(*hashes));
	err = stmt_all(db, &statements[n_hashes == 1 ? ONE : MOST], &key, &rows, n_active_r);
	*active_r = rows;
	return err;
}
