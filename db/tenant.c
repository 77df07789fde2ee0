#include "fold.h"
#include "stmt.h"
#include "str.h"
#include "tenant.h"

#define NAME_MAX_CHARS 64

struct tenant {
	int32_t id;
	const char *name;
};

enum { ADD, EXISTS, LIST };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT INTO tenant (name, created_at) VALUES (?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(COLUMN(struct tenant, name, STR)),
	},
	[EXISTS] = {
		.text = "SELECT id FROM tenant WHERE id = ?",
		.params = COLUMNS(COLUMN(struct tenant, id, INT32)),
		.columns = COLUMNS(COLUMN(struct tenant, id, INT32)),
	},
	[LIST] = {
		.text = "SELECT id, name FROM tenant ORDER BY id LIMIT 10000",
		.columns = COLUMNS(
			COLUMN(struct tenant, id, INT32), COLUMN(struct tenant, name, STR)),
		.row_size = sizeof(struct tenant),
	},
};

const struct stmt_table tenant_statements = STMT_TABLE(statements);

enum err tenant_add(struct db *db, const char *name, int32_t *id_r)
{
	const struct tenant tenant = {.name = name};
	int n_added;

	if (fold_is_blank(name) || str_n_chars(name) > NAME_MAX_CHARS)
		return ERR_PARAMETER;
	n_added = stmt_run(db, &statements[ADD], &tenant);
	if (n_added == STMT_DUPLICATE)
		return ERR_PARAMETER;
	*id_r = (int32_t)db->insert_id;
	return n_added < 0 ? conn_err(db) : ERR_NONE;
}

enum err tenant_check(struct db *db, int32_t id)
{
	struct tenant tenant = {.id = id};
	int found = stmt_find(db, &statements[EXISTS], &tenant, &tenant);

	if (found < 0)
		return conn_err(db);
	return found > 0 ? ERR_NONE : ERR_PARAMETER;
}

static enum err read_all(struct db *db, struct tenant **tenants_r, size_t *n_r)
{
	void *rows;

	if (stmt_all(db, &statements[LIST], NULL, &rows, n_r) != 0)
		return conn_err(db);
	*tenants_r = rows;
	return ERR_NONE;
}

enum err tenant_list(
	struct db *db, void (*row)(void *ctx, int32_t id, const char *name), void *ctx)
{
	struct tenant *tenants;
	size_t n;
	enum err err = read_all(db, &tenants, &n);

	for (size_t i = 0; err == ERR_NONE && i < n; i++)
		row(ctx, tenants[i].id, tenants[i].name);
	return err;
}

int32_t tenant_only(struct db *db)
{
	struct tenant *tenants;
	size_t n;

	if (read_all(db, &tenants, &n) != ERR_NONE)
		return -1;
	return n == 1 ? tenants[0].id : 0;
}
