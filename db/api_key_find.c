#include <string.h>

#include "active_day.h"
#include "api_key.h"
#include "api_key_find.h"
#include "arena.h"
#include "remembered.h"
#include "stmt.h"

/* A key as a request looks for it. */
struct found_key {
	struct principal principal;
	uint8_t hash[CRYPTO_HASH_SIZE];
	bool is_noted; /* that it was used today */
};

#define FOUND(member, type) COLUMN(struct found_key, member, type)
#define SERVER(member, type) COLUMN(struct found_key, principal.member, type)

enum { FIND, FIND_NAMED, CHECK_VALID, NOTE_USE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id, tenant_id, scopes, rate_per_s, networks, name, "
			"COALESCE(used_on >= " ACTIVE_DAY_TODAY ", 0) FROM api_key "
			"WHERE hash = ? AND " API_KEY_IS_VALID(""),
		.reads_again = true,
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(FOUND(hash, HASH)),
		.columns = COLUMNS(SERVER(key_id, INT32), SERVER(tenant_id, INT32),
			SERVER(scopes, INT32), SERVER(rate_per_s, INT32), SERVER(networks, STR),
			SERVER(name, STR), FOUND(is_noted, BOOL)),
	},
	[FIND_NAMED] = {
		.text = "SELECT MAX(id), MAX(tenant_id), MAX(scopes), MAX(rate_per_s), "
			"MAX(networks), COALESCE(MAX(used_on) >= " ACTIVE_DAY_TODAY ", 0) "
			"FROM api_key WHERE name = ? AND " API_KEY_IS_VALID("")
			" AND successor_id IS NULL HAVING COUNT(*) = 1",
		.reads_again = true,
		.any_tenant = "the configuration names one key of all tenants",
		.params = COLUMNS(SERVER(name, STR)),
		.columns = COLUMNS(SERVER(key_id, INT32), SERVER(tenant_id, INT32),
			SERVER(scopes, INT32), SERVER(rate_per_s, INT32), SERVER(networks, STR),
			FOUND(is_noted, BOOL)),
	},
	[CHECK_VALID] = {
		.text = "SELECT rate_per_s FROM api_key WHERE tenant_id = ? AND id = ? AND "
			API_KEY_IS_VALID(""),
		.reads_again = true,
		.params = COLUMNS(SERVER(tenant_id, INT32), SERVER(key_id, INT32)),
		.columns = COLUMNS(SERVER(rate_per_s, INT32)),
	},
	[NOTE_USE] = {
		.text = "UPDATE api_key SET used_on = " ACTIVE_DAY_TODAY " WHERE tenant_id = ? "
			"AND id = ? AND (used_on IS NULL OR used_on < " ACTIVE_DAY_TODAY ")",
		.params = COLUMNS(SERVER(tenant_id, INT32), SERVER(key_id, INT32)),
	},
};

const struct stmt_table api_key_find_statements = STMT_TABLE(statements);

struct kept_key {
	struct principal principal; /* but for name and networks */
	char name[API_KEY_NAME_MAX_CHARS * 4 + 1];
	char networks[API_KEY_LIST_MAX_CHARS + 1];
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

/* Leaves the principal anonymous if there is no such key. That its use cannot be noted refuses
 * nobody, and is logged. */
static enum err api_key_find_by(struct db *db, struct remembered_query *query,
	const struct stmt *stmt, struct found_key *found, struct principal *principal_r)
{
	enum err err;

	if (api_key_recall_by(db, query, principal_r))
		return ERR_NONE;
	err = stmt_need(db, stmt, found, found, ERR_UNAUTHORIZED);
	*principal_r = found->principal;
	if (err != ERR_NONE)
		return err;
	if (!found->is_noted)
		stmt_write_spare(db, &statements[NOTE_USE], found);
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
	struct found_key found = {0};

	memcpy(found.hash, hash, sizeof(found.hash));
	return api_key_find_by(db, &query, &statements[FIND], &found, principal_r);
}

/* A name is remembered by its hash, since it may be long. */
enum err api_key_find_named(struct db *db, const char *name, struct principal *principal_r)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct found_key found = {.principal.name = name};
	struct remembered_query query;

	crypto_sha256(name, strlen(name), hash);
	query = key_query(REMEMBERED_KEY_NAME, hash);
	return api_key_find_by(db, &query, &statements[FIND_NAMED], &found, principal_r);
}

enum err api_key_check_opener(struct db *db, int32_t tenant_id, int32_t id)
{
	const int32_t key[] = {tenant_id, id};
	struct remembered_query query = {
		.kind = REMEMBERED_KEY_ID, .key = key, .key_size = sizeof(key)};
	struct found_key found = {.principal = {.tenant_id = tenant_id, .key_id = id}};
	enum err err;

	if (id == 0 || remembered_find(db->conn->remembered, &query) != NULL)
		return ERR_NONE;
	err = stmt_need(db, &statements[CHECK_VALID], &found, &found, ERR_TOKEN_REVOKED);
	if (err == ERR_NONE)
		remembered_put(db->conn->remembered, &query);
	return err == ERR_TOKEN_REVOKED
		? db_refuse(db, err, "the API key that opened the login has ended")
		: err;
}
