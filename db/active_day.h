/*
 * On which days a person was active: has logged in, or renewed a token. A row for each user and
 * day, which statistics.h counts; it is kept for some days. A day is one of UTC+8, by the
 * database's clock.
 *
 * wechat_user.active_on says the last such day, so that only the first login of a day writes a row.
 */
#ifndef DB_ACTIVE_DAY_H
#define DB_ACTIVE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

/* The days for which rows are kept, after which statistics_step() deletes them. */
#define ACTIVE_DAY_KEPT 8

/* SQL: the day of an instant, and that of now. */
#define ACTIVE_DAY_OF(instant) "DATE(" instant " + INTERVAL 8 HOUR)"
#define ACTIVE_DAY_TODAY ACTIVE_DAY_OF("UTC_TIMESTAMP()")

/* Of a user who has an app and an account. */
struct active_day {
	int32_t tenant_id, app_id, wechat_user_id;
	struct uuid account_id;
	bool is_new; /* the user was stored today */
};

/* Notes that the user is active today, by one INSERT, within a transaction that has written or
 * locked the user's row, so that an erasure of the user comes before or finds the row. That the
 * server refuses the statement, for lack of a right or of the table, is logged and fails nobody. */
enum err active_day_add(struct db *db, const struct active_day *day);
/* Whether the day, as it is read of a DATE, is that of the instant. */
bool active_day_is(int64_t date_us, int64_t instant_us);
/* Whether the two instants are of one day. */
bool active_day_is_same(int64_t a_us, int64_t b_us);

/* Deletes at most a thousand rows that are too old; db->n_rows is their number. */
enum err active_day_purge(struct db *db);

#endif
