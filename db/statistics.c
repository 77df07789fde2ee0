#include "active_day.h"
#include "arena.h"
#include "clock.h"
#include "log.h"
#include "statistics.h"
#include "stmt.h"
#include "transaction.h"

#define FLUSH_US (10 * CLOCK_SECOND_US)
#define DAY_US (24 * 3600 * CLOCK_SECOND_US)

struct part_row {
	int32_t tenant_id, app_id;
	const char *day, *name, *error;
	int64_t n;
};

#define ROW(member, type) COLUMN(struct part_row, member, type)
#define ALL_COLUMNS                                                                             \
	ROW(tenant_id, INT32), ROW(day, STR), ROW(app_id, INT32), ROW(name, STR),               \
		ROW(error, STR), ROW(n, INT64)
#define NAMES "tenant_id, day, app_id, name, error, n"

enum { ADD_TODAY, ADD };

static const struct stmt statements[] = {
	[ADD_TODAY] = {
		.text = "INSERT INTO statistics_part (tenant_id, app_id, name, error, n, day) "
			"VALUES (?, ?, ?, ?, 1, " ACTIVE_DAY_TODAY ")",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(app_id, INT32), ROW(name, STR),
			ROW(error, STR)),
	},
	[ADD] = {
		.text = "INSERT INTO statistics_part (" NAMES ") VALUES (?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(ALL_COLUMNS),
	},
};

const struct stmt_table statistics_statements = STMT_TABLE(statements);

const char *statistics_name(enum statistic name)
{
	static const char *const names[] = {
		[STATISTIC_LOGINS] = "logins",
		[STATISTIC_REFUSED] = "refused",
		[STATISTIC_SMS_CODES] = "sms_codes",
		[STATISTIC_PHONE_NUMBERS] = "phone_numbers",
		[STATISTIC_MEMBERS_BOUND] = "members_bound",
		[STATISTIC_ACTIVE_USERS] = STATISTICS_ACTIVE_USERS,
		[STATISTIC_NEW_USERS] = STATISTICS_NEW_USERS,
	};

	return names[name];
}

/* ---- Counting. */

static bool event_is_same(const struct statistics_event *a, const struct statistics_event *b)
{
	return a->tenant_id == b->tenant_id && a->app_id == b->app_id && a->name == b->name &&
		a->err == b->err;
}

static int64_t local_day_now(void)
{
	return (clock_now_us() + CLOCK_LOCAL_OFFSET_S * CLOCK_SECOND_US) / DAY_US;
}

void statistics_count(struct statistics_counts *counts, const struct statistics_event *event)
{
	const int64_t day = local_day_now();
	size_t i = 0;

	while (i < counts->n_counts && (counts->counts[i].day != day ||
		!event_is_same(&counts->counts[i].event, event)))
		i++;
	if (i == STATISTICS_KINDS_MAX) {
		log_warning("statistics: an event is not counted, there are too many kinds");
		return;
	}
	if (i == counts->n_counts) {
		if (i == 0)
			counts->since_us = clock_monotonic_us();
		counts->counts[i].event = *event;
		counts->counts[i].day = day;
		counts->counts[i].n = 0;
		counts->n_counts++;
	}
	counts->counts[i].n++;
}

static struct part_row part_of(const struct statistics_event *event)
{
	return (struct part_row){
		.tenant_id = event->tenant_id,
		.app_id = event->app_id,
		.name = statistics_name(event->name),
		.error = event->err == ERR_NONE ? "" : err_name(event->err),
	};
}

static const char *day_text(struct db *db, int64_t day)
{
	char *text = arena_alloc(db->arena, CLOCK_DAY_SIZE + 1);
	struct civil civil;

	clock_to_civil(day * DAY_US, 0, &civil);
	*clock_put_day(text, &civil) = '\0';
	return text;
}

static enum err flush_in_transaction(struct db *db, void *ctx)
{
	const struct statistics_counts *counts = ctx;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < counts->n_counts && err == ERR_NONE; i++) {
		struct part_row row = part_of(&counts->counts[i].event);

		row.day = day_text(db, counts->counts[i].day);
		row.n = counts->counts[i].n;
		err = stmt_write(db, &statements[ADD], &row);
	}
	return err;
}

void statistics_flush(struct db *db, struct statistics_counts *counts)
{
	if (counts->n_counts == 0)
		return;
	if (transaction_run(db, flush_in_transaction, counts) == ERR_NONE)
		counts->n_counts = 0;
	else
		counts->since_us = clock_monotonic_us();
	db_end_request(db);
}

void statistics_tick(struct db *db, struct statistics_counts *counts)
{
	if (counts->n_counts > 0 && clock_monotonic_us() - counts->since_us >= FLUSH_US)
		statistics_flush(db, counts);
}

enum err statistics_add(struct db *db, const struct statistics_event *event)
{
	const struct part_row row = part_of(event);

	return stmt_write(db, &statements[ADD_TODAY], &row);
}
