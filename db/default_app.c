#include "arena.h"
#include "audit.h"
#include "conf.h"
#include "default_app.h"
#include "remembered.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct default_row {
	int32_t tenant_id;
	const char *appid;
	bool is_default;
};

#define ROW(member, type) COLUMN(struct default_row, member, type)

#define ONE_DEFAULT "one app of all tenants is the default"

enum { FIND, LOCK_TENANT, CLEAR, SET, PLACE };

static const struct stmt statements[] = {
	/* Two rows, which show whether there is only one app. */
	[FIND] = {
		.text = "SELECT appid, is_default <=> 1 FROM app "
			"ORDER BY is_default DESC, id LIMIT 2",
		.any_tenant = ONE_DEFAULT,
		.columns = COLUMNS(ROW(appid, STR), ROW(is_default, BOOL)),
		.row_size = sizeof(struct default_row),
	},
	/* The tenant is locked, since there may be no app yet. */
	[LOCK_TENANT] = {
		.text = "SELECT id FROM tenant ORDER BY id LIMIT 1 FOR UPDATE",
		.user = DB_USER_ADMIN,
		.columns = COLUMNS(ROW(tenant_id, INT32)),
	},
	[CLEAR] = {
		.text = "UPDATE app SET is_default = NULL WHERE is_default = 1",
		.any_tenant = ONE_DEFAULT,
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
	},
	[SET] = {
		.text = "UPDATE app SET is_default = 1 WHERE appid = ?",
		.any_tenant = ONE_DEFAULT,
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(appid, STR)),
	},
	[PLACE] = {
		.text = "SELECT tenant_id FROM app WHERE appid = ?",
		.any_tenant = STMT_BY_APPID,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = COLUMNS(ROW(tenant_id, INT32)),
	},
};

const struct stmt_table default_app_statements = STMT_TABLE(statements);

/* Reads what an operator has chosen, or the only app. */
static enum err default_app_read(struct db *db, struct default_app *default_r)
{
	const struct default_row *apps;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[FIND], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	apps = rows;
	if (n > 0 && apps[0].is_default)
		default_r->source = DEFAULT_APP_CHOSEN;
	else if (n == 1)
		default_r->source = DEFAULT_APP_ONLY;
	if (default_r->source != DEFAULT_APP_NONE)
		default_r->appid = apps[0].appid;
	return ERR_NONE;
}

struct kept_default {
	enum default_app_source source;
	char appid[REMEMBERED_KEY_SIZE + 1];
};

static void default_app_keep(
	struct db *db, const struct remembered_query *query, const struct default_app *found)
{
	struct kept_default *kept = found->source == DEFAULT_APP_NONE
		? NULL
		: remembered_put(db->conn->remembered, query);

	if (kept == NULL)
		return;
	kept->source = found->source;
	snprintf(kept->appid, sizeof(kept->appid), "%s", found->appid);
}

enum err default_app_find(struct db *db, struct default_app *default_r)
{
	struct remembered_query query = {.kind = REMEMBERED_DEFAULT_APP, .key = ""};
	const struct kept_default *kept;
	enum err err;

	*default_r = (struct default_app){.source = DEFAULT_APP_NONE};
	if (!str_is_empty(db->conf->http_default_app)) {
		default_r->source = DEFAULT_APP_CONFIGURED;
		default_r->appid = db->conf->http_default_app;
		return ERR_NONE;
	}
	kept = remembered_find(db->conn->remembered, &query);
	if (kept != NULL) {
		default_r->source = kept->source;
		default_r->appid = arena_strdup(db->arena, kept->appid);
		return ERR_NONE;
	}
	err = default_app_read(db, default_r);
	if (err == ERR_NONE)
		default_app_keep(db, &query, default_r);
	return err;
}

enum err default_app_guard(struct db *db, struct default_app_choice *choice)
{
	struct default_app present = {.source = DEFAULT_APP_NONE};
	struct default_row first;
	enum err err;

	if (choice->appid != NULL || !str_is_empty(db->conf->http_default_app))
		return ERR_NONE;
	err = stmt_need(db, &statements[LOCK_TENANT], NULL, &first, ERR_ABSENT);
	if (err == ERR_NONE || err == ERR_ABSENT)
		err = default_app_read(db, &present);
	if (err != ERR_NONE)
		return err;
	choice->is_needed = present.source == DEFAULT_APP_ONLY;
	return choice->is_needed ? ERR_PARAMETER : ERR_NONE;
}

static enum err default_app_audit(struct db *db, const struct default_row *row)
{
	const struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = "app.set_default",
		.subject = arena_printf(db->arena, "app %s", row->appid),
		.details = "{}",
	};

	return audit_write(db, &entry);
}

enum err default_app_choose(struct db *db, struct default_app_choice *choice)
{
	struct default_row row = {.appid = choice->appid};
	enum err err;

	if (choice->appid == NULL)
		return ERR_NONE;
	err = stmt_write(db, &statements[CLEAR], NULL);
	if (err == ERR_NONE)
		err = stmt_change(db, &statements[SET], &row, ERR_PARAMETER);
	choice->is_unknown = err == ERR_PARAMETER;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[PLACE], &row, &row, ERR_INTERNAL);
	return err == ERR_NONE ? default_app_audit(db, &row) : err;
}

static enum err default_app_set_in_transaction(struct db *db, void *ctx)
{
	return default_app_choose(db, ctx);
}

enum err default_app_set(struct db *db, struct default_app_choice *choice)
{
	return transaction_run(db, default_app_set_in_transaction, choice);
}
