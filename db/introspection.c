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

/* SQL: whether the token t counts. */
#define IS_ACTIVE                                                                               \
	"t.revoked_at IS NULL AND t.rotated_at IS NULL AND t.expires_at > UTC_TIMESTAMP(6) "    \
	"AND a.security_stamp = t.security_stamp AND " ACCOUNT_MAY_LOG_IN

#define FOUND(FORMER_IDS, WHERE, ...)                                                           \
	{                                                                                       \
		.text = "SELECT t.hash, t.tenant_id, u.id, a.id, a.n_moves, " IS_ACTIVE ", "    \
			"app.appid, u.openid, t.issued_at, t.expires_at, " FORMER_IDS           \
			" FROM access_token t "                                                 \
			"JOIN wechat_user u ON u.id = t.wechat_user_id "                        \
			"JOIN account a ON a.id = u.account_id "                                \
			"LEFT JOIN app ON app.id = u.app_id WHERE t.hash " WHERE,               \
		.params = COLUMNS(KEY(tenant_id, TENANT), __VA_ARGS__),                         \
		.columns = introspection_columns, .row_size = sizeof(struct introspection),     \
	}

static const struct column introspection_columns[] = {
	ROW(hash, HASH),
	ROW(tenant_id, TENANT),
	ROW(wechat_user_id, INT32),
	ROW(account_id, UUID),
	ROW(n_moves, INT32),
	ROW(is_active, BOOL),
	ROW(appid, STR),
	ROW(openid, STR),
	ROW(issued_us, TIME),
	ROW(expires_us, TIME),
	ROW(former_ids, STR),
	{.kind = COLUMN_END_OF_TABLE},
};

enum { ONE, MOST, FORMER_IDS };

static const struct stmt statements[] = {
	/* The subquery takes the server a quarter of its work, and most accounts were never
	 * merged. A condition in WHERE costs more than as a column. */
	[ONE] = FOUND("NULL", "= ?", HASH(0)),
	[MOST] = FOUND(PERSON_VIEW_FORMER_IDS, "IN (" STMT_FIFTY_MARKS ", " STMT_FIFTY_MARKS ")",
		STMT_FIFTY(HASH, 0), STMT_FIFTY(HASH, 50)),
	[FORMER_IDS] = {
		.text = "SELECT " PERSON_VIEW_FORMER_IDS " FROM account a WHERE a.id = ?",
		.params = COLUMNS(ROW(account_id, UUID)),
		.columns = COLUMNS(ROW(former_ids, STR)),
	},
};

const struct stmt_table introspection_statements = STMT_TABLE(statements);

static enum err introspection_find(struct db *db, const struct introspection_key *key,
	struct introspection **found_r, size_t *n_found_r)
{
	struct introspection *found;
	void *rows;
	enum err err = stmt_all(db, &statements[ONE], key, &rows, n_found_r);

	found = *found_r = rows;
	return err == ERR_NONE && *n_found_r > 0 && found->is_active && found->n_moves > 0
		? stmt_need(db, &statements[FORMER_IDS], found, found, ERR_ABSENT)
		: err;
}

/* Moves the active ones to the front. */
static size_t introspection_keep_active(struct introspection *found, size_t n_found)
{
	size_t n = 0;

	for (size_t i = 0; i < n_found; i++)
		if (found[i].is_active)
			found[n++] = found[i];
	return n;
}

enum err introspection_list(struct db *db, int32_t tenant_id,
	const uint8_t (*hashes)[CRYPTO_HASH_SIZE], size_t n_hashes,
	struct introspection **active_r, size_t *n_active_r)
{
	struct introspection_key key = {.tenant_id = tenant_id};
	void *rows;
	enum err err;

	memcpy(key.hashes, hashes, n_hashes * sizeof(*hashes));
	if (n_hashes == 1) {
		err = introspection_find(db, &key, active_r, n_active_r);
	} else {
		err = stmt_all(db, &statements[MOST], &key, &rows, n_active_r);
		*active_r = rows;
	}
	if (err == ERR_NONE)
		*n_active_r = introspection_keep_active(*active_r, *n_active_r);
	return err == ERR_ABSENT ? ERR_NONE : err;
}
