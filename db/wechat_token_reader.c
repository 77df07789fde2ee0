#include "app.h"
#include "arena.h"
#include "audit.h"
#include "principal.h"
#include "slot_limit.h"
#include "stmt.h"
#include "transaction.h"
#include "wechat_token_reader.h"

/* WeChat takes 20 a day, 30 s apart, and a call may be on its way for some seconds. */
#define FORCED_A_DAY 10
#define FORCED_PAUSE_S 40
#define DAY_S 86400

struct reader_row {
	int32_t api_key_id, app_id, tenant_id;
	const char *appid;
	bool is_noted;
};

#define ROW(member, type) COLUMN(struct reader_row, member, type)
#define WITHIN_AN_HOUR "audited_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR"

#define OF_CALLER "FIND has compared the tenants of key and app"

enum { FIND, LOCK, ADD, NOTE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT COALESCE(r." WITHIN_AN_HOUR ", 0) FROM api_key k "
			"LEFT JOIN wechat_token_reader r ON r.api_key_id = k.id AND r.app_id = ? "
			"WHERE k.id = ? AND k.tenant_id = ? "
			"AND (k.apps = '' OR FIND_IN_SET(?, k.apps))",
		.params = COLUMNS(ROW(app_id, INT32), ROW(api_key_id, INT32),
			ROW(tenant_id, INT32), ROW(appid, STR)),
		.columns = COLUMNS(ROW(is_noted, BOOL)),
	},
	[LOCK] = {
		.text = "SELECT " WITHIN_AN_HOUR " FROM wechat_token_reader "
			"WHERE api_key_id = ? AND app_id = ? FOR UPDATE",
		.any_tenant = OF_CALLER,
		.params = COLUMNS(ROW(api_key_id, INT32), ROW(app_id, INT32)),
		.columns = COLUMNS(ROW(is_noted, BOOL)),
	},
	[ADD] = {
		.text = "INSERT INTO wechat_token_reader (api_key_id, app_id, audited_at) "
			"VALUES (?, ?, UTC_TIMESTAMP(6))",
		.any_tenant = OF_CALLER,
		.params = COLUMNS(ROW(api_key_id, INT32), ROW(app_id, INT32)),
	},
	[NOTE] = {
		.text = "UPDATE wechat_token_reader SET audited_at = UTC_TIMESTAMP(6) "
			"WHERE api_key_id = ? AND app_id = ?",
		.any_tenant = OF_CALLER,
		.params = COLUMNS(ROW(api_key_id, INT32), ROW(app_id, INT32)),
	},
};

const struct stmt_table wechat_token_reader_statements = STMT_TABLE(statements);

struct reading {
	const struct principal *key;
	const struct app *app;
	int32_t *wait_s_r;
};

static enum err reader_audit(
	struct db *db, const struct reading *reading, const char *action)
{
	const struct audit_entry entry = {
		.tenant_id = reading->app->tenant_id,
		.action = action,
		.actor = reading->key->name,
		.subject = arena_printf(db->arena, "app %s", reading->app->appid),
		.details = arena_printf(db->arena, "{\"key\":%d}", reading->key->key_id),
	};

	return audit_write(db, &entry);
}

static struct reader_row reader_row_of(const struct reading *reading)
{
	return (struct reader_row){
		.api_key_id = reading->key->key_id,
		.app_id = reading->app->id,
		.tenant_id = reading->app->tenant_id,
		.appid = reading->app->appid,
	};
}

static enum err reader_note(struct db *db, void *ctx)
{
	struct reader_row row = reader_row_of(ctx);
	enum err err = stmt_need(db, &statements[LOCK], &row, &row, ERR_ABSENT);

	if (err == ERR_ABSENT)
		err = stmt_write(db, &statements[ADD], &row);
	else if (err == ERR_NONE && row.is_noted)
		return ERR_NONE;
	else if (err == ERR_NONE)
		err = stmt_write(db, &statements[NOTE], &row);
	return err == ERR_NONE ? reader_audit(db, ctx, "app.token") : err;
}

enum err wechat_token_note_reader(
	struct db *db, const struct principal *key, const struct app *app)
{
	struct reading reading = {.key = key, .app = app};
	struct reader_row row = reader_row_of(&reading);
	enum err err = stmt_need(db, &statements[FIND], &row, &row, ERR_ABSENT);

	return err == ERR_NONE && !row.is_noted ? transaction_run(db, reader_note, &reading) : err;
}

static enum err reader_count_forced(struct db *db, void *ctx)
{
	const struct reading *reading = ctx;
	struct slot_limit limits[] = {
		{"token_pause", reading->app->appid, .n_slots = 1, .n_most = 1,
			.window_s = FORCED_PAUSE_S},
		{"token_day", reading->app->appid, .n_slots = FORCED_A_DAY,
			.n_most = FORCED_A_DAY, .window_s = DAY_S},
	};
	enum err err = slot_limit_take(db, reading->app->tenant_id, limits,
		sizeof(limits) / sizeof(limits[0]), reading->wait_s_r);

	return err == ERR_NONE ? reader_audit(db, reading, "app.token_forced") : err;
}

enum err wechat_token_count_forced(struct db *db, const struct principal *key,
	const struct app *app, int32_t *wait_s_r)
{
	struct reading reading = {.key = key, .app = app, .wait_s_r = wait_s_r};

	return transaction_run(db, reader_count_forced, &reading);
}
