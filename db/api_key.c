#include "api_key.h"
#include "arena.h"
#include "audit.h"
#include "crypto.h"
#include "fold.h"
#include "remembered.h"
#include "secret.h"
#include "stmt.h"
#include "transaction.h"

#define NAME_MAX_CHARS 64
#define LIST_MAX_CHARS 255
#define NETWORK_CHARS "0123456789abcdefABCDEF.:/,"
#define APPID_CHARS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-,"
#define ALL_SCOPES (SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN | SCOPE_WECHAT)

struct key_row {
	struct api_key key;
	uint8_t hash[CRYPTO_HASH_SIZE];
	int32_t n_apps;
	int32_t n_most; /* of a page */
};

#define KEY(member, type) COLUMN(struct api_key, member, type)
#define ROW(member, type) COLUMN(struct key_row, member, type)
#define SERVER(member, type) COLUMN(struct principal, member, type)

enum { FIND, FIND_NAMED, BY_ID, COUNT_APPS, ADD, CHANGE, LIST, PAGE, REVOKE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id, tenant_id, scopes, rate_per_s, networks, name FROM api_key "
			"WHERE hash = ? AND revoked_at IS NULL",
		.reads_again = true,
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(ROW(hash, HASH)),
		.columns = COLUMNS(SERVER(key_id, INT32), SERVER(tenant_id, INT32),
			SERVER(scopes, INT32), SERVER(rate_per_s, INT32), SERVER(networks, STR),
			SERVER(name, STR)),
	},
	[FIND_NAMED] = {
		.text = "SELECT MAX(id), MAX(tenant_id), MAX(scopes), MAX(rate_per_s), "
			"MAX(networks) FROM api_key "
			"WHERE name = ? AND revoked_at IS NULL HAVING COUNT(*) = 1",
		.reads_again = true,
		.any_tenant = "the configuration names one key of all tenants",
		.params = COLUMNS(SERVER(name, STR)),
		.columns = COLUMNS(SERVER(key_id, INT32), SERVER(tenant_id, INT32),
			SERVER(scopes, INT32), SERVER(rate_per_s, INT32), SERVER(networks, STR)),
	},
	[BY_ID] = {
		.text = "SELECT tenant_id, scopes, rate_per_s, networks, apps, name, created_at, "
			"revoked_at FROM api_key WHERE id = ? FOR UPDATE",
		.any_tenant = "the rule compares the tenant, unless it is the operator's",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY(id, INT32)),
		.columns = COLUMNS(KEY(tenant_id, INT32), KEY(scopes, INT32),
			KEY(rate_per_s, INT32), KEY(networks, STR), KEY(apps, STR), KEY(name, STR),
			KEY(created_us, TIME), KEY(revoked_us, TIME)),
	},
	[COUNT_APPS] = {
		.text = "SELECT COUNT(*) FROM app WHERE tenant_id = ? AND FIND_IN_SET(appid, ?)",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(key.tenant_id, INT32), ROW(key.apps, STR)),
		.columns = COLUMNS(ROW(n_apps, INT32)),
	},
	[ADD] = {
		.text = "INSERT INTO api_key "
			"(tenant_id, name, scopes, rate_per_s, networks, apps, hash, created_at) "
			"SELECT id, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(key.name, STR), ROW(key.scopes, INT32),
			ROW(key.rate_per_s, INT32), ROW(key.networks, STR), ROW(key.apps, STR),
			ROW(hash, HASH), ROW(key.tenant_id, INT32)),
	},
	[CHANGE] = {
		.text = "UPDATE api_key SET rate_per_s = ?, networks = ?, apps = ? "
			"WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(key.rate_per_s, INT32), ROW(key.networks, STR),
			ROW(key.apps, STR), ROW(key.tenant_id, INT32), ROW(key.id, INT32)),
	},
	[LIST] = {
		.text = "SELECT id, tenant_id, scopes, rate_per_s, networks, apps, name, "
			"created_at, revoked_at FROM api_key ORDER BY id LIMIT 10000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(KEY(id, INT32), KEY(tenant_id, INT32), KEY(scopes, INT32),
			KEY(rate_per_s, INT32), KEY(networks, STR), KEY(apps, STR), KEY(name, STR),
			KEY(created_us, TIME), KEY(revoked_us, TIME)),
		.row_size = sizeof(struct api_key),
	},
	[PAGE] = {
		.text = "SELECT id, tenant_id, scopes, rate_per_s, networks, apps, name, "
			"created_at, revoked_at FROM api_key WHERE tenant_id = ? AND id > ? "
			"ORDER BY id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(key.tenant_id, INT32), ROW(key.id, INT32),
			ROW(n_most, INT32)),
		.columns = COLUMNS(KEY(id, INT32), KEY(tenant_id, INT32), KEY(scopes, INT32),
			KEY(rate_per_s, INT32), KEY(networks, STR), KEY(apps, STR), KEY(name, STR),
			KEY(created_us, TIME), KEY(revoked_us, TIME)),
		.row_size = sizeof(struct api_key),
	},
	[REVOKE] = {
		.text = "UPDATE api_key SET revoked_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY(tenant_id, INT32), KEY(id, INT32)),
	},
};

const struct stmt_table api_key_statements = STMT_TABLE(statements);

struct kept_key {
	struct principal principal; /* but for name and networks */
	char name[NAME_MAX_CHARS * 4 + 1];
	char networks[LIST_MAX_CHARS + 1];
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
	principal_r->networks = arena_strdup(db->arena, kept->networks);
	return true;
}

static void api_key_keep(struct db *db, const struct remembered_query *query,
	const struct principal *principal)
{
	struct kept_key *kept = remembered_put(db->conn->remembered, query);

	if (kept == NULL)
		return;
	kept->principal = *principal;
	kept->principal.name = kept->principal.networks = NULL;
	snprintf(kept->name, sizeof(kept->name), "%s", principal->name);
	snprintf(kept->networks, sizeof(kept->networks), "%s", principal->networks);
}

/* Leaves the principal anonymous if there is no such key. */
static enum err api_key_find_by(struct db *db, struct remembered_query *query,
	const struct stmt *stmt, const void *params, struct principal *principal_r)
{
	enum err err;

	if (api_key_recall_by(db, query, principal_r))
		return ERR_NONE;
	err = stmt_need(db, stmt, params, principal_r, ERR_UNAUTHORIZED);
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
		.subject = arena_printf(db->arena, "key %d", key->id),
		.details = arena_printf(db->arena,
			"{\"scopes\":%d,\"rate_per_s\":%d,\"networks\":\"%s\","
			"\"apps\":\"%s\"}",
			key->scopes, key->rate_per_s, key->networks, key->apps),
	};

	return audit_write(db, &entry);
}

static bool is_list(const char *text, const char *chars)
{
	return strlen(text) <= LIST_MAX_CHARS && *text != ',' &&
		text[strspn(text, chars)] == '\0';
}

static int32_t count_words(const char *list)
{
	int32_t n = *list != '\0';

	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* What a key may have; the apps are looked for in the transaction that writes it. */
static enum err api_key_check(struct db *db, struct key_row *row)
{
	const struct api_key *key = &row->key;
	enum err err;

	if ((key->scopes & SCOPE_WECHAT) != 0 && *key->networks == '\0')
		return db_refuse(db, ERR_PARAMETER, "a key with the scope wechat needs --networks");
	if (!is_list(key->networks, NETWORK_CHARS) || !is_list(key->apps, APPID_CHARS))
		return db_refuse(db, ERR_PARAMETER,
			"--networks and --apps are lists with commas and no blanks");
	err = stmt_need(db, &statements[COUNT_APPS], row, row, ERR_INTERNAL);
	if (err == ERR_NONE && row->n_apps != count_words(key->apps))
		return db_refuse(db, ERR_PARAMETER,
			"--apps names an app that the tenant does not have, or one twice");
	return err;
}

static enum err api_key_insert(struct db *db, void *ctx)
{
	struct key_row *row = ctx;
	enum err err = stmt_change(db, &statements[ADD], row, ERR_PARAMETER);

	row->key.id = (int32_t)db->insert_id;
	if (err == ERR_NONE)
		err = api_key_check(db, row);
	return err == ERR_NONE ? api_key_note(db, &row->key, "key.add") : err;
}

enum err api_key_add(
	struct db *db, struct api_key *key, char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct key_row row = {.key = *key};
	enum err err;

	row.key.networks = key->networks == NULL ? "" : key->networks;
	row.key.apps = key->apps == NULL ? "" : key->apps;
	if (!fold_is_plain(key->name, NAME_MAX_CHARS) || key->scopes < 1 ||
		key->scopes > ALL_SCOPES)
		return ERR_PARAMETER;
	secret_token_make(SECRET_TOKEN_PREFIX_KEY, text_r);
	crypto_sha256(text_r, SECRET_TOKEN_SIZE, row.hash);
	err = transaction_run(db, api_key_insert, &row);
	key->id = row.key.id;
	return err;
}

/* Locks a key, of whatever tenant if tenant_id is 0, and reads it. */
static enum err api_key_lock(struct db *db, int32_t tenant_id, struct api_key *key)
{
	enum err err = stmt_need(db, &statements[BY_ID], key, key, ERR_PARAMETER);

	return err == ERR_NONE && tenant_id != 0 && key->tenant_id != tenant_id ? ERR_PARAMETER
										 : err;
}

static enum err api_key_change_by(struct db *db, void *ctx)
{
	const struct api_key *change = ctx;
	struct key_row row = {.key.id = change->id};
	enum err err = api_key_lock(db, change->tenant_id, &row.key);

	if (err != ERR_NONE)
		return err;
	if (row.key.revoked_us != 0)
		return db_refuse(db, ERR_PARAMETER, "this key is revoked");
	if (change->rate_per_s != 0)
		row.key.rate_per_s = change->rate_per_s;
	if (change->networks != NULL)
		row.key.networks = change->networks;
	if (change->apps != NULL)
		row.key.apps = change->apps;
	err = api_key_check(db, &row);
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[CHANGE], &row);
	return err == ERR_NONE ? api_key_note(db, &row.key, "key.set") : err;
}

enum err api_key_change(struct db *db, const struct api_key *change)
{
	struct api_key copy = *change;

	return transaction_run(db, api_key_change_by, &copy);
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

enum err api_key_page(
	struct db *db, const struct api_key *after, int32_t n_most, struct api_key **keys_r,
	size_t *n_r)
{
	const struct key_row key = {.key = *after, .n_most = n_most};
	void *rows;
	enum err err = stmt_all(db, &statements[PAGE], &key, &rows, n_r);

	*keys_r = err == ERR_NONE ? rows : NULL;
	return err;
}

enum err api_key_read(struct db *db, struct api_key *key)
{
	struct api_key *found;
	const struct api_key before = {.tenant_id = key->tenant_id, .id = key->id - 1};
	size_t n;
	enum err err = api_key_page(db, &before, 1, &found, &n);

	if (err != ERR_NONE)
		return err;
	if (n == 0 || found->id != key->id)
		return ERR_ABSENT;
	*key = *found;
	return ERR_NONE;
}

/* A key that is revoked already stays as it is. */
static enum err api_key_revoke_by(struct db *db, void *ctx)
{
	const struct api_key *wanted = ctx;
	struct api_key key = {.id = wanted->id};
	enum err err = api_key_lock(db, wanted->tenant_id, &key);

	if (err != ERR_NONE || key.revoked_us != 0)
		return err;
	err = stmt_write(db, &statements[REVOKE], &key);
	return err == ERR_NONE ? api_key_note(db, &key, "key.revoke") : err;
}

enum err api_key_revoke(struct db *db, int32_t tenant_id, int32_t id)
{
	struct api_key key = {.tenant_id = tenant_id, .id = id};

	return transaction_run(db, api_key_revoke_by, &key);
}
