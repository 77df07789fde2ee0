#include "api_key_find.h"
#include "app.h"
#include "arena.h"
#include "introspection.h"
#include "person_view.h"
#include "stmt.h"
#include "token_row.h"

struct introspection_key {
	int32_t tenant_id;
	uint8_t hashes[INTROSPECTION_TOKENS_MAX][CRYPTO_HASH_SIZE];
};

#define KEY(member, type) COLUMN(struct introspection_key, member, type)
#define ROW(member, type) COLUMN(struct introspection, member, type)
#define HASH(i) KEY(hashes[i], HASH)

/* Whether a token counts. */
#define NO_OR_UNKNOWN 0 /* unknown to PLAIN alone */
#define YES 1
#define ENDED 2

/* SQL: whether the token t has neither ended nor been renewed. */
#define IS_LATEST                                                                               \
	"t.revoked_at IS NULL AND t.rotated_at IS NULL AND t.expires_at > UTC_TIMESTAMP(6)"

#define FOUND(VALIDITY, MORE, WHERE)                                                            \
	"SELECT t.tenant_id, t.wechat_user_id, t.account_id, " VALIDITY ", t.app_id, "          \
	"t.openid, t.issued_at, t.expires_at, t.api_key_id" MORE " FROM " TOKEN_AND_ACCOUNT   \
	" WHERE t.hash " WHERE
#define FOUND_IN_FULL(MORE, WHERE)                                                              \
	FOUND(IS_LATEST " AND " TOKEN_IS_OF_ACCOUNT, ", " PERSON_VIEW_FORMER_IDS MORE, WHERE)

#define FOUND_COLUMNS                                                                           \
	ROW(tenant_id, TENANT), ROW(wechat_user_id, INT32), ROW(account_id, UUID),              \
		ROW(validity, INT32), ROW(app_id, REF), ROW(openid, STR), ROW(issued_us, TIME), \
		ROW(expires_us, TIME), ROW(opened_by, REF)

/* Of account, which no foreign key ties to the token. */
#define OF_TOKEN "the account is that of the token, whose tenant is compared"

enum { PLAIN, ONE, MOST };

static const struct stmt statements[] = {
	/* Enough for most tokens. The rules about the account and its former ids take the server a
	 * third of its work. A condition in WHERE costs more than as a column. */
	[PLAIN] = {
		.text = FOUND("IF(" IS_LATEST ", a.plain_stamp <=> t.security_stamp, "
			STMT_NUMBER(ENDED) ")", "", "= ?"),
		.any_tenant = OF_TOKEN,
		.params = COLUMNS(KEY(tenant_id, TENANT), HASH(0)),
		.columns = COLUMNS(FOUND_COLUMNS),
	},
	[ONE] = {
		.text = FOUND_IN_FULL("", "= ?"),
		.any_tenant = OF_TOKEN,
		.params = COLUMNS(KEY(tenant_id, TENANT), HASH(0)),
		.columns = COLUMNS(FOUND_COLUMNS, ROW(former_ids, STR)),
	},
	[MOST] = {
		.text = FOUND_IN_FULL(", t.hash",
			"IN (" STMT_FIFTY_MARKS ", " STMT_FIFTY_MARKS ")"),
		.any_tenant = OF_TOKEN,
		.params = COLUMNS(KEY(tenant_id, TENANT), STMT_FIFTY(HASH, 0),
			STMT_FIFTY(HASH, 50)),
		.columns = COLUMNS(FOUND_COLUMNS, ROW(former_ids, STR), ROW(hash, HASH)),
		.row_size = sizeof(struct introspection),
	},
};

const struct stmt_table introspection_statements = STMT_TABLE(statements);

/* Fills the only one. Returns ERR_ABSENT if it is no token of the tenant. */
static enum err introspection_find(
	struct db *db, const struct introspection_key *key, struct introspection *found_r)
{
	enum err err = stmt_need(db, &statements[PLAIN], key, found_r, ERR_ABSENT);

	if (err != ERR_NONE || found_r->validity != NO_OR_UNKNOWN)
		return err;
	return stmt_need(db, &statements[ONE], key, found_r, ERR_ABSENT);
}

static enum err introspection_select(struct db *db, const struct introspection_key *key,
	size_t n_hashes, struct introspection **found_r, size_t *n_found_r)
{
	void *rows;
	enum err err;

	if (n_hashes == 1) {
		*found_r = arena_new_of(db->arena, struct introspection);
		memcpy((*found_r)->hash, key->hashes[0], CRYPTO_HASH_SIZE);
		err = introspection_find(db, key, *found_r);
		*n_found_r = err == ERR_NONE;
		return err == ERR_ABSENT ? ERR_NONE : err;
	}
	err = stmt_all(db, &statements[MOST], key, &rows, n_found_r);
	*found_r = rows;
	return err;
}

/* Lets each token that names no account name its owner; n_named_r: how many did not. */
static enum err introspection_name_owners(
	struct db *db, const struct introspection *found, size_t n_found, size_t *n_named_r)
{
	enum err err = ERR_NONE;

	*n_named_r = 0;
	for (size_t i = 0; err == ERR_NONE && i < n_found; i++) {
		if (!uuid_is_nil(found[i].account_id))
			continue;
		err = token_row_name_owner(db, found[i].hash);
		++*n_named_r;
	}
	return err;
}

static enum err introspection_read(struct db *db, const struct introspection_key *key,
	size_t n_hashes, struct introspection **found_r, size_t *n_found_r)
{
	size_t n_named;
	enum err err = introspection_select(db, key, n_hashes, found_r, n_found_r);

	if (err == ERR_NONE)
		err = introspection_name_owners(db, *found_r, *n_found_r, &n_named);
	if (err != ERR_NONE || n_named == 0)
		return err;
	return introspection_select(db, key, n_hashes, found_r, n_found_r);
}

/* Whether it is of no key, or of one that can still be used. */
static enum err introspection_check_opener(struct db *db, struct introspection *found)
{
	enum err err = found->validity == YES
		? api_key_check_opener(db, found->tenant_id, found->opened_by)
		: ERR_NONE;

	if (err == ERR_TOKEN_REVOKED)
		found->validity = ENDED;
	return err == ERR_TOKEN_REVOKED ? ERR_NONE : err;
}

/* Moves the active ones to the front, and names their apps. */
static enum err introspection_keep_active(
	struct db *db, struct introspection *found, size_t n_found, size_t *n_active_r)
{
	enum err err = ERR_NONE;

	*n_active_r = 0;
	for (size_t i = 0; err == ERR_NONE && i < n_found; i++) {
		err = introspection_check_opener(db, &found[i]);
		if (err != ERR_NONE || found[i].validity != YES)
			continue;
		if (found[i].app_id != 0)
			err = app_find_appid(
				db, found[i].tenant_id, found[i].app_id, &found[i].appid);
		if (err == ERR_NONE)
			found[(*n_active_r)++] = found[i];
		else if (err == ERR_APP_UNKNOWN) /* it has gone since */
			err = ERR_NONE;
	}
	return err;
}

enum err introspection_list(struct db *db, int32_t tenant_id,
	const uint8_t (*hashes)[CRYPTO_HASH_SIZE], size_t n_hashes,
	struct introspection **active_r, size_t *n_active_r)
{
	struct introspection_key key = {.tenant_id = tenant_id};
	size_t n_found;
	enum err err;

	memcpy(key.hashes, hashes, n_hashes * sizeof(*hashes));
	do {
		err = introspection_read(db, &key, n_hashes, active_r, &n_found);
	} while (err == ERR_NONE && n_found < n_hashes && conn_may_find_more(db));
	return err == ERR_NONE ? introspection_keep_active(db, *active_r, n_found, n_active_r)
			       : err;
}
