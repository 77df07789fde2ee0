#include "api_key.h"
#include "api_key_list.h"
#include "arena.h"
#include "clock.h"
#include "crypto.h"
#include "fold.h"
#include "principal.h"
#include "secret.h"
#include "stmt.h"
#include "transaction.h"

#define NETWORK_CHARS "0123456789abcdefABCDEF.:/,"
#define APPID_CHARS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-,"
#define ALL_SCOPES (SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN | SCOPE_WECHAT)

struct key_row {
	struct api_key key;
	uint8_t hash[CRYPTO_HASH_SIZE];
	int32_t n_apps;
};

#define KEY(member, type) COLUMN(struct api_key, member, type)
#define ROW(member, type) COLUMN(struct key_row, member, type)
#define ROTATION(member, type) COLUMN(struct api_key_rotation, member, type)

enum { BY_ID, COUNT_APPS, ADD, CHANGE, REVOKE, REPLACE };

static const struct stmt statements[] = {
	[BY_ID] = {
		.text = "SELECT " API_KEY_NAMES " FROM api_key WHERE id = ? FOR UPDATE",
		.any_tenant = "the rule compares the tenant, unless it is the operator's",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY(id, INT32)),
		.columns = COLUMNS(API_KEY_COLUMNS),
	},
	[COUNT_APPS] = {
		.text = "SELECT COUNT(*) FROM app WHERE tenant_id = ? AND FIND_IN_SET(appid, ?)",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(key.tenant_id, INT32), ROW(key.apps, STR)),
		.columns = COLUMNS(ROW(n_apps, INT32)),
	},
	[ADD] = {
		.text = "INSERT INTO api_key "
			"(tenant_id, name, scopes, rate_per_s, networks, apps, expires_at, hash, "
			"created_at) SELECT id, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6) "
			"FROM tenant WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(key.name, STR), ROW(key.scopes, INT32),
			ROW(key.rate_per_s, INT32), ROW(key.networks, STR), ROW(key.apps, STR),
			ROW(key.expires_us, TIME), ROW(hash, HASH), ROW(key.tenant_id, INT32)),
	},
	[CHANGE] = {
		.text = "UPDATE api_key SET rate_per_s = ?, networks = ?, apps = ?, "
			"expires_at = ? WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(key.rate_per_s, INT32), ROW(key.networks, STR),
			ROW(key.apps, STR), ROW(key.expires_us, TIME), ROW(key.tenant_id, INT32),
			ROW(key.id, INT32)),
	},
	[REVOKE] = {
		.text = "UPDATE api_key SET revoked_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY(tenant_id, INT32), KEY(id, INT32)),
	},
	[REPLACE] = {
		.text = "UPDATE api_key SET successor_id = ?, expires_at = LEAST("
			"COALESCE(expires_at, '9999-12-31'), "
			"UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND) WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROTATION(successor.id, INT32), ROTATION(overlap_us, INT64),
			ROTATION(before.tenant_id, INT32), ROTATION(id, INT32)),
	},
};

const struct stmt_table api_key_statements = STMT_TABLE(statements);

/* Refuses an end that has passed; 0 and API_KEY_NEVER are none. */
static enum err api_key_check_end(struct db *db, int64_t expires_us)
{
	if (expires_us <= 0 || expires_us > clock_now_us())
		return ERR_NONE;
	return db_refuse(db, ERR_PARAMETER,
		"--expires: that has passed; to end a key now run: wxuserctl key revoke ID");
}

static bool is_list(const char *text, const char *chars)
{
	return strlen(text) <= API_KEY_LIST_MAX_CHARS && *text != ',' &&
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

/* Locks a key, of whatever tenant if tenant_id is 0, and reads it. */
static enum err api_key_lock(struct db *db, int32_t tenant_id, struct api_key *key)
{
	enum err err = stmt_need(db, &statements[BY_ID], key, key, ERR_PARAMETER);

	return err == ERR_NONE && tenant_id != 0 && key->tenant_id != tenant_id ? ERR_PARAMETER
										 : err;
}

/* Reads the giver's key; one that can no longer be used has no scope to give. An operator has every
 * right. */
static enum err api_key_read_giver(struct db *db, int32_t tenant_id,
	const struct api_key_giver *giver, struct api_key *own_r)
{
	enum err err;

	*own_r = (struct api_key){.scopes = ALL_SCOPES, .networks = "", .apps = ""};
	if (giver == NULL)
		return ERR_NONE;
	own_r->id = giver->id;
	err = api_key_lock(db, tenant_id, own_r);
	if (err == ERR_PARAMETER || own_r->revoked_us != 0 ||
		(own_r->expires_us != 0 && own_r->expires_us <= clock_now_us()))
		own_r->scopes = 0;
	return err == ERR_PARAMETER ? ERR_NONE : err;
}

static enum err api_key_refuse_to_give(
	struct db *db, struct api_key_giver *giver, int32_t lacks)
{
	if (lacks == 0)
		return ERR_NONE;
	giver->lacks = lacks;
	return db_refuse(db, ERR_FORBIDDEN, "the caller's key may not do what this key could");
}

/* Gives a new key the limits that it was not given, and compares it with own. */
static enum err api_key_set_limits(struct db *db, struct api_key_giver *giver,
	const struct api_key *own, struct api_key *key)
{
	if (key->networks == NULL)
		key->networks = own->networks;
	if (key->apps == NULL)
		key->apps = own->apps;
	if (key->expires_us == 0)
		key->expires_us = own->expires_us;
	if (key->expires_us == API_KEY_NEVER)
		key->expires_us = 0;
	return api_key_refuse_to_give(db, giver, api_key_beyond(own, key));
}

static enum err api_key_insert(struct db *db, struct key_row *row)
{
	enum err err = stmt_change(db, &statements[ADD], row, ERR_PARAMETER);

	row->key.id = (int32_t)db->insert_id;
	if (err == ERR_NONE)
		err = api_key_check(db, row);
	return err == ERR_NONE ? api_key_note(db, &row->key, "key.add") : err;
}

struct add_ctx {
	struct key_row *row;
	struct api_key_giver *giver;
};

static enum err api_key_add_by(struct db *db, void *ctx)
{
	const struct add_ctx *adding = ctx;
	struct key_row row = *adding->row;
	struct api_key own;
	enum err err = api_key_read_giver(db, row.key.tenant_id, adding->giver, &own);

	if (row.key.rate_per_s == 0 && adding->giver != NULL)
		row.key.rate_per_s = api_key_rate_by(&own);
	if (err == ERR_NONE)
		err = api_key_set_limits(db, adding->giver, &own, &row.key);
	if (err == ERR_NONE)
		err = api_key_insert(db, &row);
	adding->row->key.id = row.key.id;
	return err;
}

static void api_key_make(
	struct db *db, struct key_row *row, char text_r[SECRET_TOKEN_SIZE + 1])
{
	secret_token_make(db->keys, SECRET_TOKEN_PREFIX_KEY, text_r);
	crypto_sha256(text_r, SECRET_TOKEN_SIZE, row->hash);
}

enum err api_key_add(struct db *db, struct api_key *key, struct api_key_giver *giver,
	char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct key_row row = {.key = *key};
	struct add_ctx ctx = {&row, giver};
	enum err err = api_key_check_end(db, key->expires_us);

	if (err != ERR_NONE || !fold_is_name(key->name, API_KEY_NAME_MAX_CHARS) ||
		key->scopes < 1 ||
		key->scopes > ALL_SCOPES)
		return ERR_PARAMETER;
	api_key_make(db, &row, text_r);
	err = transaction_run(db, api_key_add_by, &ctx);
	key->id = row.key.id;
	return err;
}

/* The end that a change gives. A key whose successor is valid keeps one, or the rotation would be
 * undone. */
static enum err api_key_change_end(struct db *db, struct api_key *key, int64_t expires_us)
{
	bool has_successor = false;
	enum err err = api_key_check_end(db, expires_us);

	if (err == ERR_NONE && expires_us == API_KEY_NEVER)
		err = api_key_has_successor(db, key, &has_successor);
	if (err == ERR_NONE && has_successor)
		return db_refuse(db, ERR_PARAMETER,
			arena_printf(db->arena,
				"key %d was rotated, and key %d takes its place; say for how many "
				"days both are taken: wxuserctl key set %d --expires 30",
				key->id, key->successor_id, key->id));
	if (expires_us != 0)
		key->expires_us = expires_us == API_KEY_NEVER ? 0 : expires_us;
	return err;
}

struct change_ctx {
	const struct api_key *change;
	struct api_key_giver *giver;
	struct api_key *after;
};

/* A change gives what it leaves neither as it was nor within own. */
static enum err api_key_check_change(struct db *db, const struct change_ctx *changing,
	const struct api_key *before, const struct api_key *after)
{
	struct api_key own;
	enum err err =
		api_key_read_giver(db, before->tenant_id, changing->giver, &own);

	if (err != ERR_NONE)
		return err;
	return api_key_refuse_to_give(db, changing->giver,
		(api_key_beyond(&own, before) & API_KEY_SCOPES) |
			(api_key_beyond(&own, after) & api_key_beyond(before, after)));
}

static enum err api_key_change_by(struct db *db, void *ctx)
{
	const struct change_ctx *changing = ctx;
	const struct api_key *change = changing->change;
	struct key_row row = {.key.id = change->id};
	struct api_key before;
	enum err err = api_key_lock(db, change->tenant_id, &row.key);

	if (err != ERR_NONE)
		return err;
	before = row.key;
	if (row.key.revoked_us != 0)
		return db_refuse(db, ERR_PARAMETER, "this key is revoked");
	if (change->rate_per_s != 0)
		row.key.rate_per_s = change->rate_per_s;
	if (change->networks != NULL)
		row.key.networks = change->networks;
	if (change->apps != NULL)
		row.key.apps = change->apps;
	err = api_key_change_end(db, &row.key, change->expires_us);
	if (err == ERR_NONE)
		err = api_key_check_change(db, changing, &before, &row.key);
	if (err == ERR_NONE)
		err = api_key_check(db, &row);
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[CHANGE], &row);
	if (err == ERR_NONE)
		err = api_key_note(db, &row.key, "key.set");
	*changing->after = row.key;
	return err;
}

enum err api_key_change(struct db *db, const struct api_key *change, struct api_key_giver *giver,
	struct api_key *after_r)
{
	struct change_ctx ctx = {.change = change, .giver = giver, .after = after_r};

	return transaction_run(db, api_key_change_by, &ctx);
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

struct rotate_ctx {
	struct api_key_rotation *rotation;
	char *text;
};

/* Whether a key has a successor that can be used; one that was lost may be revoked, and the key is
 * rotated again. */
static enum err api_key_check_unrotated(struct db *db, const struct api_key *key)
{
	bool has_successor;
	enum err err = api_key_has_successor(db, key, &has_successor);

	return err == ERR_NONE && has_successor
		? db_refuse(db, ERR_PARAMETER,
			  arena_printf(db->arena,
				  "this key has been rotated, and its successor, key %d, is valid; "
				  "to rotate that one run: wxuserctl key rotate %d",
				  key->successor_id, key->successor_id))
		: err;
}

static enum err api_key_check_rotation(struct db *db, const struct api_key *key)
{
	if (key->revoked_us != 0)
		return db_refuse(db, ERR_PARAMETER, "this key is revoked; make another one by: "
						    "wxuserctl key add");
	if (key->expires_us != 0 && key->expires_us <= clock_now_us())
		return db_refuse(db, ERR_PARAMETER,
			"this key has expired; make another one by: wxuserctl key add");
	return api_key_check_unrotated(db, key);
}

static enum err api_key_rotate_in_transaction(struct db *db, void *ctx)
{
	const struct rotate_ctx *rotating = ctx;
	struct api_key_rotation *rotation = rotating->rotation;
	struct api_key own, key = {.id = rotation->id};
	struct key_row row;
	enum err err = api_key_lock(db, rotation->tenant_id, &key);

	if (err != ERR_NONE)
		return err == ERR_PARAMETER ? ERR_ABSENT : err;
	row = (struct key_row){.key = key};
	row.key.successor_id = 0;
	row.key.expires_us = rotation->expires_us;
	err = api_key_read_giver(db, key.tenant_id, rotation->giver, &own);
	if (err == ERR_NONE)
		err = api_key_set_limits(db, rotation->giver, &own, &row.key);
	if (err == ERR_NONE)
		err = api_key_check_rotation(db, &key);
	if (err != ERR_NONE)
		return err;
	api_key_make(db, &row, rotating->text);
	err = api_key_insert(db, &row);
	if (err != ERR_NONE)
		return err;
	rotation->before = key;
	rotation->successor = row.key;
	err = stmt_write(db, &statements[REPLACE], rotation);
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[BY_ID], &key, &rotation->before, ERR_INTERNAL);
	return err == ERR_NONE ? api_key_note(db, &rotation->before, "key.rotate") : err;
}

enum err api_key_rotate(struct db *db, struct api_key_rotation *rotation,
	char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct rotate_ctx ctx = {.rotation = rotation, .text = text_r};
	enum err err = api_key_check_end(db, rotation->expires_us);

	return err == ERR_NONE ? transaction_run(db, api_key_rotate_in_transaction, &ctx) : err;
}
