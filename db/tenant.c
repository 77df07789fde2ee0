#include "app.h"
#include "arena.h"
#include "audit.h"
#include "fold.h"
#include "stmt.h"
#include "tenant.h"
#include "transaction.h"

#define NAME_MAX_CHARS 64

enum { ADD, EXISTS, LIST, PAGE };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT INTO tenant (name, created_at) VALUES (?, UTC_TIMESTAMP(6))",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(COLUMN(struct tenant, name, STR)),
	},
	[EXISTS] = {
		.text = "SELECT id FROM tenant WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(COLUMN(struct tenant, id, INT32)),
		.columns = COLUMNS(COLUMN(struct tenant, id, INT32)),
	},
	[LIST] = {
		.text = "SELECT id, name FROM tenant ORDER BY id LIMIT 10000",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(
			COLUMN(struct tenant, id, INT32), COLUMN(struct tenant, name, STR)),
		.row_size = sizeof(struct tenant),
	},
	[PAGE] = {
		.text = "SELECT id, name FROM tenant WHERE id > ? ORDER BY id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(COLUMN(struct tenant, id, INT32),
			COLUMN(struct tenant, n_most, INT32)),
		.columns = COLUMNS(COLUMN(struct tenant, id, INT32),
			COLUMN(struct tenant, name, STR)),
		.row_size = sizeof(struct tenant),
	},
};

const struct stmt_table tenant_statements = STMT_TABLE(statements);

struct tenant_add_ctx {
	struct tenant tenant;
	struct default_app_choice *choice;
};

static enum err tenant_audit(struct db *db, const struct tenant *tenant)
{
	const struct audit_entry entry = {
		.tenant_id = tenant->id,
		.action = "tenant.add",
		.subject = arena_printf(db->arena, "tenant %d %s", tenant->id, tenant->name),
		.details = "{}",
	};

	return audit_write(db, &entry);
}

static enum err tenant_insert(struct db *db, void *ctx)
{
	struct tenant_add_ctx *add = ctx;
	enum err err = default_app_guard(db, add->choice);

	if (err != ERR_NONE)
		return err;
	err = stmt_write(db, &statements[ADD], &add->tenant);
	if (err == ERR_DUPLICATE)
		return ERR_PARAMETER;
	add->tenant.id = (int32_t)db->insert_id;
	if (err == ERR_NONE)
		err = default_app_choose(db, add->choice);
	return err == ERR_NONE ? tenant_audit(db, &add->tenant) : err;
}

enum err tenant_add(
	struct db *db, const char *name, struct default_app_choice *choice, int32_t *id_r)
{
	struct tenant_add_ctx add = {.tenant.name = name, .choice = choice};
	enum err err;

	if (!fold_is_plain(name, NAME_MAX_CHARS))
		return ERR_PARAMETER;
	err = transaction_run(db, tenant_insert, &add);
	*id_r = add.tenant.id;
	return err;
}

enum err tenant_check(struct db *db, int32_t id)
{
	struct tenant tenant = {.id = id};

	return stmt_need(db, &statements[EXISTS], &tenant, &tenant, ERR_PARAMETER);
}

enum err tenant_page(struct db *db, int32_t after_id, int32_t n_most,
	const struct tenant **tenants_r, size_t *n_r)
{
	const struct tenant key = {.id = after_id, .n_most = n_most};
	void *rows;
	enum err err = stmt_all(db, &statements[PAGE], &key, &rows, n_r);

	*tenants_r = err == ERR_NONE ? rows : NULL;
	return err;
}

enum err tenant_list(
	struct db *db, void (*row)(void *ctx, int32_t id, const char *name), void *ctx)
{
	const struct tenant *tenants;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	tenants = rows;
	for (size_t i = 0; i < n; i++)
		row(ctx, tenants[i].id, tenants[i].name);
	return ERR_NONE;
}
