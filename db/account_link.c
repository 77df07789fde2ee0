#include "account_create.h"
#include "account_link.h"
#include "account_merge.h"
#include "follow.h"
#include "link_conflict.h"
#include "stmt.h"
#include "token.h"
#include "transaction.h"
#include "user_profile.h"

struct link_row {
	int32_t tenant_id, open_platform_id, wechat_user_id;
	const char *unionid, *old_unionid;
	struct uuid account_id, other_id;
	bool is_other_deleted;
};

#define ROW(member, type) COLUMN(struct link_row, member, type)

enum { OWNER, OWN_UNIONID, TAKE_UNIONID, INHERIT_UNIONID, DROP_MISPLACED };

static const struct stmt statements[] = {
	[OWNER] = {
		.text = "SELECT u.account_id, a.is_deleted FROM account_unionid u "
			"JOIN account a ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.open_platform_id = ? AND u.unionid = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(open_platform_id, INT32),
			ROW(unionid, STR)),
		.columns = COLUMNS(ROW(other_id, UUID), ROW(is_other_deleted, BOOL)),
	},
	[OWN_UNIONID] = {
		.text = "SELECT account_id FROM account_unionid "
			"WHERE tenant_id = ? AND account_id = ? AND open_platform_id = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID),
			ROW(open_platform_id, INT32)),
		.columns = COLUMNS(ROW(account_id, UUID)),
	},
	[TAKE_UNIONID] = {
		.text = "INSERT INTO account_unionid (open_platform_id, unionid, tenant_id, "
			"account_id, created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(open_platform_id, INT32), ROW(unionid, STR),
			ROW(tenant_id, INT32), ROW(account_id, UUID)),
	},
	[INHERIT_UNIONID] = {
		.text = "UPDATE account_unionid SET account_id = ?, created_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND open_platform_id = ? AND unionid = ?",
		.params = COLUMNS(ROW(account_id, UUID), ROW(tenant_id, INT32),
			ROW(open_platform_id, INT32), ROW(unionid, STR)),
	},
	/* The new unionid outside of the new platform and the old one in it, if no other user has
	 * the same. */
	[DROP_MISPLACED] = {
		.text = "DELETE FROM account_unionid WHERE tenant_id = ? AND account_id = ? "
			"AND IF(open_platform_id = ?, unionid = ?, unionid = ?) "
			"AND NOT EXISTS (SELECT 1 FROM wechat_user u JOIN app a ON a.id = u.app_id "
			"WHERE u.account_id = account_unionid.account_id "
			"AND u.unionid = account_unionid.unionid AND u.id <> ? "
			"AND a.open_platform_id = account_unionid.open_platform_id)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID),
			ROW(open_platform_id, INT32), ROW(old_unionid, STR), ROW(unionid, STR),
			ROW(wechat_user_id, INT32)),
	},
};

const struct stmt_table account_link_statements = STMT_TABLE(statements);

static struct link_row link_row_of(const struct account_link *link)
{
	return (struct link_row){
		.tenant_id = link->app->tenant_id,
		.open_platform_id = link->app->open_platform_id,
		.wechat_user_id = link->user->id,
		.unionid = link->unionid,
		.old_unionid = link->user->unionid,
		.account_id = link->user->account_id,
		.other_id = link->owner_id,
	};
}

static struct link_conflict conflict_of(const struct account_link *link)
{
	return (struct link_conflict){
		.tenant_id = link->app->tenant_id,
		.open_platform_id = link->app->open_platform_id,
		.app_id = link->app->id,
		.appid = link->app->appid,
		.wechat_user_id = link->user->id,
		.unionid = link->unionid,
		.account_id = link->user->account_id,
		.other_id = link->owner_id,
		.reason = (int32_t)link->reason,
		.is_from_file = link->is_from_file,
	};
}

static bool has_account(const struct user_row *user)
{
	return !uuid_is_nil(user->account_id);
}

static bool has_unionid(const struct account_link *link)
{
	return link->unionid != NULL && link->app->open_platform_id != 0;
}

static enum err ensure_account(struct db *db, struct account_link *link)
{
	enum err err;

	if (has_account(link->user))
		return ERR_NONE;
	link->is_new_account = true;
	err = account_create(db, link->app->tenant_id, &link->created);
	link->user->account_id = link->created.id;
	return err;
}

/* stmt: TAKE_UNIONID for a new unionid, INHERIT_UNIONID for that of a deleted account. */
static enum err take_unionid(struct db *db, struct account_link *link, int stmt)
{
	struct link_row row = link_row_of(link);
	enum err err = ERR_ABSENT;

	if (!link->is_new_account)
		err = stmt_need(db, &statements[OWN_UNIONID], &row, &row, ERR_ABSENT);
	if (err == ERR_NONE)
		link->reason = CONFLICT_UNIONID;
	return err == ERR_ABSENT ? stmt_write(db, &statements[stmt], &row) : err;
}

static enum err inherit_unionid(struct db *db, struct account_link *link)
{
	enum err err = ensure_account(db, link);

	return err == ERR_NONE ? take_unionid(db, link, INHERIT_UNIONID) : err;
}

/* Merges the user's account with the owner's, or gives the user the owner's. Both are locked. */
static enum err merge_with_owner(
	struct db *db, struct account_link *link, struct account_merge *merge)
{
	struct user_row *user = link->user;
	enum err err = account_merge_mark(db, merge);

	if (err == ERR_NONE && has_account(user))
		err = account_merge_apply(db, merge);
	user->account_id = has_account(user) ? merge->survivor : merge->b;
	return err;
}

static enum err find_conflict(struct db *db, struct account_link *link)
{
	struct link_conflict conflict = conflict_of(link);
	enum err err = link_conflict_find(db, &conflict);

	link->reason = (enum conflict_reason)conflict.reason;
	return err;
}

/* link->owner_id owns the unionid, unless it moved before the accounts were locked. */
static enum err join_owner(struct db *db, struct account_link *link)
{
	struct account_merge merge = {
		.tenant_id = link->app->tenant_id,
		.a = link->user->account_id,
		.b = link->owner_id,
		.actor = link->is_from_file ? "wxuserctl" : "login",
	};
	struct link_row row = link_row_of(link);
	enum err err = account_merge_lock(db, &merge);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[OWNER], &row, &row, ERR_ABSENT);
	if (err == ERR_ABSENT ||
		(err == ERR_NONE && !uuid_is_equal(row.other_id, link->owner_id)))
		return transaction_again(db);
	if (err == ERR_NONE && row.is_other_deleted)
		return inherit_unionid(db, link);
	if (err == ERR_NONE)
		err = find_conflict(db, link);
	if (err != ERR_NONE)
		return err;
	return link->reason == CONFLICT_NONE ? merge_with_owner(db, link, &merge)
					     : ensure_account(db, link);
}

bool account_link_is_outdated(const struct app *app, const struct user_row *user)
{
	int32_t platform_id = user->unionid_platform_id;

	if (platform_id == 0)
		platform_id = app->moved_from_id;
	return user->unionid != NULL && platform_id != 0 && platform_id != app->open_platform_id;
}

/* Removes unionids that the app's move has left on the wrong platform. */
static enum err drop_misplaced(struct db *db, const struct account_link *link)
{
	const struct link_row row = link_row_of(link);

	if (!account_link_is_outdated(link->app, link->user))
		return ERR_NONE;
	return stmt_write(db, &statements[DROP_MISPLACED], &row);
}

static enum err find_owner(struct db *db, struct account_link *link)
{
	struct link_row row = link_row_of(link);
	enum err err;

	if (link->is_owner_known || !has_unionid(link))
		return ERR_NONE;
	row.other_id = (struct uuid){{0}};
	err = stmt_need(db, &statements[OWNER], &row, &row, ERR_ABSENT);
	link->owner_id = row.other_id;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

static bool is_owner(const struct account_link *link)
{
	return has_account(link->user) &&
		uuid_is_equal(link->owner_id, link->user->account_id);
}

static enum err find_account(struct db *db, struct account_link *link)
{
	enum err err = find_owner(db, link);

	if (err != ERR_NONE || is_owner(link))
		return err;
	if (link->unionid != NULL)
		err = drop_misplaced(db, link);
	if (err != ERR_NONE)
		return err;
	if (!uuid_is_nil(link->owner_id))
		return join_owner(db, link);
	err = ensure_account(db, link);
	return err == ERR_NONE && has_unionid(link) ? take_unionid(db, link, TAKE_UNIONID) : err;
}

/* A new user's app may have been removed (app_removal.h) since the login found it. */
static enum err link_insert_user(struct db *db, struct user_row *user)
{
	enum err err = user_row_insert(db, user);

	if (err == ERR_NONE || !db_error_is_orphan(&db->error))
		return err;
	db->error = (struct db_error){0};
	return db_refuse(db, ERR_APP_UNKNOWN, "the app was removed meanwhile");
}

static enum err link_store_user(
	struct db *db, struct account_link *link, const struct profile_effect *effect)
{
	struct user_row *user = link->user;
	enum err err;

	link->is_new_user = user->id == 0;
	if (link->is_new_user)
		return link_insert_user(db, user);
	err = user_row_update_owner(db, user);
	if (err == ERR_NONE && user->has_left_app)
		err = token_set_app(db, user->tenant_id, user->id, user->app_id);
	if (err == ERR_NONE && effect->is_changed)
		err = user_row_update_profile(db, user);
	return err;
}

/* WeChat may have sent events about the user before the app knew it. */
static enum err apply_waiting_follow(
	struct db *db, struct account_link *link, struct profile_effect *effect)
{
	enum err err = ERR_NONE;

	if (link->user->is_new_to_app)
		err = follow_catch_up(db, link->app, link->user, &link->has_followed);
	effect->is_visible |= link->has_followed;
	return err;
}

/* is_changed: the user has a new unionid, so conflicts about the old one are over. */
static enum err record_conflict(struct db *db, const struct account_link *link, bool is_changed)
{
	const struct link_conflict conflict = conflict_of(link);
	enum err err = is_changed ? link_conflict_forget(db, &conflict) : ERR_NONE;

	return err == ERR_NONE && link->reason != CONFLICT_NONE
		? link_conflict_record(db, &conflict)
		: err;
}

enum err account_link_user(struct db *db, struct account_link *link)
{
	struct user_row *user = link->user;
	struct profile_effect effect = user_profile_apply(user, link->change, link->source);
	bool is_changed = link->unionid != NULL && user->unionid != NULL &&
		strcmp(link->unionid, user->unionid) != 0;
	enum err err = find_account(db, link);

	if (link->unionid != NULL) {
		user->unionid = link->unionid;
		user->unionid_platform_id = link->app->open_platform_id;
	}
	if (err == ERR_NONE)
		err = link_store_user(db, link, &effect);
	if (err == ERR_NONE)
		err = apply_waiting_follow(db, link, &effect);
	if (err == ERR_NONE)
		err = record_conflict(db, link, is_changed);
	if (err == ERR_NONE && effect.is_visible && !link->is_new_account)
		err = account_touch(db, user->tenant_id, user->account_id);
	return err;
}

bool account_link_is_settled(const struct account_link *link)
{
	const struct user_row *user = link->user;

	if (!has_account(user) || user->app_id != link->app->id)
		return false;
	if (link->unionid == NULL)
		return true;
	return user->unionid != NULL && strcmp(link->unionid, user->unionid) == 0 &&
		user->unionid_platform_id == link->app->open_platform_id &&
		(!has_unionid(link) || is_owner(link));
}

const struct token_owner *account_link_token_owner(
	const struct account_link *link, struct token_owner *owner_r)
{
	if (!link->is_new_account)
		return NULL;
	*owner_r = (struct token_owner){
		.account_id = link->created.id,
		.security_stamp = link->created.security_stamp,
		.app_id = link->user->app_id,
		.openid = link->user->openid,
		.read_us = link->created.account.created_us,
	};
	return owner_r;
}

enum err account_link_show(
	struct db *db, const struct account_link *link, struct account *account_r)
{
	const struct user_row *user = link->user;
	struct account_view view = link->created;
	const struct account_view_list list = {.views = &view, .n_views = 1};

	if (!link->is_new_account || !link->is_new_user || link->has_followed)
		return account_by_wechat_user(db, user->tenant_id, user->id, account_r);
	view.user = *user;
	view.account.wechat_user_id = user->id;
	view.account.openid = user->openid;
	return account_view_show(db, &list, account_r);
}
