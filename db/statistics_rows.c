#include <stdlib.h>

#include "active_day.h"
#include "arena.h"
#include "setting.h"
#include "statistics_rows.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

#define ROWS_MAX 200000
#define PARTS_MAX 100 /* of a step */

struct counted_row {
	int32_t tenant_id, app_id;
	const char *day, *appid, *name, *error;
	int64_t n;
	int32_t n_days;
};

#define ROW(member, type) COLUMN(struct counted_row, member, type)

#define QUOTED(name) "'" name "'"
#define AGO(days) ACTIVE_DAY_TODAY " - INTERVAL " days " DAY"
#define STORED_IN(TABLE, T)                                                                     \
	"SELECT tenant_id, day, app_id, name, error, n FROM " TABLE " WHERE " T "day > " AGO("?")
/* Those of days that no roll-up has counted yet. */
#define COUNTED(APP, NAME, HOW, T, GROUP)                                                       \
	"SELECT tenant_id, day, " APP ", " QUOTED(NAME) ", '', " HOW " FROM active_day WHERE "  \
	T "day IN (" ACTIVE_DAY_TODAY ", " AGO("1") ") AND day > " AGO("?") " GROUP BY " GROUP
#define ALL_ROWS(T)                                                                             \
	"(" STORED_IN("statistics", T)                                                          \
	" UNION ALL " STORED_IN("statistics_part", T)                                           \
	" UNION ALL " COUNTED("app_id", STATISTICS_ACTIVE_USERS, "COUNT(*)", T, OF_APP)         \
	" UNION ALL " COUNTED("0", STATISTICS_ACTIVE_USERS, "COUNT(DISTINCT account_id)", T,    \
			"day, tenant_id")                                                       \
	" UNION ALL " COUNTED("app_id", STATISTICS_NEW_USERS, "SUM(is_new)", T, OF_APP) ") s "
/* If there are too many, the oldest are left out. */
#define LATEST "ORDER BY s.day DESC LIMIT " STMT_NUMBER(ROWS_MAX)
#define LIST(T, TENANT_OF_APP)                                                                  \
	"SELECT s.tenant_id, CAST(s.day AS CHAR), s.app_id, a.appid, s.name, s.error, s.n "     \
	"FROM " ALL_ROWS(T)                                                                     \
	"LEFT JOIN app a ON a.tenant_id = " TENANT_OF_APP " AND a.id = s.app_id " LATEST
#define OF_APP "day, tenant_id, app_id"
#define OF_A_TENANT ROW(tenant_id, INT32), ROW(n_days, INT32)
#define FIVE_TIMES(...) __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__
#define PART                                                                                    \
	ROW(tenant_id, INT32), ROW(day, STR), ROW(app_id, INT32), ROW(name, STR),               \
		ROW(error, STR), ROW(n, INT64)
#define ALL_COLUMNS                                                                             \
	ROW(tenant_id, INT32), ROW(day, STR), ROW(app_id, INT32), ROW(appid, STR),              \
		ROW(name, STR), ROW(error, STR), ROW(n, INT64)

#define ROLL_UP(APP, NAME, HOW, GROUP)                                                          \
	"SELECT tenant_id, day, " APP ", " QUOTED(NAME) ", '', " HOW " FROM active_day "        \
	"WHERE day = ? GROUP BY " GROUP

enum { LIST_OF_TENANT, LIST_OF_ALL, SUMS, TAKE, MERGE, UNDO_EARLY, FIND_DAY, ROLL_UP_DAY, PURGE };

static const struct stmt statements[] = {
	[LIST_OF_TENANT] = {
		.text = LIST("tenant_id = ? AND ", "?"),
		.params = COLUMNS(FIVE_TIMES(OF_A_TENANT), ROW(tenant_id, INT32)),
		.columns = COLUMNS(ALL_COLUMNS),
		.row_size = sizeof(struct counted_row),
		.user = DB_USER_ADMIN,
	},
	[LIST_OF_ALL] = {
		.text = LIST("", "s.tenant_id"),
		.any_tenant = STMT_OF_OPERATOR,
		.params = COLUMNS(FIVE_TIMES(ROW(n_days, INT32))),
		.columns = COLUMNS(ALL_COLUMNS),
		.row_size = sizeof(struct counted_row),
		.user = DB_USER_CONTROL,
	},
	[SUMS] = {
		.text = "SELECT s.tenant_id, CAST(s.day AS CHAR), 0, NULL, s.name, s.error, "
			"CAST(SUM(s.n) AS INT) FROM " ALL_ROWS("")
			"WHERE s.app_id = 0 OR s.name <> " QUOTED(STATISTICS_ACTIVE_USERS)
			" GROUP BY s.tenant_id, s.day, s.name, s.error " LATEST,
		.any_tenant = STMT_OF_OPERATOR,
		.params = COLUMNS(FIVE_TIMES(ROW(n_days, INT32))),
		.columns = COLUMNS(ALL_COLUMNS),
		.row_size = sizeof(struct counted_row),
		.user = DB_USER_ADMIN,
	},
	[TAKE] = {
		.text = "DELETE FROM statistics_part ORDER BY id LIMIT " STMT_NUMBER(PARTS_MAX)
			" RETURNING tenant_id, CAST(day AS CHAR), app_id, name, error, n",
		.any_tenant = STMT_OF_JOB,
		.columns = COLUMNS(PART),
		.row_size = sizeof(struct counted_row),
	},
	[MERGE] = {
		.text = "INSERT INTO statistics (tenant_id, day, app_id, name, error, n) "
			"VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE n = n + VALUES(n)",
		.params = COLUMNS(PART),
	},
	/* A clock that was ahead took the day for one that is over. */
	[UNDO_EARLY] = {
		.text = "DELETE FROM statistics WHERE day >= " AGO("1") " AND name IN ("
			QUOTED(STATISTICS_ACTIVE_USERS) ", " QUOTED(STATISTICS_NEW_USERS) ")",
		.any_tenant = STMT_OF_JOB,
	},
	[FIND_DAY] = {
		.text = "SELECT CAST(d.day AS CHAR) FROM (SELECT DISTINCT day FROM active_day "
			"WHERE day < " AGO("1") ") d WHERE NOT EXISTS (SELECT 1 FROM statistics s "
			"WHERE s.day = d.day AND s.name = " QUOTED(STATISTICS_ACTIVE_USERS)
			") LIMIT 1",
		.any_tenant = STMT_OF_JOB,
		.columns = COLUMNS(ROW(day, STR)),
	},
	/* A day is counted at once, or not at all. */
	[ROLL_UP_DAY] = {
		.text = "INSERT INTO statistics (tenant_id, day, app_id, name, error, n) "
			ROLL_UP("app_id", STATISTICS_ACTIVE_USERS, "COUNT(*)", OF_APP)
			" UNION ALL "
			ROLL_UP("0", STATISTICS_ACTIVE_USERS, "COUNT(DISTINCT account_id)",
				"day, tenant_id")
			" UNION ALL "
			ROLL_UP("app_id", STATISTICS_NEW_USERS, "SUM(is_new)", OF_APP)
			" ON DUPLICATE KEY UPDATE n = VALUES(n)",
		.any_tenant = STMT_OF_JOB,
		.params = COLUMNS(ROW(day, STR), ROW(day, STR), ROW(day, STR)),
	},
	/* By the shortest of all settings first, for which there is an index. */
	[PURGE] = {
		.text = "DELETE statistics FROM (SELECT s.tenant_id, s.day, s.app_id, s.name, "
			"s.error FROM statistics s FORCE INDEX (statistics_age) "
			"LEFT JOIN setting t ON t.tenant_id = s.tenant_id "
			"AND t.name = 'statistics_days' WHERE s.day <= "
			AGO("(SELECT LEAST(?, COALESCE(MIN(CAST(value AS INT)), ?)) "
			"FROM setting WHERE name = 'statistics_days')") " AND s.day <= "
			AGO("COALESCE(CAST(t.value AS INT), ?)")
			" ORDER BY s.day LIMIT 1000) old STRAIGHT_JOIN statistics "
			"ON statistics.tenant_id = old.tenant_id AND statistics.day = old.day "
			"AND statistics.app_id = old.app_id AND statistics.name = old.name "
			"AND statistics.error = old.error",
		.any_tenant = STMT_OF_JOB,
		.params = COLUMNS(ROW(n_days, INT32), ROW(n_days, INT32), ROW(n_days, INT32)),
	},
};

const struct stmt_table statistics_rows_statements = STMT_TABLE(statements);

/* ---- The job. */

/* What is deleted is added, or neither. */
static enum err merge_in_transaction(struct db *db, void *ctx)
{
	int64_t *n_rows = ctx;
	const struct counted_row *parts;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[TAKE], NULL, &rows, &n);

	parts = rows;
	for (size_t i = 0; err == ERR_NONE && i < n; i++)
		err = stmt_write(db, &statements[MERGE], &parts[i]);
	*n_rows = (int64_t)n;
	return err;
}

/* Counts the active people of one day that is over and was not counted yet. */
static enum err roll_up(struct db *db, int64_t *n_rows_r)
{
	struct counted_row row;
	enum err err = stmt_write(db, &statements[UNDO_EARLY], NULL);

	*n_rows_r = 0;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[FIND_DAY], NULL, &row, ERR_ABSENT);
	if (err != ERR_NONE)
		return err == ERR_ABSENT ? ERR_NONE : err;
	err = stmt_write(db, &statements[ROLL_UP_DAY], &row);
	*n_rows_r = db->n_rows;
	return err;
}

static enum err purge(struct db *db, int64_t *n_rows_r)
{
	const struct counted_row row = {.n_days = setting_default(SETTING_statistics_days)};
	enum err err = stmt_write(db, &statements[PURGE], &row);

	*n_rows_r = db->n_rows;
	return err;
}

enum err statistics_step(struct db *db, int64_t *n_rows_r, bool *is_over_r)
{
	enum err err = transaction_run(db, merge_in_transaction, n_rows_r);

	if (err == ERR_NONE && *n_rows_r == 0)
		err = roll_up(db, n_rows_r);
	if (err == ERR_NONE && *n_rows_r == 0) {
		err = active_day_purge(db);
		*n_rows_r = db->n_rows;
	}
	if (err == ERR_NONE && *n_rows_r == 0)
		err = purge(db, n_rows_r);
	*is_over_r = *n_rows_r == 0;
	return err;
}

/* ---- Reading. */

/* The latest day first; of a day a tenant after the other, of a tenant an app after the other. */
static int in_order(const void *a_, const void *b_)
{
	const struct counted_row *a = a_, *b = b_;
	int order = strcmp(b->day, a->day);

	if (order == 0)
		order = (a->tenant_id > b->tenant_id) - (a->tenant_id < b->tenant_id);
	if (order == 0)
		order = (a->app_id > b->app_id) - (a->app_id < b->app_id);
	return order == 0 ? strcmp(a->error, b->error) : order;
}

static int by_error(const void *a, const void *b)
{
	return strcmp(((const struct day_refusals *)a)->error,
		((const struct day_refusals *)b)->error);
}

static enum statistic statistic_named(const char *name)
{
	enum statistic i = 0;

	while (i < STATISTIC_N && strcmp(statistics_name(i), name) != 0)
		i++;
	return i;
}

/* What is made of the rows. */
struct summary {
	struct arena *arena;
	struct day_statistics *days;
	size_t n_days;
};

/* Adds up refusals for the same reason, which is kept apart for each app. */
static void sum_refusals(struct summary *summary, struct day_statistics *day,
	const struct counted_row *rows, size_t n)
{
	struct day_refusals *refusals = arena_array(summary->arena, struct day_refusals, n);
	size_t n_all = 0, n_summed = 0;

	for (size_t i = 0; i < n; i++)
		if (!str_is_empty(rows[i].error))
			refusals[n_all++] = (struct day_refusals){
				.error = rows[i].error, .n = (int32_t)rows[i].n,
			};
	if (n_all > 0)
		qsort(refusals, n_all, sizeof(*refusals), by_error);
	for (size_t i = 0; i < n_all; i++) {
		if (n_summed > 0 && by_error(&refusals[n_summed - 1], &refusals[i]) == 0)
			refusals[n_summed - 1].n += refusals[i].n;
		else
			refusals[n_summed++] = refusals[i];
	}
	day->refusals = refusals;
	day->n_refusals = n_summed;
}

/* rows: those of an app, or of a whole tenant, whose people are not those of its apps added up. */
static void add_day(
	struct summary *summary, const struct counted_row *rows, size_t n, bool is_whole)
{
	struct day_statistics *day = &summary->days[summary->n_days++];

	*day = (struct day_statistics){
		.day = rows->day, .tenant_id = rows->tenant_id,
		.app_id = is_whole ? 0 : rows->app_id, .appid = is_whole ? NULL : rows->appid,
	};
	for (size_t i = 0; i < n; i++) {
		const enum statistic name = statistic_named(rows[i].name);

		if (name < STATISTIC_N && !(is_whole && name == STATISTIC_ACTIVE_USERS &&
			rows[i].app_id != 0))
			day->n[name] += (int32_t)rows[i].n;
	}
	sum_refusals(summary, day, rows, n);
}

static size_t n_of_tenant(const struct counted_row *rows, size_t n)
{
	size_t i = 1;

	while (i < n && rows[i].tenant_id == rows->tenant_id &&
		strcmp(rows[i].day, rows->day) == 0)
		i++;
	return i;
}

static size_t n_of_app(const struct counted_row *rows, size_t n)
{
	size_t i = 1;

	while (i < n && rows[i].app_id == rows->app_id)
		i++;
	return i;
}

static void add_tenant(struct summary *summary, const struct counted_row *rows, size_t n)
{
	size_t n_rows;

	add_day(summary, rows, n, true);
	for (size_t i = 0; i < n; i += n_rows) {
		n_rows = n_of_app(rows + i, n - i);
		if (rows[i].app_id != 0)
			add_day(summary, rows + i, n_rows, false);
	}
}

/* Of the last day there may be more than were read. */
static size_t drop_last_day(const struct counted_row *rows, size_t n)
{
	const char *last = rows[n - 1].day;

	while (n > 0 && strcmp(rows[n - 1].day, last) == 0)
		n--;
	return n;
}

static enum err list(struct db *db, const struct stmt *stmt, const struct counted_row *params,
	const struct day_statistics **days_r, size_t *n_r)
{
	struct summary summary = {.arena = db->arena};
	struct counted_row *rows;
	void *found;
	size_t n, n_rows;
	enum err err = stmt_all(db, stmt, params, &found, &n);

	if (err != ERR_NONE)
		return err;
	rows = found;
	if (n == ROWS_MAX)
		n = drop_last_day(rows, n);
	if (n > 0)
		qsort(rows, n, sizeof(*rows), in_order);
	summary.days = arena_array(db->arena, struct day_statistics, 2 * n);
	for (size_t i = 0; i < n; i += n_rows) {
		n_rows = n_of_tenant(rows + i, n - i);
		add_tenant(&summary, rows + i, n_rows);
	}
	*days_r = summary.days;
	*n_r = summary.n_days;
	return ERR_NONE;
}

enum err statistics_list(struct db *db, int32_t n_days, const struct day_statistics **days_r,
	size_t *n_r)
{
	const struct counted_row params = {.n_days = n_days};

	return list(db, &statements[LIST_OF_ALL], &params, days_r, n_r);
}

enum err statistics_list_of_tenant(struct db *db, int32_t tenant_id, int32_t n_days,
	const struct day_statistics **days_r, size_t *n_r)
{
	const struct counted_row params = {.tenant_id = tenant_id, .n_days = n_days};

	return list(db, &statements[LIST_OF_TENANT], &params, days_r, n_r);
}

enum err statistics_list_sums(struct db *db, int32_t n_days, const struct day_statistics **days_r,
	size_t *n_r)
{
	const struct counted_row params = {.n_days = n_days};

	return list(db, &statements[SUMS], &params, days_r, n_r);
}
