#include "arena.h"
#include "audit.h"
#include "fold.h"
#include "operator_key.h"
#include "stmt.h"
#include "transaction.h"

#define NAME_MAX_CHARS 64

struct operator_row {
	struct operator_key key;
	uint8_t hash[CRYPTO_HASH_SIZE];
};

#define KEY(member, type) COLUMN(struct operator_key, member, type)
#define ROW(member, type) COLUMN(struct operator_row, member, type)
#define OPERATOR(member, type) COLUMN(struct principal, member, type)

enum { FIND, LOCK, ADD, LIST, REVOKE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id, name FROM operator_key WHERE hash = ? AND revoked_at IS NULL",
		.reads_again = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(hash, HASH)),
		.columns = COLUMNS(OPERATOR(key_id, INT32), OPERATOR(name, STR)),
	},
	[LOCK] = {
		.text = "SELECT name, revoked_at FROM operator_key WHERE id = ? FOR UPDATE",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEY(id, INT32)),
		.columns = COLUMNS(KEY(name, STR), KEY(revoked_us, TIME)),
	},
	[ADD] = {
		.text = "INSERT INTO operator_key (name, hash, created_at) "
			"VALUES (?, ?, UTC_TIMESTAMP(6))",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(key.name, STR), ROW(hash, HASH)),
	},
	[LIST] = {
		.text = "SELECT id, name, created_at, revoked_at FROM operator_key "
			"ORDER BY id LIMIT 10000",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(KEY(id, INT32), KEY(name, STR), KEY(created_us, TIME),
			KEY(revoked_us, TIME)),
		.row_size = sizeof(struct operator_key),
	},
	[REVOKE] = {
		.text = "UPDATE operator_key SET revoked_at = UTC_TIMESTAMP(6) "
			"WHERE id = ? AND revoked_at IS NULL",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEY(id, INT32)),
	},
};

const struct stmt_table operator_key_statements = STMT_TABLE(statements);

enum err operator_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	struct operator_row row;
	enum err err;

	memcpy(row.hash, hash, sizeof(row.hash));
	*principal_r = (struct principal){0};
	err = stmt_need(db, &statements[FIND], &row, principal_r, ERR_UNAUTHORIZED);
	if (err == ERR_NONE)
		principal_r->kind = PRINCIPAL_OPERATOR;
	return err;
}

static enum err operator_key_note(
	struct db *db, const struct operator_key *key, const char *action)
{
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = action,
		.actor = "wxuserctl",
		.subject = arena_printf(db->arena, "operator %d %s", key->id, key->name),
		.details = "{}",
	};

	return audit_write(db, &entry);
}

static enum err operator_key_insert(struct db *db, void *ctx)
{
	struct operator_row *row = ctx;
	enum err err = stmt_write(db, &statements[ADD], row);

	row->key.id = (int32_t)db->insert_id;
	return err == ERR_NONE ? operator_key_note(db, &row->key, "operator.add") : err;
}

enum err operator_key_add(struct db *db, const char *name, char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct operator_row row = {.key.name = name};

	if (!fold_is_name(name, NAME_MAX_CHARS))
		return ERR_PARAMETER;
	secret_token_make(db->keys, SECRET_TOKEN_PREFIX_OPERATOR, text_r);
	crypto_sha256(text_r, SECRET_TOKEN_SIZE, row.hash);
	return transaction_run(db, operator_key_insert, &row);
}

enum err operator_key_list(struct db *db, const struct operator_key **keys_r, size_t *n_r)
{
	void *rows;
	enum err err = stmt_all(db, &statements[LIST], NULL, &rows, n_r);

	*keys_r = err == ERR_NONE ? rows : NULL;
	return err;
}

/* A key that is revoked already stays as it is. */
static enum err operator_key_revoke_by(struct db *db, void *ctx)
{
	struct operator_key *key = ctx;
	enum err err = stmt_need(db, &statements[LOCK], key, key, ERR_PARAMETER);

	if (err != ERR_NONE || key->revoked_us != 0)
		return err;
	err = stmt_write(db, &statements[REVOKE], key);
	return err == ERR_NONE ? operator_key_note(db, key, "operator.revoke") : err;
}

enum err operator_key_revoke(struct db *db, int32_t id)
{
	struct operator_key key = {.id = id};

	return transaction_run(db, operator_key_revoke_by, &key);
}
