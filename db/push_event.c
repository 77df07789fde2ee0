#include "account.h"
#include "arena.h"
#include "clock.h"
#include "erasure.h"
#include "follow.h"
#include "log.h"
#include "push_event.h"
#include "revocation.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_row.h"

enum event_state { STATE_DONE, STATE_PENDING };

struct event_row {
	struct push_event event;
	int32_t state;
	int32_t wechat_user_id;
	struct uuid account_id;
};

#define ROW(member, type) COLUMN(struct event_row, member, type)

#define OLD                                                                                     \
	"push_event FORCE INDEX (push_event_age) "                                              \
	"WHERE received_at <= UTC_TIMESTAMP(6) - INTERVAL 1 DAY AND state = 0 "                 \
	"ORDER BY received_at"

#define SELECT                                                                                  \
	"SELECT e.id, e.tenant_id, e.app_id, a.appid, e.openid, e.event, e.happened_at, "       \
	"e.revoke_info, COALESCE(u.id, 0) FROM push_event e JOIN app a ON a.id = e.app_id "     \
	"LEFT JOIN wechat_user u ON u.tenant_id = e.tenant_id AND u.openid = e.openid "         \
	"AND COALESCE(u.app_id, e.app_id) = e.app_id "
#define LISTED                                                                                  \
	ROW(event.id, INT64), ROW(event.tenant_id, INT32), ROW(event.app_id, INT32),            \
		ROW(event.appid, STR), ROW(event.openid, STR), ROW(event.name, STR),            \
		ROW(event.happened_us, TIME), ROW(event.revoke_info, STR),                      \
		ROW(event.user_id, INT32)

enum { RECORD, LOCK_USER, PENDING, PAGE, PURGE };

static const struct stmt statements[] = {
	[RECORD] = {
		.text = "INSERT INTO push_event (tenant_id, app_id, openid, event, happened_at, "
			"received_at, state, revoke_info) "
			"VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), ?, ?)",
		.params = COLUMNS(ROW(event.tenant_id, INT32), ROW(event.app_id, INT32),
			ROW(event.openid, STR), ROW(event.name, STR), ROW(event.happened_us, TIME),
			ROW(state, INT32), ROW(event.revoke_info, STR)),
	},
	[LOCK_USER] = {
		.text = "SELECT id, account_id FROM wechat_user WHERE tenant_id = ? "
			"AND openid = ? AND COALESCE(app_id, ?) = ? FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(ROW(event.tenant_id, INT32), ROW(event.openid, STR),
			ROW(event.app_id, INT32), ROW(event.app_id, INT32)),
		.columns = COLUMNS(ROW(wechat_user_id, INT32), ROW(account_id, UUID)),
	},
	[PENDING] = {
		.text = SELECT "WHERE e.state = 1 ORDER BY e.id LIMIT 10000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(LISTED),
		.row_size = sizeof(struct event_row),
	},
	[PAGE] = {
		.text = SELECT "WHERE e.tenant_id = ? AND e.state = 1 AND e.id > ? "
			"ORDER BY e.id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(COLUMN(struct push_event_page, tenant_id, INT32),
			COLUMN(struct push_event_page, after_id, INT64),
			COLUMN(struct push_event_page, n_most, INT32)),
		.columns = COLUMNS(LISTED),
		.row_size = sizeof(struct event_row),
	},
	[PURGE] = STMT_PURGE("push_event", "id", OLD, "push_event.id = old.id"),
};

const struct stmt_table push_event_statements = STMT_TABLE(statements);

static enum err event_set_following(
	struct db *db, const struct event_row *row, bool is_following)
{
	const struct follow follow = {
		.tenant_id = row->event.tenant_id, .app_id = row->event.app_id,
		.openid = row->event.openid, .is_following = is_following,
		.happened_us = row->event.happened_us,
	};

	return follow_store(db, &follow);
}

static enum err event_follow(struct db *db, struct event_row *row)
{
	return event_set_following(db, row, true);
}

static enum err event_unfollow(struct db *db, struct event_row *row)
{
	return event_set_following(db, row, false);
}

static enum err event_refresh(struct db *db, struct event_row *row)
{
	enum err err = stmt_need(db, &statements[LOCK_USER], row, row, ERR_USER_UNKNOWN);

	if (err == ERR_USER_UNKNOWN)
		return ERR_NONE;
	if (err == ERR_NONE)
		err = user_row_forget_wechat(db, row->event.tenant_id, row->wechat_user_id);
	return err == ERR_NONE ? account_touch(db, row->event.tenant_id, row->account_id) : err;
}

static const struct event_kind {
	const char *name;
	bool is_personal; /* counts only if the signature covers it */
	enum err (*apply)(struct db *db, struct event_row *row); /* NULL: event_revoke() */
	unsigned parts; /* that it names without a RevokeInfo */
} kinds[] = {
	{"subscribe", false, event_follow, 0},
	{"unsubscribe", false, event_unfollow, 0},
	{"user_info_modified", true, event_refresh, 0},
	{"user_authorization_revoke", true, NULL, 0},
	{"user_authorization_cancellation", true, NULL, REVOKED_EVERYTHING},
};

static const struct event_kind *event_kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_equal_nocase(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

bool push_event_is_known(const char *name)
{
	return event_kind_of(name) != NULL;
}

static enum err event_apply(struct db *db, void *ctx)
{
	struct event_row row = {.event = *(const struct push_event *)ctx};
	const struct event_kind *kind = event_kind_of(row.event.name);
	bool is_pending = kind->is_personal && !row.event.is_covered;
	enum err err;

	row.state = is_pending ? STATE_PENDING : STATE_DONE;
	err = stmt_write(db, &statements[RECORD], &row);
	if (err == ERR_DUPLICATE)
		return ERR_NONE;
	return err == ERR_NONE && !is_pending ? kind->apply(db, &row) : err;
}

/* The event is not recorded, since that would keep the openid. A repeated event finds nobody, for a
 * user who came back was stored after it; the same holds for the fields of event_revoke(). */
static enum err event_erase(struct db *db, const struct push_event *event)
{
	const struct erasure erasure = {
		.tenant_id = event->tenant_id, .app_id = event->app_id, .appid = event->appid,
		.openid = event->openid, .actor = "wechat", .revoke_info = event->revoke_info,
		.before_us = event->happened_us + CLOCK_SECOND_US,
	};
	struct erased erased;

	return erasure_run(db, &erasure, &erased);
}

static void log_unknown(const struct push_event *event)
{
	log_event(LOG_LEVEL_WARNING, "this RevokeInfo is not known, nothing is erased for it");
	log_str("app", event->appid);
	log_str("revoke_info", event->revoke_info);
	log_end();
}

static enum err event_revoke(struct db *db, const struct push_event *event)
{
	const struct revocation revocation = {
		.tenant_id = event->tenant_id, .app_id = event->app_id, .appid = event->appid,
		.openid = event->openid, .revoke_info = event->revoke_info,
		.happened_us = event->happened_us, .actor = "wechat",
	};
	unsigned parts = event_kind_of(event->name)->parts, cleared;

	if (parts == 0)
		parts = revocation_parts(event->revoke_info);
	if ((parts & REVOKED_EVERYTHING) != 0)
		return event_erase(db, event);
	if ((parts & REVOKED_UNKNOWN) != 0)
		log_unknown(event);
	return revocation_run(db, &revocation, &cleared);
}

enum err push_event_take(struct db *db, const struct push_event *event)
{
	const struct event_kind *kind = event_kind_of(event->name);
	struct push_event copy = *event;

	if (kind == NULL || !str_is_openid(event->openid))
		return ERR_NONE;
	copy.name = kind->name;
	copy.revoke_info = revocation_numbers(db->arena, event->revoke_info);
	if (kind->apply == NULL && event->is_covered)
		return event_revoke(db, &copy);
	return transaction_run(db, event_apply, &copy);
}

enum err push_event_pending(
	struct db *db, void (*row)(void *ctx, const struct push_event *event), void *ctx)
{
	const struct event_row *events;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[PENDING], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	events = rows;
	for (size_t i = 0; i < n; i++)
		row(ctx, &events[i].event);
	return ERR_NONE;
}

enum err push_event_page(struct db *db, const struct push_event_page *page,
	const struct push_event **events_r, size_t *n_r)
{
	struct push_event *events;
	const struct event_row *rows;
	void *found;
	enum err err = stmt_all(db, &statements[PAGE], page, &found, n_r);

	if (err != ERR_NONE)
		return err;
	rows = found;
	events = arena_array(db->arena, struct push_event, *n_r);
	for (size_t i = 0; i < *n_r; i++)
		events[i] = rows[i].event;
	*events_r = events;
	return ERR_NONE;
}

enum err push_event_purge(struct db *db)
{
	enum err err = stmt_write(db, &statements[PURGE], NULL);
	const int64_t n_events = db->n_rows;

	if (err == ERR_NONE)
		err = follow_purge(db);
	db->n_rows += n_events;
	return err;
}
