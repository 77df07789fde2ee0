#include <string.h>

#include "stmt.h"
#include "str.h"
#include "user_import_wechat.h"

struct owner_row {
	int32_t tenant_id, open_platform_id;
	const char *unionid;
	struct uuid account_id;
	bool has_logged_in;
};

#define ROW(member, type) COLUMN(struct owner_row, member, type)

enum { OWNER, HAS_LOGGED_IN };

static const struct stmt statements[] = {
	[OWNER] = {
		.text = "SELECT account_id FROM account_unionid WHERE tenant_id = ? AND "
			"open_platform_id = ? AND unionid = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(open_platform_id, INT32),
			ROW(unionid, STR)),
		.columns = COLUMNS(ROW(account_id, UUID)),
	},
	[HAS_LOGGED_IN] = {
		.text = "SELECT EXISTS (SELECT 1 FROM wechat_user WHERE tenant_id = ? AND "
			"account_id = ? AND (exchanged_at IS NOT NULL OR active_on IS NOT NULL))",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID)),
		.columns = COLUMNS(ROW(has_logged_in, BOOL)),
	},
};

const struct stmt_table user_import_wechat_statements = STMT_TABLE(statements);

struct profile user_import_profile(const struct user_import_row *row, const struct user_row *user)
{
	const struct profile *stored = &user->profile;
	struct profile change = row->profile;

	if (!user->was_exchanged)
		return change;
	if (!str_is_empty(stored->name))
		change.name = NULL;
	if (!str_is_empty(stored->avatar))
		change.avatar = NULL;
	if (!str_is_empty(stored->language))
		change.language = NULL;
	if (!str_is_empty(stored->country) || !str_is_empty(stored->province) ||
		!str_is_empty(stored->city))
		change.country = change.province = change.city = NULL;
	if (stored->gender != 0)
		change.gender = 0;
	return change;
}

const char *user_import_known_unionid(
	const struct app *app, struct user_import_row *row, const struct user_row *user)
{
	if (row->unionid == NULL || user->unionid == NULL || !user->was_exchanged ||
		strcmp(row->unionid, user->unionid) == 0 || account_link_is_outdated(app, user))
		return row->unionid;
	row->clashes |= USER_IMPORT_CLASH_WECHAT;
	return NULL;
}

static enum err find_owner(struct db *db, const struct app *app, const char *unionid,
	struct uuid *owner_r)
{
	struct owner_row row = {
		.tenant_id = app->tenant_id,
		.open_platform_id = app->open_platform_id,
		.unionid = unionid,
	};
	enum err err = ERR_ABSENT;

	if (unionid != NULL && app->open_platform_id != 0)
		err = stmt_need(db, &statements[OWNER], &row, &row, ERR_ABSENT);
	*owner_r = row.account_id;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

/* Whether a merge would change the account of somebody who has logged in. */
static enum err is_living(struct db *db, const struct user_row *user, bool *is_living_r)
{
	struct owner_row row = {.tenant_id = user->tenant_id, .account_id = user->account_id};
	enum err err = stmt_need(db, &statements[HAS_LOGGED_IN], &row, &row, ERR_INTERNAL);

	*is_living_r = row.has_logged_in;
	return err;
}

enum err user_import_find_unionid(struct db *db, const struct app *app,
	struct user_import_row *row, const struct user_row *user,
	struct user_import_unionid *unionid_r)
{
	const char *unionid = user_import_known_unionid(app, row, user);
	bool is_kept_apart = false;
	struct uuid owner_id;
	enum err err = find_owner(db, app, unionid, &owner_id);

	if (err == ERR_NONE && !uuid_is_nil(owner_id) && !uuid_is_nil(user->account_id) &&
		!uuid_is_equal(owner_id, user->account_id))
		err = is_living(db, user, &is_kept_apart);
	if (is_kept_apart)
		row->clashes |= USER_IMPORT_CLASH_LIVING;
	*unionid_r = is_kept_apart ? (struct user_import_unionid){0}
				   : (struct user_import_unionid){unionid, owner_id};
	return err;
}
