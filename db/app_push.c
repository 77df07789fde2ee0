#include "app_push.h"
#include "arena.h"
#include "audit.h"
#include "remembered.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "wechat_push.h"

#define SECRET_SIZE 44 /* of the longest, an EncodingAESKey */

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
		.any_tenant = STMT_BY_APPID,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = push_columns,
	},
	[LOCK] = {
		.text = SELECT_PUSH " FOR UPDATE",
		.any_tenant = STMT_BY_APPID,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(appid, STR)),
		.columns = push_columns,
	},
	[UPDATE] = {
		.text = "UPDATE app SET push_token = ?, push_key = ?, push_key_previous = ? "
			"WHERE tenant_id = ? AND id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(SEALED_COLUMNS, ROW(tenant_id, INT32), ROW(app_id, INT32)),
	},
};

const struct stmt_table app_push_statements = STMT_TABLE(statements);

struct kept_push {
	struct app_push push; /* but for appid */
	char token[SECRET_SIZE], key[SECRET_SIZE], previous_key[SECRET_SIZE];
};
_Static_assert(sizeof(struct kept_push) <= REMEMBERED_VALUE_SIZE, "a push can be remembered");

static void app_push_keep(
	struct db *db, const struct remembered_query *query, const struct app_push *push)
{
	struct kept_push *kept;

	if (strlen(push->token) >= SECRET_SIZE || strlen(push->key) >= SECRET_SIZE ||
		strlen(push->previous_key) >= SECRET_SIZE)
		return;
	kept = remembered_put(db->conn->remembered, query);
	if (kept == NULL)
		return;
	kept->push = *push;
	kept->push.appid = NULL;
	kept->push.token = memcpy(kept->token, push->token, strlen(push->token));
	kept->push.key = memcpy(kept->key, push->key, strlen(push->key));
	kept->push.previous_key =
		memcpy(kept->previous_key, push->previous_key, strlen(push->previous_key));
}

static struct app_push app_push_copy(
	struct arena *arena, const struct app_push *kept, const char *appid)
{
	struct app_push push = *kept;

	push.appid = arena_strdup(arena, appid);
	push.token = arena_strdup(arena, kept->token);
	push.key = arena_strdup(arena, kept->key);
	push.previous_key = arena_strdup(arena, kept->previous_key);
	return push;
}

enum err app_push_find(struct db *db, const char *appid, struct app_push *push_r)
{
	struct remembered_query query = {.kind = REMEMBERED_PUSH, .key = appid};
	const struct kept_push *kept;
	enum err err;

	*push_r = (struct app_push){.appid = appid};
	if (!str_is_openid(appid))
		return ERR_APP_UNKNOWN;
	query.key_size = strlen(appid);
	kept = remembered_find(db->conn->remembered, &query);
	if (kept != NULL) {
		*push_r = app_push_copy(db->arena, &kept->push, appid);
		return ERR_NONE;
	}
	err = stmt_need(db, &statements[FIND], push_r, push_r, ERR_APP_UNKNOWN);
	if (err == ERR_NONE)
		app_push_keep(db, &query, push_r);
	return err;
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
	struct audit_entry entry = {.action = "app.set_push", .details = "{}"};
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
