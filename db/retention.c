#include <stdlib.h>

#include "app.h"
#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "conn.h"
#include "counters.h"
#include "log.h"
#include "member_erasure.h"
#include "old_person.h"
#include "retention.h"
#include "stmt.h"
#include "transaction.h"

#define ACTOR "retention"
#define WINDOW 1000 /* ids that a step looks at */
#define BATCH 10    /* rows that it removes at most: the erasure of a person takes milliseconds */
#define PAGE_SIZE_MAX (1 << 20)
#define LOOK_MAX_US CLOCK_SECOND_US
#define CLOCKS_DIFFER_MAX_US (3600 * CLOCK_SECOND_US)

/* A run of a setting of a tenant. */
struct run {
	int32_t tenant_id;
	const char *setting;
	int32_t days;
	int64_t before_us; /* what is older is to be removed */
	int64_t now_us;
	int64_t begun_us; /* 0: it is to begin */
	int64_t place, last, n_most, n_removed;
	int64_t n_stored;
	bool is_over;
	int32_t n_page; /* rows that are read at most */
};

struct old_row {
	int64_t id;
	struct uuid account_id;
	int32_t app_id;
	const char *appid, *openid;
};

/* A row that is to be deleted. */
struct deletion {
	int32_t tenant_id;
	int64_t id;
	int64_t before_us;
};

#define RUN(member, type) COLUMN(struct run, member, type)
#define OLD(member, type) COLUMN(struct old_row, member, type)
#define DELETION(member, type) COLUMN(struct deletion, member, type)

#define CUT_OFF(days) "UTC_TIMESTAMP(6) - INTERVAL " days " DAY"
#define SETTINGS                                                                                \
	"'retain_consent_days', 'retain_inactive_days', 'retain_merge_days', "                  \
	"'retain_resident_days', 'retain_void_member_days'"

/* How many rows the tenant has, and the highest id. */
#define EXTENT(TABLE)                                                                           \
	{                                                                                       \
		.text = "SELECT COUNT(*), COALESCE(MAX(id), 0), " CUT_OFF("?") ", "             \
			"UTC_TIMESTAMP(6) FROM " TABLE " WHERE tenant_id = ?",                  \
		.params = COLUMNS(RUN(days, INT32), RUN(tenant_id, INT32)),                     \
		.columns = COLUMNS(RUN(n_stored, INT64), RUN(last, INT64),                      \
			RUN(before_us, TIME), RUN(now_us, TIME)),                               \
	}
#define IN_WINDOW                                                                               \
	".tenant_id = ? AND o.id > ? AND o.id <= ? + " STMT_NUMBER(WINDOW) " AND "
#define WINDOW_PARAMS RUN(tenant_id, INT32), RUN(place, INT64), RUN(place, INT64)
/* The ids of a window that are to go: those of rows o that are older, by the condition's ?. */
#define PAGE(TABLE, OLDER)                                                                      \
	{                                                                                       \
		.text = "SELECT o.id FROM " TABLE " o FORCE INDEX (PRIMARY) WHERE o" IN_WINDOW  \
			OLDER " ORDER BY o.id LIMIT ?",                                         \
		.params = COLUMNS(WINDOW_PARAMS, RUN(before_us, TIME), RUN(n_page, INT32)),     \
		.columns = COLUMNS(OLD(id, INT64)),                                             \
		.row_size = sizeof(struct old_row),                                             \
	}
#define DELETE(TABLE, OLDER)                                                                    \
	{                                                                                       \
		.text = "DELETE FROM " TABLE " WHERE tenant_id = ? AND id = ? AND " OLDER,      \
		.params = COLUMNS(DELETION(tenant_id, INT32), DELETION(id, INT64),              \
			DELETION(before_us, TIME)),                                             \
	}

#define CHANGED_BEFORE "COALESCE(modified_at, created_at) < ?"
#define MERGED_BEFORE "undone_at IS NULL AND created_at < ?"
/* While a merge can be undone, each of the accounts needs its own. */
#define CONSENTED_BEFORE(o)                                                                     \
	o "consented_at < ? AND EXISTS (SELECT 1 FROM consent l "                               \
	"WHERE l.tenant_id = " o "tenant_id AND l.account_id = " o "account_id "                \
	"AND l.document = " o "document AND l.consented_at > " o "consented_at) "               \
	"AND NOT EXISTS (SELECT 1 FROM merge_log m WHERE m.tenant_id = " o "tenant_id "         \
	"AND m.survivor_id = " o "account_id AND m.undone_at IS NULL)"

enum {
	NEXT,
	BEGIN,
	GO_ON,
	EXTENT_CONSENT,
	EXTENT_MEMBER,
	EXTENT_MERGE,
	EXTENT_RESIDENT,
	EXTENT_USER,
	PAGE_CONSENT,
	PAGE_MEMBER,
	PAGE_MERGE,
	PAGE_RESIDENT,
	PAGE_USER,
	DELETE_CONSENT,
	DELETE_MERGE,
	DELETE_RESIDENT,
};

static const struct stmt statements[] = {
	[NEXT] = {
		.text = "SELECT s.tenant_id, s.name, CAST(s.value AS INT), "
			CUT_OFF("CAST(s.value AS INT)") ", UTC_TIMESTAMP(6), "
			"IF(r.ended_at IS NULL, r.begun_at, NULL), COALESCE(r.place, 0), "
			"COALESCE(r.last, 0), COALESCE(r.n_most, 0), COALESCE(r.n_removed, 0) "
			"FROM setting s LEFT JOIN retention r ON r.tenant_id = s.tenant_id "
			"AND r.setting = s.name WHERE s.name IN (" SETTINGS ") "
			"AND s.value RLIKE '^[1-9][0-9]{0,3}$' AND (r.ended_at IS NULL "
			"OR r.begun_at <= UTC_TIMESTAMP(6) - INTERVAL 1 DAY) "
			"ORDER BY s.tenant_id, s.name LIMIT 1",
		.any_tenant = STMT_OF_JOB,
		.columns = COLUMNS(RUN(tenant_id, INT32), RUN(setting, STR), RUN(days, INT32),
			RUN(before_us, TIME), RUN(now_us, TIME), RUN(begun_us, TIME),
			RUN(place, INT64), RUN(last, INT64), RUN(n_most, INT64),
			RUN(n_removed, INT64)),
	},
	[BEGIN] = {
		.text = "INSERT INTO retention (tenant_id, setting, begun_at, place, last, "
			"n_most, n_removed) VALUES (?, ?, UTC_TIMESTAMP(6), 0, ?, ?, 0) "
			"ON DUPLICATE KEY UPDATE begun_at = VALUES(begun_at), ended_at = NULL, "
			"place = 0, last = VALUES(last), n_most = VALUES(n_most), n_removed = 0",
		.params = COLUMNS(RUN(tenant_id, INT32), RUN(setting, STR), RUN(last, INT64),
			RUN(n_most, INT64)),
	},
	[GO_ON] = {
		.text = "UPDATE retention SET place = ?, n_removed = ?, "
			"ended_at = IF(?, UTC_TIMESTAMP(6), NULL) "
			"WHERE tenant_id = ? AND setting = ?",
		.params = COLUMNS(RUN(place, INT64), RUN(n_removed, INT64), RUN(is_over, BOOL),
			RUN(tenant_id, INT32), RUN(setting, STR)),
	},
	[EXTENT_CONSENT] = EXTENT("consent"),
	[EXTENT_MEMBER] = EXTENT("member"),
	[EXTENT_MERGE] = EXTENT("merge_log"),
	[EXTENT_RESIDENT] = EXTENT("resident"),
	[EXTENT_USER] = EXTENT("wechat_user"),
	[PAGE_CONSENT] = PAGE("consent", CONSENTED_BEFORE("o.")),
	[PAGE_MEMBER] = PAGE("member", "o.card_state = 2 AND " CHANGED_BEFORE " AND NOT EXISTS "
		"(SELECT 1 FROM wechat_user u WHERE u.tenant_id = o.tenant_id "
		"AND u.member_id = o.id)"),
	[PAGE_MERGE] = PAGE("merge_log", MERGED_BEFORE),
	[PAGE_RESIDENT] = PAGE("resident", CHANGED_BEFORE),
	/* A user without an app is erased as one of any app of the tenant. */
	[PAGE_USER] = {
		.text = "SELECT o.id, o.account_id, o.openid, p.id, COALESCE(p.appid, '') "
			OLD_PERSON_FROM
			"LEFT JOIN app p ON p.tenant_id = o.tenant_id AND p.id = COALESCE("
			"o.app_id, (SELECT MIN(id) FROM app WHERE tenant_id = o.tenant_id)) "
			"WHERE o" IN_WINDOW OLD_PERSON_IF " ORDER BY o.id LIMIT ?",
		.params = COLUMNS(RUN(before_us, TIME), WINDOW_PARAMS, RUN(n_page, INT32)),
		.columns = COLUMNS(OLD(id, INT64), OLD(account_id, UUID), OLD(openid, STR),
			OLD(app_id, REF), OLD(appid, STR)),
		.row_size = sizeof(struct old_row),
	},
	[DELETE_CONSENT] = DELETE("consent", CONSENTED_BEFORE("consent.")),
	[DELETE_MERGE] = DELETE("merge_log", MERGED_BEFORE),
	[DELETE_RESIDENT] = DELETE("resident", CHANGED_BEFORE),
};

const struct stmt_table retention_statements = STMT_TABLE(statements);

/* ---- Removing a row. Each sets *n_r to 1, or to 0 if the row is not too old any more. */

static enum err remove_person(
	struct db *db, const struct run *run, const struct old_row *old, int64_t *n_r)
{
	const struct old_person person = {
		.tenant_id = run->tenant_id, .id = (int32_t)old->id,
		.account_id = old->account_id, .app_id = old->app_id, .appid = old->appid,
		.openid = old->openid, .before_us = run->before_us,
	};

	return old_person_erase(db, &person, ACTOR, n_r);
}

static enum err remove_member(
	struct db *db, const struct run *run, const struct old_row *old, int64_t *n_r)
{
	const struct member_erasure erasure = {
		.tenant_id = run->tenant_id, .id = (int32_t)old->id, .actor = ACTOR,
		.keeps_bound = true, .void_since_us = run->before_us,
	};
	struct erased erased;
	enum err err = member_erasure_run(db, &erasure, &erased);

	*n_r = err == ERR_NONE && erased.is_found;
	return err == ERR_MEMBER_UNKNOWN ? ERR_NONE : err;
}

struct deleting {
	const struct stmt *stmt;
	const struct run *run;
	const struct old_row *old;
	int64_t n;
};

static enum err delete_audited(struct db *db, void *ctx)
{
	struct deleting *deleting = ctx;
	const struct run *run = deleting->run;
	const struct deletion deletion = {run->tenant_id, deleting->old->id, run->before_us};
	const struct audit_entry entry = {
		.tenant_id = run->tenant_id, .action = "retention.delete", .actor = ACTOR,
		.subject = arena_printf(db->arena, "setting %s", run->setting),
		.details = arena_printf(
			db->arena, "{\"row\":%lld}", (long long)deleting->old->id),
	};
	enum err err = stmt_write(db, deleting->stmt, &deletion);

	deleting->n = err == ERR_NONE ? db->n_rows : 0;
	return err == ERR_NONE && deleting->n > 0 ? audit_write(db, &entry) : err;
}

static enum err remove_by(struct db *db, const struct run *run, const struct old_row *old,
	const struct stmt *stmt, int64_t *n_r)
{
	struct deleting deleting = {.stmt = stmt, .run = run, .old = old};
	enum err err = transaction_run(db, delete_audited, &deleting);

	*n_r = err == ERR_NONE ? deleting.n : 0;
	return err;
}

static enum err remove_consent(
	struct db *db, const struct run *run, const struct old_row *old, int64_t *n_r)
{
	return remove_by(db, run, old, &statements[DELETE_CONSENT], n_r);
}

static enum err remove_merge(
	struct db *db, const struct run *run, const struct old_row *old, int64_t *n_r)
{
	return remove_by(db, run, old, &statements[DELETE_MERGE], n_r);
}

static enum err remove_resident(
	struct db *db, const struct run *run, const struct old_row *old, int64_t *n_r)
{
	return remove_by(db, run, old, &statements[DELETE_RESIDENT], n_r);
}

/* ---- The settings. */

static const struct retained {
	const char *setting;
	const char *rows;
	enum counter counter;
	int extent, page; /* statements */
	enum err (*remove)(
		struct db *db, const struct run *run, const struct old_row *old, int64_t *n_r);
} retained[] = {
	{"retain_consent_days", "consents", COUNTER_RETENTION_CONSENT, EXTENT_CONSENT,
		PAGE_CONSENT, remove_consent},
	{"retain_inactive_days", "users", COUNTER_RETENTION_PERSON, EXTENT_USER, PAGE_USER,
		remove_person},
	{"retain_merge_days", "merges", COUNTER_RETENTION_MERGE, EXTENT_MERGE, PAGE_MERGE,
		remove_merge},
	{"retain_resident_days", "residents", COUNTER_RETENTION_RESIDENT, EXTENT_RESIDENT,
		PAGE_RESIDENT, remove_resident},
	{"retain_void_member_days", "members", COUNTER_RETENTION_MEMBER, EXTENT_MEMBER,
		PAGE_MEMBER, remove_member},
};

/* Returns NULL if the setting is none of retention. */
static const struct retained *retained_by(const char *setting)
{
	for (size_t i = 0; i < sizeof(retained) / sizeof(retained[0]); i++)
		if (strcmp(retained[i].setting, setting) == 0)
			return &retained[i];
	return NULL;
}

/* Reads how many rows there are, and how many of them the run may remove. */
static enum err run_measure(struct db *db, const struct retained *what, struct run *run)
{
	enum err err = stmt_need(db, &statements[what->extent], run, run, ERR_INTERNAL);

	run->n_most = run->n_stored / 50 > 0 ? run->n_stored / 50 : 1;
	return err;
}

/* Reads the next rows that are too old, and moves the place behind the last one, or to the end of
 * the window if there are no more in it. */
static enum err run_read(struct db *db, const struct retained *what, struct run *run,
	const struct old_row **rows_r, size_t *n_r)
{
	void *rows;
	enum err err = stmt_all(db, &statements[what->page], run, &rows, n_r);

	if (err != ERR_NONE)
		return err;
	*rows_r = rows;
	run->place = *n_r == (size_t)run->n_page ? (*rows_r)[*n_r - 1].id : run->place + WINDOW;
	return ERR_NONE;
}

static enum err run_check_clocks(const struct run *run)
{
	const int64_t ahead_us = run->now_us - clock_now_us();

	if (llabs(ahead_us) <= CLOCKS_DIFFER_MAX_US)
		return ERR_NONE;
	log_error("retention: the clock of the database is %lld s ahead of this host's, so "
		  "nothing is removed",
		(long long)(ahead_us / CLOCK_SECOND_US));
	return ERR_INTERNAL;
}

static enum err run_begin(struct db *db, const struct retained *what, struct run *run)
{
	enum err err = run_measure(db, what, run);

	return err == ERR_NONE ? stmt_write(db, &statements[BEGIN], run) : err;
}

static void run_report(const struct run *run)
{
	log_event(LOG_LEVEL_INFO, "retention");
	log_int("tenant", run->tenant_id);
	log_str("setting", run->setting);
	log_int("days", run->days);
	log_int("removed", run->n_removed);
	log_int("at_most", run->n_most);
	log_end();
}

static enum err run_remove(
	struct db *db, const struct retained *what, struct run *run, int64_t *n_removed_r)
{
	const struct old_row *rows;
	size_t n;
	enum err err;

	run->n_page = run->n_most - run->n_removed < BATCH ? (int32_t)(run->n_most - run->n_removed)
							   : BATCH;
	err = run_read(db, what, run, &rows, &n);
	for (size_t i = 0; err == ERR_NONE && i < n; i++) {
		int64_t n_of_row;

		err = what->remove(db, run, &rows[i], &n_of_row);
		run->n_removed += n_of_row;
		*n_removed_r += n_of_row;
		counter_add(what->counter, (uint64_t)n_of_row);
	}
	if (err != ERR_NONE)
		return err;
	run->is_over = run->place >= run->last || run->n_removed >= run->n_most;
	if (run->is_over)
		run_report(run);
	return stmt_write(db, &statements[GO_ON], run);
}

enum err retention_step(struct db *db, int64_t *n_removed_r, bool *is_over_r)
{
	const struct retained *what;
	struct run run = {0};
	enum err err = stmt_need(db, &statements[NEXT], NULL, &run, ERR_ABSENT);

	*n_removed_r = 0;
	*is_over_r = err == ERR_ABSENT;
	if (err != ERR_NONE)
		return err == ERR_ABSENT ? ERR_NONE : err;
	what = retained_by(run.setting);
	err = run_check_clocks(&run);
	if (err == ERR_NONE && run.begun_us == 0) {
		run.place = run.n_removed = 0;
		err = run_begin(db, what, &run);
	}
	return err == ERR_NONE ? run_remove(db, what, &run, n_removed_r) : err;
}

bool retention_has(const char *setting)
{
	return retained_by(setting) != NULL;
}

enum err retention_look(struct db *db, int32_t tenant_id, const char *setting, int32_t days,
	struct retention_preview *preview)
{
	const struct retained *what = retained_by(setting);
	struct arena *arena, *results = db->arena;
	struct run run = {.tenant_id = tenant_id, .days = days, .n_page = WINDOW,
		.place = preview->place};
	const int64_t until_us = clock_monotonic_us() + LOOK_MAX_US;
	const struct old_row *rows;
	enum err err;
	size_t n;

	if (what == NULL)
		return ERR_ABSENT;
	arena = arena_new(PAGE_SIZE_MAX);
	db_set_arena(db, arena);
	err = run_measure(db, what, &run);
	while (err == ERR_NONE && days > 0 && run.place < run.last) {
		err = run_read(db, what, &run, &rows, &n);
		preview->n_old += err == ERR_NONE ? (int64_t)n : 0;
		arena_reset(arena);
		if (clock_monotonic_us() > until_us)
			break;
	}
	db_set_arena(db, results);
	arena_free(arena);
	preview->rows = what->rows;
	preview->n_stored = run.n_stored;
	preview->n_most = run.n_most;
	preview->place = days > 0 && run.place < run.last ? run.place : 0;
	return err;
}
