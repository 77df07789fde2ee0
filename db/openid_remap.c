#include "audit.h"
#include "openid_remap.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_row.h"

struct remap_user {
	int32_t tenant_id, app_id, id;
	const char *old_openid, *new_openid, *new_masked;
	bool has_new, has_logged_in;
};

#define USER(member, type) COLUMN(struct remap_user, member, type)
#define REFUSED(member) KEYED(struct remap_user, member, REFUSALS, "login_openid")

/* What both openids have stays with the old one, and is deleted with its age. */
#define SET_OF(TABLE)                                                                           \
	{                                                                                       \
		.text = "UPDATE IGNORE " TABLE " SET openid = ? WHERE tenant_id = ? AND "       \
			"app_id = ? AND openid = ?",                                            \
		.user = DB_USER_CONTROL,                                                        \
		.params = COLUMNS(USER(new_openid, STR), USER(tenant_id, INT32),                \
			USER(app_id, INT32), USER(old_openid, STR)),                            \
	}

enum { LOCK, FORMER, SET, SET_TOKENS, SET_EVENTS, SET_FOLLOWS, SET_REFUSALS, KEEP, FORGET };

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT id, openid = ? FROM wechat_user WHERE tenant_id = ? AND openid "
			"IN (?, ?) AND (app_id = ? OR openid = ?) LIMIT 2 FOR UPDATE",
		.reads_again = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(USER(new_openid, STR), USER(tenant_id, INT32),
			USER(old_openid, STR), USER(new_openid, STR), USER(app_id, INT32),
			USER(new_openid, STR)),
		.columns = COLUMNS(USER(id, INT32), USER(has_new, BOOL)),
		.row_size = sizeof(struct remap_user),
	},
	/* Of an undo: its new openid is the one before the remap. */
	[FORMER] = {
		.text = "SELECT COALESCE(u.exchanged_at > f.changed_at, FALSE) OR "
			"COALESCE(u.session_at > f.changed_at, FALSE) FROM former_openid f "
			"JOIN wechat_user u ON u.tenant_id = f.tenant_id AND u.id = "
			"f.wechat_user_id WHERE f.tenant_id = ? AND f.wechat_user_id = ? AND "
			"f.openid = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(
			USER(tenant_id, INT32), USER(id, INT32), USER(new_openid, STR)),
		.columns = COLUMNS(USER(has_logged_in, BOOL)),
	},
	[SET] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") ", openid = ?, "
			"session_key = NULL WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(
			USER(new_openid, STR), USER(tenant_id, INT32), USER(id, INT32)),
	},
	[SET_TOKENS] = {
		.text = "UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id SET "
			"t.openid = u.openid WHERE u.tenant_id = ? AND u.id = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(USER(tenant_id, INT32), USER(id, INT32)),
	},
	[SET_EVENTS] = SET_OF("push_event"),
	[SET_FOLLOWS] = SET_OF("waiting_follow"),
	[SET_REFUSALS] = {
		.text = "UPDATE login_refusal SET openid_hash = ?, openid_masked = ? WHERE "
			"tenant_id = ? AND openid_hash = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(REFUSED(new_openid), USER(new_masked, STR),
			USER(tenant_id, INT32), REFUSED(old_openid)),
	},
	/* Of a user who had it before: by the last change. */
	[KEEP] = {
		.text = "INSERT INTO former_openid (tenant_id, wechat_user_id, openid, changed_at) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6)) "
			"ON DUPLICATE KEY UPDATE changed_at = VALUES(changed_at)",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(
			USER(tenant_id, INT32), USER(id, INT32), USER(old_openid, STR)),
	},
	[FORGET] = {
		.text = "DELETE FROM former_openid WHERE tenant_id = ? AND wechat_user_id = ? AND "
			"openid = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(
			USER(tenant_id, INT32), USER(id, INT32), USER(new_openid, STR)),
	},
};

const struct stmt_table openid_remap_statements = STMT_TABLE(statements);

/* An undo changes back what a remap has changed, and nobody who has logged in since. */
static enum err find_former(struct db *db, struct remap_user *user, struct openid_remap_row *row)
{
	enum err err = stmt_need(db, &statements[FORMER], user, user, ERR_ABSENT);

	if (err == ERR_ABSENT || (err == ERR_NONE && user->has_logged_in)) {
		row->state = err == ERR_ABSENT ? OPENID_REMAP_UNCHANGED : OPENID_REMAP_USED;
		return ERR_NONE;
	}
	return err;
}

/* What has the openid beside the user's row follows it. */
static enum err set_openid(struct db *db, const struct remap_user *user, bool is_undo)
{
	static const int all[] = {SET, SET_TOKENS, SET_EVENTS, SET_FOLLOWS, SET_REFUSALS};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && err == ERR_NONE; i++)
		err = stmt_write(db, &statements[all[i]], user);
	return err == ERR_NONE ? stmt_write(db, &statements[is_undo ? FORGET : KEEP], user) : err;
}

static enum err remap_one(
	struct db *db, const struct openid_remap *remap, struct openid_remap_row *row)
{
	struct remap_user key = {
		.tenant_id = remap->app->tenant_id,
		.app_id = remap->app->id,
		.old_openid = row->old_openid,
		.new_openid = row->new_openid,
	};
	const struct remap_user *users;
	char new_masked[STR_MASKED_SIZE];
	void *found;
	size_t n;
	enum err err = stmt_all(db, &statements[LOCK], &key, &found, &n);

	users = found;
	row->state = n == 2 ? OPENID_REMAP_TAKEN : OPENID_REMAP_UNKNOWN;
	if (err != ERR_NONE || n != 1)
		return err;
	row->state = users->has_new ? OPENID_REMAP_SAME : OPENID_REMAP_DONE;
	if (users->has_new)
		return ERR_NONE;
	key.id = users->id;
	if (remap->is_undo)
		err = find_former(db, &key, row);
	if (err != ERR_NONE || row->state != OPENID_REMAP_DONE)
		return err;
	str_mask(row->new_openid, new_masked);
	key.new_masked = new_masked;
	return set_openid(db, &key, remap->is_undo);
}

static struct audit_entry entry_of(const struct app *app, const char *details)
{
	return (struct audit_entry){
		.tenant_id = app->tenant_id,
		.action = "users.remap",
		.actor = "wxuserctl",
		.subject = app->appid,
		.details = details,
	};
}

static enum err remap_rows(struct db *db, void *ctx)
{
	struct openid_remap *remap = ctx;
	const struct audit_entry entry = entry_of(remap->app, remap->details);
	enum err err = ERR_NONE;

	for (size_t i = 0; i < remap->n_rows && err == ERR_NONE; i++)
		err = remap_one(db, remap, &remap->rows[i]);
	return err == ERR_NONE && remap->details != NULL ? audit_write(db, &entry) : err;
}

enum err openid_remap_end(struct db *db, const struct app *app, const char *details)
{
	const struct audit_entry entry = entry_of(app, details);

	return audit_write_alone(db, &entry);
}

enum err openid_remap(struct db *db, struct openid_remap *remap)
{
	return remap->is_dry_run ? transaction_dry_run(db, remap_rows, remap)
				 : transaction_run(db, remap_rows, remap);
}
