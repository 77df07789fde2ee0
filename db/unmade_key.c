#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_key.h"
#include "arena.h"
#include "audit_row.h"
#include "conn.h"
#include "secret_keys.h"
#include "stmt.h"
#include "unmade_key.h"

#define PAGE 1000
#define MOST 10000 /* keys of each kind */

struct made_row {
	struct audit_row row;
};

#define KEY(member, type) COLUMN(struct unmade_key, member, type)
#define MADE(member, type) COLUMN(struct made_row, row.member, type)

enum { KEYS, OPERATOR_KEYS, ENTRIES };

static const struct stmt statements[] = {
	[KEYS] = {
		.text = "SELECT tenant_id, id FROM api_key WHERE " API_KEY_IS_VALID("")
			" ORDER BY id LIMIT " STMT_NUMBER(MOST),
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(KEY(tenant_id, INT32), KEY(id, INT32)),
		.row_size = sizeof(struct unmade_key),
	},
	[OPERATOR_KEYS] = {
		.text = "SELECT id FROM operator_key WHERE revoked_at IS NULL "
			"ORDER BY id LIMIT " STMT_NUMBER(MOST),
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(KEY(id, INT32)),
		.row_size = sizeof(struct unmade_key),
	},
	[ENTRIES] = {
		.text = "SELECT id, " AUDIT_NAMES("") " FROM audit WHERE id > ? "
			"AND action IN ('key.add', 'operator.add') ORDER BY id LIMIT "
			STMT_NUMBER(PAGE),
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(MADE(id, INT64)),
		.columns = COLUMNS(MADE(id, INT64), AUDIT_COLUMNS(struct made_row, row)),
		.row_size = sizeof(struct made_row),
	},
};

const struct stmt_table unmade_key_statements = STMT_TABLE(statements);

/* Whether the entry says that this key was made. */
static bool entry_makes(const struct audit_entry *entry, const struct unmade_key *key)
{
	const char *word = key->tenant_id == 0 ? "operator " : "key ";
	const size_t size = strlen(word);

	return entry->tenant_id == key->tenant_id && strncmp(entry->subject, word, size) == 0 &&
		strtol(entry->subject + size, NULL, 10) == key->id;
}

static bool entry_is_genuine(const struct db *db, const struct audit_row *row)
{
	return audit_is_signed(db, row) ||
		secret_keys_lost(db->keys, SECRET_KEY_AUDIT, (uint16_t)row->key_number);
}

/* Takes the key that the entry has made out of the keys. */
static void take_made(
	const struct db *db, const struct audit_row *row, struct unmade_key *keys, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		if (!entry_makes(&row->entry, &keys[i]) || !entry_is_genuine(db, row))
			continue;
		memmove(&keys[i], &keys[i + 1], (*n - i - 1) * sizeof(*keys));
		--*n;
		return;
	}
}

static enum err read_keys(struct db *db, struct unmade_key **keys_r, size_t *n_r)
{
	size_t n_keys, n_operator_keys;
	void *keys, *operator_keys;
	enum err err = stmt_all(db, &statements[KEYS], NULL, &keys, &n_keys);

	if (err == ERR_NONE)
		err = stmt_all(
			db, &statements[OPERATOR_KEYS], NULL, &operator_keys, &n_operator_keys);
	if (err != ERR_NONE)
		return err;
	*n_r = n_keys + n_operator_keys;
	*keys_r = arena_array(db->arena, struct unmade_key, *n_r);
	if (n_keys > 0)
		memcpy(*keys_r, keys, n_keys * sizeof(struct unmade_key));
	if (n_operator_keys > 0)
		memcpy(*keys_r + n_keys, operator_keys,
			n_operator_keys * sizeof(struct unmade_key));
	return ERR_NONE;
}

enum err unmade_key_list(struct db *db, const struct unmade_key **keys_r, size_t *n_r)
{
	struct made_row last = {0};
	struct unmade_key *keys = NULL;
	void *rows;
	size_t n;
	enum err err;

	*n_r = 0;
	err = read_keys(db, &keys, n_r);
	*keys_r = keys;
	for (n = PAGE; err == ERR_NONE && n == PAGE && *n_r > 0;) {
		const struct made_row *made;

		err = stmt_all(db, &statements[ENTRIES], &last, &rows, &n);
		made = rows;
		for (size_t i = 0; err == ERR_NONE && i < n; i++)
			take_made(db, &made[i].row, keys, n_r);
		if (err == ERR_NONE && n > 0)
			last.row.id = made[n - 1].row.id;
	}
	return err;
}
