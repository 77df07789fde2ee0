#include "api_key.h"
#include "arena.h"
#include "audit.h"
#include "crypto.h"
#include "fold.h"
#include "remembered.h"
#include "secret.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

#define NAME_MAX_CHARS 64
#define ALL_SCOPES (SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN)

struct key_row {
	struct api_key key;
	uint8_t hash[CRYPTO_HASH_SIZE];
};

enum { FIND, FIND_NAMED, BY_ID, ADD, LIST, REVOKE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id, tenant_id, scopes, rate_per_s, name FROM api_key "
			"WHERE hash = ? AND revoked_at IS NULL",
		.params = COLUMNS(COLUMN(struct key_row, hash, HASH)),
		.columns = COLUMNS(COLUMN(struct principal, key_id, INT32),
			COLUMN(struct principal, tenant_id, INT32),
			COLUMN(struct principal, scopes, INT32),
			COLUMN(struct principal, rate_per_s, INT32),
			COLUMN(struct principal, name, STR)),
	},
	[FIND_NAMED] = {
		.text = "SELECT MAX(id), MAX(tenant_id), MAX(scopes), MAX(rate_per_s) FROM api_key "
			"WHERE name = ? AND revoked_at IS NULL HAVING COUNT(*) = 1",
		.params = COLUMNS(COLUMN(struct principal, name, STR)),
		.columns = COLUMNS(COLUMN(struct principal, key_id, INT32),
			COLUMN(struct principal, tenant_id, INT32),
			COLUMN(struct principal, scopes, INT32),
			COLUMN(struct principal, rate_per_s, INT32)),
	},
	[BY_ID] = {
		.text = "SELECT tenant_id, name FROM api_key WHERE id = ?",
		.params = COLUMNS(COLUMN(struct api_key, id, INT32)),
		.columns = COLUMNS(COLUMN(struct api_key, tenant_id, INT32),
			COLUMN(struct api_key, name, STR)),
	},
	[ADD] = {
		.text = "INSERT INTO api_key "
			"(tenant_id, name, scopes, rate_per_s, hash, created_at) "
			"SELECT id, ?, ?, ?, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.params = COLUMNS(COLUMN(struct key_row, key.name, STR),
			COLUMN(struct key_row, key.scopes, INT32),
			COLUMN(struct key_row, key.rate_per_s, INT32),
			COLUMN(struct key_row, hash, HASH),
			COLUMN(struct key_row, key.tenant_id, INT32)),
	},
	[LIST] = {
		.text = "SELECT id, tenant_id, scopes, rate_per_s, name, created_at, revoked_at "
			"FROM api_key ORDER BY id LIMIT 10000",
		.columns = COLUMNS(COLUMN(struct api_key, id, INT32),
			COLUMN(struct api_key, tenant_id, INT32),
			COLUMN(struct api_key, scopes, INT32),
			COLUMN(struct api_key, rate_per_s, INT32),
			COLUMN(struct api_key, name, STR),
			COLUMN(struct api_key, created_us, TIME),
			COLUMN(struct api_key, revoked_us, TIME)),
		.row_size = sizeof(struct api_key),
	},
	[REVOKE] = {
		.text = "UPDATE api_key SET revoked_at = UTC_TIMESTAMP(6) "
			"WHERE id = ? AND revoked_at IS NULL",
		.changes_remembered = true,
		.params = COLUMNS(COLUMN(struct api_key, id, INT32)),
	},
};

const struct stmt_table api_key_statements = STMT_TABLE(statements);

struct kept_key {
	struct principal principal; /* but for name */
	char name[NAME_MAX_CHARS * 4 + 1];
};
_Static_assert(sizeof(struct kept_key) <= REMEMBERED_VALUE_SIZE, "a key can be remembered");

static bool api_key_recall_by(
	struct db *db, struct remembered_query *query, struct principal *principal_r)
{
	const struct kept_key *kept = remembered_find(db->conn->remembered, query);

	if (kept == NULL)
		return false;
	*principal_r = kept->principal;
	principal_r->name = arena_strdup(db->arena, kept->name);
	return true;
}

static void api_key_keep(struct db *db, const struct remembered_query *query,
	const struct principal *principal)
{
	struct kept_key *kept = remembered_put(db->conn->remembered, query);

	if (kept == NULL)
		return;
	kept->principal = *principal;
	kept->principal.name = NULL;
	snprintf(kept->name, sizeof(kept->name), "%s", principal->name);
}

/* Leaves the principal anonymous if there is no such key. */
static enum err api_key_find_by(struct db *db, struct remembered_query *query,
	const struct stmt *stmt, const void *params, struct principal *principal_r)
{
	enum err err;

	if (api_key_recall_by(db, query, principal_r))
		return ERR_NONE;
	err = stmt_need_synced(db, stmt, params, principal_r, ERR_UNAUTHORIZED);
	if (err != ERR_NONE)
		return err;
	principal_r->kind = PRINCIPAL_API_KEY;
	api_key_keep(db, query, principal_r);
	return ERR_NONE;
}

static struct remembered_query key_query(
	enum remembered_kind kind, const uint8_t hash[CRYPTO_HASH_SIZE])
{
	return (struct remembered_query){.kind = kind, .key = hash, .key_size = CRYPTO_HASH_SIZE};
}

bool api_key_recall(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	struct remembered_query query = key_query(REMEMBERED_KEY, hash);

	return api_key_recall_by(db, &query, principal_r);
}

enum err api_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	struct remembered_query query = key_query(REMEMBERED_KEY, hash);
	struct key_row row;

	memcpy(row.hash, hash, sizeof(row.hash));
	*principal_r = (struct principal){0};
	return api_key_find_by(db, &query, &statements[FIND], &row, principal_r);
}

/* A name is remembered by its hash, since it may be long. */
enum err api_key_find_named(struct db *db, const char *name, struct principal *principal_r)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct remembered_query query = key_query(REMEMBERED_KEY_NAME, hash);

	crypto_sha256(name, strlen(name), hash);
	*principal_r = (struct principal){.name = name};
	return api_key_find_by(db, &query, &statements[FIND_NAMED], principal_r, principal_r);
}

static enum err api_key_note(struct db *db, const struct api_key *key, const char *action)
{
	const struct audit_entry entry = {
		.tenant_id = key->tenant_id,
		.action = action,
		.actor = "wxuserctl",
		.subject = arena_printf(db->arena, "key %d", key->id),
		.details = arena_printf(db->arena, "{\"scopes\":%d}", key->scopes),
	};

	return audit_write(db, &entry);
}

static enum err api_key_insert(struct db *db, void *ctx)
{
	struct key_row *row = ctx;
	enum err err = stmt_change(db, &statements[ADD], row, ERR_PARAMETER);

	row->key.id = (int32_t)db->insert_id;
	return err == ERR_NONE ? api_key_note(db, &row->key, "key.add") : err;
}

enum err api_key_add(
	struct db *db, const struct api_key *key, char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct key_row row = {.key = *key};

	if (fold_is_blank(key->name) || str_n_chars(key->name) > NAME_MAX_CHARS ||
		key->scopes < 1 || key->scopes > ALL_SCOPES)
		return ERR_PARAMETER;
	secret_token_make(SECRET_TOKEN_PREFIX_KEY, text_r);
	crypto_sha256(text_r, SECRET_TOKEN_SIZE, row.hash);
	return transaction_run(db, api_key_insert, &row);
}

enum err api_key_list(
	struct db *db, void (*row)(void *ctx, const struct api_key *key), void *ctx)
{
	const struct api_key *keys;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	keys = rows;
	for (size_t i = 0; i < n; i++)
		row(ctx, &keys[i]);
	return ERR_NONE;
}

/* A key that is revoked already stays as it is. */
static enum err api_key_revoke_by(struct db *db, void *ctx)
{
	struct api_key *key = ctx;
	enum err err = stmt_write(db, &statements[REVOKE], key);
	const bool is_changed = db->n_rows > 0;

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[BY_ID], key, key, ERR_PARAMETER);
	return err == ERR_NONE && is_changed ? api_key_note(db, key, "key.revoke") : err;
}

enum err api_key_revoke(struct db *db, int32_t id)
{
	struct api_key key = {.id = id};

	return transaction_run(db, api_key_revoke_by, &key);
}
