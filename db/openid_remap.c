#include "audit.h"
#include "openid_remap.h"
#include "stmt.h"
#include "transaction.h"
#include "user_row.h"

struct remap_user {
	int32_t tenant_id, app_id, id;
	const char *old_openid, *new_openid;
	bool has_new;
};

#define USER(member, type) COLUMN(struct remap_user, member, type)

enum { LOCK, SET, SET_TOKENS };

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
};

const struct stmt_table openid_remap_statements = STMT_TABLE(statements);

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
	err = stmt_write(db, &statements[SET], &key);
	return err == ERR_NONE ? stmt_write(db, &statements[SET_TOKENS], &key) : err;
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
