#include "account.h"
#include "app.h"
#include "follow.h"
#include "stmt.h"
#include "user_row.h"

/* The kind of apps that are followed. */
#define FOLLOWED APP_OFFICIAL

struct follow_row {
	struct follow follow;
	int32_t followed_kind;
	int32_t wechat_user_id;
	struct uuid account_id;
	bool is_following; /* the user's */
	int64_t followed_us, unfollowed_us;
	bool is_visible; /* something changed that the account shows */
};

#define ROW(member, type) COLUMN(struct follow_row, member, type)
#define OPENID                                                                                  \
	ROW(follow.tenant_id, INT32), ROW(follow.app_id, INT32), ROW(follow.openid, STR)

#define OLD                                                                                     \
	"waiting_follow FORCE INDEX (waiting_follow_age) "                                      \
	"WHERE is_following = 0 AND received_at <= UTC_TIMESTAMP(6) - INTERVAL 30 DAY "         \
	"ORDER BY received_at"

enum { LOCK_USER, SET, WAIT, LOCK_WAITING, DROP, PURGE };

static const struct stmt statements[] = {
	[LOCK_USER] = {
		.text = "SELECT id, account_id, is_following, followed_at, unfollowed_at "
			"FROM wechat_user WHERE tenant_id = ? AND openid = ? "
			"AND COALESCE(app_id, ?) = ? FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(ROW(follow.tenant_id, INT32), ROW(follow.openid, STR),
			ROW(follow.app_id, INT32), ROW(follow.app_id, INT32)),
		.columns = COLUMNS(ROW(wechat_user_id, INT32), ROW(account_id, UUID),
			ROW(is_following, BOOL), ROW(followed_us, TIME), ROW(unfollowed_us, TIME)),
	},
	[SET] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") ", is_following = ?, "
			"followed_at = ?, unfollowed_at = ?, "
			"subscribe_at = COALESCE(?, subscribe_at) WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.params = COLUMNS(ROW(is_following, BOOL), ROW(followed_us, TIME),
			ROW(unfollowed_us, TIME), ROW(followed_us, TIME),
			ROW(follow.tenant_id, INT32), ROW(wechat_user_id, INT32)),
	},
	[WAIT] = {
		.text = "INSERT INTO waiting_follow "
			"(app_id, openid, tenant_id, is_following, happened_at, received_at) "
			"SELECT id, ?, tenant_id, ?, ?, UTC_TIMESTAMP(6) FROM app "
			"WHERE id = ? AND tenant_id = ? AND kind = ? ON DUPLICATE KEY UPDATE "
			"is_following = IF(VALUES(happened_at) < happened_at, is_following, "
			"VALUES(is_following)), "
			"happened_at = GREATEST(happened_at, VALUES(happened_at)), "
			"received_at = VALUES(received_at)",
		.params = COLUMNS(ROW(follow.openid, STR), ROW(follow.is_following, BOOL),
			ROW(follow.happened_us, TIME), ROW(follow.app_id, INT32),
			ROW(follow.tenant_id, INT32), ROW(followed_kind, INT32)),
	},
	[LOCK_WAITING] = {
		.text = "SELECT is_following, happened_at FROM waiting_follow "
			"WHERE tenant_id = ? AND app_id = ? AND openid = ? FOR UPDATE",
		.params = COLUMNS(OPENID),
		.columns = COLUMNS(ROW(follow.is_following, BOOL), ROW(follow.happened_us, TIME)),
	},
	[DROP] = {
		.text = "DELETE FROM waiting_follow "
			"WHERE tenant_id = ? AND app_id = ? AND openid = ?",
		.params = COLUMNS(OPENID),
	},
	[PURGE] = STMT_PURGE("waiting_follow", "app_id, openid", OLD,
		"waiting_follow.app_id = old.app_id AND waiting_follow.openid = old.openid"),
};

const struct stmt_table follow_statements = STMT_TABLE(statements);

static int64_t latest_event_us(const struct follow_row *row)
{
	return row->followed_us > row->unfollowed_us ? row->followed_us : row->unfollowed_us;
}

/* Applies the event to the locked user, unless a later one was applied. Sets is_visible. */
static enum err apply_follow(struct db *db, struct follow_row *row)
{
	const struct follow_row before = *row;
	const struct follow *follow = &row->follow;

	if (follow->happened_us < latest_event_us(row))
		return ERR_NONE;
	row->is_following = follow->is_following;
	row->unfollowed_us = follow->is_following ? 0 : follow->happened_us;
	if (follow->is_following)
		row->followed_us = follow->happened_us;
	row->is_visible = row->is_following != before.is_following ||
		row->unfollowed_us != before.unfollowed_us;
	return stmt_write(db, &statements[SET], row);
}

/* Applies the event that waits for the locked user, if any. */
static enum err apply_waiting(struct db *db, struct follow_row *row)
{
	enum err err = stmt_need(db, &statements[LOCK_WAITING], row, row, ERR_ABSENT);

	if (err == ERR_ABSENT)
		return ERR_NONE;
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[DROP], row);
	return err == ERR_NONE ? apply_follow(db, row) : err;
}

/* The user may log in meanwhile, and look for the event before it is stored. */
static enum err wait_for_user(struct db *db, struct follow_row *row)
{
	enum err err = stmt_write(db, &statements[WAIT], row);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[LOCK_USER], row, row, ERR_ABSENT);
	if (err == ERR_ABSENT)
		return ERR_NONE;
	return err == ERR_NONE ? apply_waiting(db, row) : err;
}

enum err follow_store(struct db *db, const struct follow *follow)
{
	struct follow_row row = {.follow = *follow, .followed_kind = FOLLOWED};
	enum err err = stmt_need(db, &statements[LOCK_USER], &row, &row, ERR_ABSENT);

	if (err == ERR_NONE)
		err = apply_follow(db, &row);
	else if (err == ERR_ABSENT)
		err = wait_for_user(db, &row);
	return err == ERR_NONE && row.is_visible
		? account_touch(db, row.follow.tenant_id, row.account_id)
		: err;
}

enum err follow_catch_up(struct db *db, const struct app *app, const struct user_row *user,
	bool *is_visible_r)
{
	struct follow_row row = {
		.follow = {
			.tenant_id = user->tenant_id, .app_id = app->id,
			.openid = user->openid,
		},
	};
	enum err err = ERR_ABSENT;

	*is_visible_r = false;
	if (app->kind == FOLLOWED)
		err = stmt_need(db, &statements[LOCK_WAITING], &row, &row, ERR_ABSENT);
	if (err == ERR_ABSENT)
		return ERR_NONE;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[LOCK_USER], &row, &row, ERR_INTERNAL);
	if (err == ERR_NONE)
		err = apply_waiting(db, &row);
	*is_visible_r = row.is_visible;
	return err;
}

enum err follow_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
