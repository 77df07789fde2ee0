#include "api_key.h"
#include "arena.h"
#include "audit.h"
#include "fold.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

#define NAME_MAX_CHARS 64
#define ALL_SCOPES 7

struct key_row {
	struct api_key key;
	uint8_t hash[SECRET_HASH_SIZE];
};

enum { FIND, FIND_NAMED, BY_ID, ADD, LIST, REVOKE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT tenant_id, scopes, name FROM api_key "
			"WHERE hash = ? AND revoked_at IS NULL",
		.params = COLUMNS(COLUMN(struct key_row, hash, HASH)),
		.columns = COLUMNS(COLUMN(struct principal, tenant_id, INT32),
			COLUMN(struct principal, scopes, INT32),
			COLUMN(struct principal, name, STR)),
	},
	[FIND_NAMED] = {
		.text = "SELECT MAX(tenant_id), MAX(scopes) FROM api_key "
			"WHERE name = ? AND revoked_at IS NULL HAVING COUNT(*) = 1",
		.params = COLUMNS(COLUMN(struct principal, name, STR)),
		.columns = COLUMNS(COLUMN(struct principal, tenant_id, INT32),
			COLUMN(struct principal, scopes, INT32)),
	},
	[BY_ID] = {
		.text = "SELECT tenant_id, name FROM api_key WHERE id = ?",
		.params = COLUMNS(COLUMN(struct api_key, id, INT32)),
		.columns = COLUMNS(COLUMN(struct api_key, tenant_id, INT32),
			COLUMN(struct api_key, name, STR)),
	},
	[ADD] = {
		.text = "INSERT INTO api_key (tenant_id, name, scopes, hash, created_at) "
			"SELECT id, ?, ?, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.params = COLUMNS(COLUMN(struct key_row, key.name, STR),
			COLUMN(struct key_row, key.scopes, INT32),
			COLUMN(struct key_row, hash, HASH),
			COLUMN(struct key_row, key.tenant_id, INT32)),
	},
	[LIST] = {
		.text = "SELECT id, tenant_id, scopes, name, created_at, revoked_at FROM api_key "
			"ORDER BY id LIMIT 10000",
		.columns = COLUMNS(COLUMN(struct api_key, id, INT32),
			COLUMN(struct api_key, tenant_id, INT32),
			COLUMN(struct api_key, scopes, INT32), COLUMN(struct api_key, name, STR),
			COLUMN(struct api_key, created_us, TIME),
			COLUMN(struct api_key, revoked_us, TIME)),
		.row_size = sizeof(struct api_key),
	},
	[REVOKE] = {
		.text = "UPDATE api_key SET revoked_at = UTC_TIMESTAMP(6) "
			"WHERE id = ? AND revoked_at IS NULL",
		.params = COLUMNS(COLUMN(struct api_key, id, INT32)),
	},
};

const struct stmt_table api_key_statements = STMT_TABLE(statements);

/* Stays anonymous where no key is found. */
static enum err find(struct db *db, const struct stmt *stmt, const void *params,
	struct principal *principal_r)
{
	int found = stmt_find_surely(db, stmt, params, principal_r);

	if (found < 0)
		return conn_err(db);
	if (found == 0)
		return ERR_UNAUTHORIZED;
	principal_r->kind = PRINCIPAL_API_KEY;
	return ERR_NONE;
}

enum err api_key_find(
	struct db *db, const uint8_t hash[SECRET_HASH_SIZE], struct principal *principal_r)
{
	struct key_row row;

	memcpy(row.hash, hash, sizeof(row.hash));
	*principal_r = (struct principal){0};
	return find(db, &statements[FIND], &row, principal_r);
}

enum err api_key_find_named(struct db *db, const char *name, struct principal *principal_r)
{
	*principal_r = (struct principal){.name = name};
	return find(db, &statements[FIND_NAMED], principal_r, principal_r);
}

static int note(struct db *db, const struct api_key *key, const char *action)
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

static enum err add(struct db *db, void *ctx)
{
	struct key_row *row = ctx;
	int n_added = stmt_run(db, &statements[ADD], row);

	if (n_added == 0)
		return ERR_PARAMETER;
	row->key.id = (int32_t)db->insert_id;
	if (n_added < 0 || note(db, &row->key, "key.add") != 0)
		return transaction_failed(db);
	return ERR_NONE;
}

enum err api_key_add(struct db *db, int32_t tenant_id, const char *name, unsigned scopes,
	char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct key_row row = {
		.key = {.tenant_id = tenant_id, .name = name, .scopes = (int32_t)scopes},
	};

	if (fold_is_blank(name) || str_n_chars(name) > NAME_MAX_CHARS || scopes == 0 ||
		scopes > ALL_SCOPES)
		return ERR_PARAMETER;
	secret_token_make(SECRET_TOKEN_PREFIX_KEY, text_r);
	secret_sha256(text_r, SECRET_TOKEN_SIZE, row.hash);
	return transaction_run(db, add, &row);
}

enum err api_key_list(
	struct db *db, void (*row)(void *ctx, const struct api_key *key), void *ctx)
{
	const struct api_key *keys;
	void *rows;
	size_t n;

	if (stmt_all(db, &statements[LIST], NULL, &rows, &n) != 0)
		return conn_err(db);
	keys = rows;
	for (size_t i = 0; i < n; i++)
		row(ctx, &keys[i]);
	return ERR_NONE;
}

static enum err revoke(struct db *db, void *ctx)
{
	struct api_key *key = ctx;
	int n_revoked = stmt_run(db, &statements[REVOKE], key);
	int found = stmt_find(db, &statements[BY_ID], key, key);

	if (found == 0)
		return ERR_PARAMETER;
	if (n_revoked < 0 || found < 0)
		return transaction_failed(db);
	if (n_revoked > 0 && note(db, key, "key.revoke") != 0)
		return transaction_failed(db);
	return ERR_NONE;
}

enum err api_key_revoke(struct db *db, int32_t id)
{
	struct api_key key = {.id = id};

	return transaction_run(db, revoke, &key);
}
