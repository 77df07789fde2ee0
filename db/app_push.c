#include "app_push.h"
#include "arena.h"
#include "audit.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "wechat_push.h"

#define ROW(member, type) COLUMN(struct app_push, member, type)
#define SEALED_COLUMNS                                                                          \
	SEALED(struct app_push, token, "app", "push_token"),                                    \
		SEALED(struct app_push, key, "app", "push_key"),                                \
		SEALED(struct app_push, previous_key, "app", "push_key_previous")
#define SELECT_PUSH                                                                             \
	"SELECT id, tenant_id, appid, row_uuid, push_token, push_key, push_key_previous "       \
	"FROM app WHERE appid = ?"

static const struct column push_columns[] = {
	ROW(app_id, INT32),
	ROW(tenant_id, INT32),
	ROW(appid, STR),
	ROW(row_uuid, UUID),
	SEALED_COLUMNS,
	{.kind = COLUMN_END_OF_TABLE},
};

enum { FIND, LOCK, UPDATE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = SELECT_PUSH,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = push_columns,
	},
	[LOCK] = {
		.text = SELECT_PUSH " FOR UPDATE",
		.params = COLUMNS(ROW(appid, STR)),
		.columns = push_columns,
	},
	[UPDATE] = {
		.text = "UPDATE app SET push_token = ?, push_key = ?, push_key_previous = ? "
			"WHERE id = ?",
		.params = COLUMNS(SEALED_COLUMNS, ROW(app_id, INT32)),
	},
};

const struct stmt_table app_push_statements = STMT_TABLE(statements);

enum err app_push_find(struct db *db, const char *appid, struct app_push *push_r)
{
	*push_r = (struct app_push){.appid = appid};
	if (!str_is_openid(appid))
		return ERR_APP_UNKNOWN;
	return stmt_need(db, &statements[FIND], push_r, push_r, ERR_APP_UNKNOWN);
}

static bool app_push_is_new(const char *text, const char *stored)
{
	return text != NULL && strcmp(text, stored) != 0;
}

/* Returns whether there is something to store. */
static bool app_push_apply(struct app_push *push, const struct app_push_change *change)
{
	const struct app_push before = *push;

	if (app_push_is_new(change->token, push->token))
		push->token = change->token;
	if (app_push_is_new(change->key, push->key)) {
		push->previous_key = push->key;
		push->key = change->key;
	}
	if (change->drops_previous)
		push->previous_key = "";
	return push->token != before.token || push->key != before.key ||
		push->previous_key != before.previous_key;
}

static enum err app_push_update(struct db *db, void *ctx)
{
	const struct app_push_change *change = ctx;
	struct app_push push = {.appid = change->appid};
	struct audit_entry entry = {
		.action = "app.set_push", .actor = "wxuserctl", .details = "{}",
	};
	enum err err = stmt_need(db, &statements[LOCK], &push, &push, ERR_PARAMETER);

	if (err != ERR_NONE)
		return err;
	if (!app_push_apply(&push, change))
		return ERR_NONE;
	entry.tenant_id = push.tenant_id;
	entry.subject = arena_printf(db->arena, "app %s", push.appid);
	err = stmt_write(db, &statements[UPDATE], &push);
	return err == ERR_NONE ? audit_write(db, &entry) : err;
}

bool app_push_is_token(const char *text)
{
	return str_is_openid(text) && strlen(text) <= PUSH_TOKEN_MAX_CHARS;
}

enum err app_push_set(struct db *db, const struct app_push_change *change)
{
	struct app_push_change copy = *change;

	if ((change->token != NULL && !app_push_is_token(change->token)) ||
		(change->key != NULL && !wechat_push_is_key(change->key)))
		return ERR_PARAMETER;
	return transaction_run(db, app_push_update, &copy);
}
