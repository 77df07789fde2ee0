/*
 * What happened on each day, by tenant and app: logins, refusals by reason, active people and the
 * like. A day is one of UTC+8.
 *
 * Where rows say it, they are counted: active_day.h has one for each person and day. What leaves no
 * row is counted in the memory of the process, and inserted every few seconds as rows of
 * statistics_part, which one process after the other adds to the rows of statistics. So no login
 * writes to a row that another one writes to, on whatever host. A process that is killed loses what
 * it has counted in these seconds.
 */
#ifndef DB_STATISTICS_H
#define DB_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "err.h"

enum statistic {
	STATISTIC_LOGINS,        /* a repetition of the same code is none */
	STATISTIC_REFUSED,       /* logins that were refused */
	STATISTIC_SMS_CODES,     /* codes that the SMS gateway has taken */
	STATISTIC_PHONE_NUMBERS, /* numbers that WeChat's phone button has given */
	STATISTIC_MEMBERS_BOUND, /* users who were bound to a member */
	STATISTIC_ACTIVE_USERS,  /* counted by active_day; of app 0: people of all apps together */
	STATISTIC_NEW_USERS,     /* those of them whose user was stored on that day */
	STATISTIC_N
};

/* As they are stored. */
#define STATISTICS_ACTIVE_USERS "active_users"
#define STATISTICS_NEW_USERS "new_users"
const char *statistics_name(enum statistic name);

/* ---- Counting. */

struct statistics_event {
	int32_t tenant_id, app_id; /* 0: of none */
	enum statistic name;
	enum err err; /* of STATISTIC_REFUSED; else ERR_NONE */
};

#define STATISTICS_KINDS_MAX 64

/* What a process has counted. All zero at first. */
struct statistics_counts {
	struct {
		struct statistics_event event;
		int64_t day; /* since 1970 */
		int64_t n;
	} counts[STATISTICS_KINDS_MAX];
	size_t n_counts;
	int64_t since_us; /* clock_monotonic_us() of the first one */
};

/* Counts an event, in memory. Of more kinds than STATISTICS_KINDS_MAX within a few seconds some are
 * lost, which is logged. */
void statistics_count(struct statistics_counts *counts, const struct statistics_event *event);
/* Inserts what was counted if the first event is some seconds old. Call it once a second. */
void statistics_tick(struct db *db, struct statistics_counts *counts);
/* Inserts it at once. What a database that fails does not take is kept for the next time. */
void statistics_flush(struct db *db, struct statistics_counts *counts);
/* Counts an event as part of the transaction that it belongs to. */
enum err statistics_add(struct db *db, const struct statistics_event *event);

#endif
