#include "api_key_list.h"
#include "stmt.h"

struct page {
	struct api_key key; /* after which it begins */
	int32_t n_most;
};

#define PAGE(member, type) COLUMN(struct page, member, type)

struct validity {
	bool is_valid;
};

enum { LIST, READ_PAGE, IS_VALID };

static const struct stmt statements[] = {
	[LIST] = {
		.text = "SELECT id, " API_KEY_NAMES " FROM api_key ORDER BY id LIMIT 10000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(API_KEY(id, INT32), API_KEY_COLUMNS),
		.row_size = sizeof(struct api_key),
	},
	[READ_PAGE] = {
		.text = "SELECT id, " API_KEY_NAMES " FROM api_key WHERE tenant_id = ? AND id > ? "
			"ORDER BY id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(PAGE(key.tenant_id, INT32), PAGE(key.id, INT32),
			PAGE(n_most, INT32)),
		.columns = COLUMNS(API_KEY(id, INT32), API_KEY_COLUMNS),
		.row_size = sizeof(struct api_key),
	},
	[IS_VALID] = {
		.text = "SELECT " API_KEY_IS_VALID("") " FROM api_key WHERE tenant_id = ? "
			"AND id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(API_KEY(tenant_id, INT32), API_KEY(id, INT32)),
		.columns = COLUMNS(COLUMN(struct validity, is_valid, BOOL)),
	},
};

const struct stmt_table api_key_list_statements = STMT_TABLE(statements);

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

enum err api_key_page(struct db *db, const struct api_key *after, int32_t n_most,
	struct api_key **keys_r, size_t *n_r)
{
	const struct page page = {.key = *after, .n_most = n_most};
	void *rows;
	enum err err = stmt_all(db, &statements[READ_PAGE], &page, &rows, n_r);

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

enum err api_key_has_successor(struct db *db, const struct api_key *key, bool *has_r)
{
	const struct api_key successor = {.tenant_id = key->tenant_id, .id = key->successor_id};
	struct validity validity;
	enum err err;

	*has_r = false;
	if (key->successor_id == 0)
		return ERR_NONE;
	err = stmt_need(db, &statements[IS_VALID], &successor, &validity, ERR_INTERNAL);
	*has_r = err == ERR_NONE && validity.is_valid;
	return err;
}
