#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "audit.h"
#include "default_app.h"
#include "fold.h"
#include "heap.h"
#include "stmt.h"
#include "tenant.h"
#include "transaction.h"

#define NAME_MAX_CHARS 64

#define ROW(member, type) COLUMN(struct tenant, member, type)
#define TENANT_COLUMNS ROW(id, INT32), ROW(name, STR), ROW(disabled_us, TIME)

enum { ADD, EXISTS, LIST, PAGE, LOCK, RENAME, DISABLE, ENABLE };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT INTO tenant (name, created_at) VALUES (?, UTC_TIMESTAMP(6))",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(name, STR)),
	},
	[EXISTS] = {
		.text = "SELECT id FROM tenant WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(id, INT32)),
		.columns = COLUMNS(ROW(id, INT32)),
	},
	[LIST] = {
		.text = "SELECT id, name, disabled_at FROM tenant ORDER BY id LIMIT 10000",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(TENANT_COLUMNS),
		.row_size = sizeof(struct tenant),
	},
	[PAGE] = {
		.text = "SELECT id, name, disabled_at FROM tenant WHERE id > ? ORDER BY id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(id, INT32), ROW(n_most, INT32)),
		.columns = COLUMNS(TENANT_COLUMNS),
		.row_size = sizeof(struct tenant),
	},
	[LOCK] = {
		.text = "SELECT id, name, disabled_at FROM tenant WHERE id = ? FOR UPDATE",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(id, INT32)),
		.columns = COLUMNS(TENANT_COLUMNS),
	},
	[RENAME] = {
		.text = "UPDATE tenant SET name = ? WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(name, STR), ROW(id, INT32)),
	},
	[DISABLE] = {
		.text = "UPDATE tenant SET disabled_at = UTC_TIMESTAMP(6) WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(id, INT32)),
	},
	[ENABLE] = {
		.text = "UPDATE tenant SET disabled_at = NULL WHERE id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(id, INT32)),
	},
};

const struct stmt_table tenant_statements = STMT_TABLE(statements);

struct tenant_add_ctx {
	struct tenant tenant;
	struct default_app_choice *choice;
};

enum err tenant_note(struct db *db, const struct tenant *tenant, const char *action)
{
	const struct audit_entry entry = {
		.tenant_id = tenant->id,
		.action = action,
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
	return err == ERR_NONE ? tenant_note(db, &add->tenant, "tenant.add") : err;
}

enum err tenant_add(
	struct db *db, const char *name, struct default_app_choice *choice, int32_t *id_r)
{
	struct tenant_add_ctx add = {.tenant.name = name, .choice = choice};
	enum err err;

	if (!fold_is_name(name, NAME_MAX_CHARS))
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
	struct db *db, void (*row)(void *ctx, const struct tenant *tenant), void *ctx)
{
	const struct tenant *tenants;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	tenants = rows;
	for (size_t i = 0; i < n; i++)
		row(ctx, &tenants[i]);
	return ERR_NONE;
}

enum err tenant_read(struct db *db, int32_t id, struct tenant *tenant_r)
{
	const struct tenant *found;
	size_t n;
	enum err err = tenant_page(db, id - 1, 1, &found, &n);

	if (err != ERR_NONE)
		return err;
	if (n == 0 || found->id != id)
		return ERR_ABSENT;
	*tenant_r = *found;
	return ERR_NONE;
}

struct tenant_change_ctx {
	const struct tenant_change *change;
	struct tenant tenant;
	const char *before_name;
};

static enum err tenant_rename(struct db *db, struct tenant *tenant, const char *name)
{
	enum err err;

	tenant->name = name;
	err = stmt_write(db, &statements[RENAME], tenant);
	if (err == ERR_DUPLICATE)
		return ERR_PARAMETER;
	return err == ERR_NONE ? tenant_note(db, tenant, "tenant.rename") : err;
}

static enum err tenant_switch(struct db *db, struct tenant *tenant, bool is_disabled)
{
	enum err err = stmt_write(db, &statements[is_disabled ? DISABLE : ENABLE], tenant);

	if (err != ERR_NONE)
		return err;
	return tenant_note(db, tenant, is_disabled ? "tenant.disable" : "tenant.enable");
}

static enum err tenant_change_in_transaction(struct db *db, void *ctx)
{
	struct tenant_change_ctx *changing = ctx;
	const struct tenant_change *change = changing->change;
	struct tenant *tenant = &changing->tenant;
	enum err err;

	tenant->id = change->id;
	err = stmt_need(db, &statements[LOCK], tenant, tenant, ERR_ABSENT);
	changing->before_name = tenant->name;
	if (err == ERR_NONE && change->name != NULL && strcmp(change->name, tenant->name) != 0)
		err = tenant_rename(db, tenant, change->name);
	if (err == ERR_NONE && change->sets_disabled &&
		change->is_disabled != (tenant->disabled_us != 0))
		err = tenant_switch(db, tenant, change->is_disabled);
	return err == ERR_NONE ? stmt_need(db, &statements[LOCK], tenant, tenant, ERR_ABSENT)
			       : err;
}

enum err tenant_change(struct db *db, const struct tenant_change *change,
	struct tenant *tenant_r, const char **before_name_r)
{
	struct tenant_change_ctx ctx = {.change = change};
	enum err err;

	if (change->name != NULL && !fold_is_name(change->name, NAME_MAX_CHARS))
		return ERR_PARAMETER;
	err = transaction_run(db, tenant_change_in_transaction, &ctx);
	*tenant_r = ctx.tenant;
	*before_name_r = ctx.before_name;
	return err;
}

void tenant_keep_disabled(struct db *db, const char *ids)
{
	char *kept = NULL;

	if (ids != NULL) {
		kept = heap_alloc(strlen(ids) + 1);
		memcpy(kept, ids, strlen(ids) + 1);
	}
	free(db->conn->disabled_tenants);
	db->conn->disabled_tenants = kept;
}

bool tenant_is_disabled(const struct db *db, int32_t id)
{
	const char *at = db->conn->disabled_tenants;
	char *end;

	while (at != NULL) {
		if (strtol(at, &end, 10) == id)
			return true;
		at = *end == ',' ? end + 1 : NULL;
	}
	return false;
}
