#include "active_day.h"
#include "clock.h"
#include "stmt.h"

#define DAY_US (24 * 3600 * CLOCK_SECOND_US)

#define ROW(member, type) COLUMN(struct active_day, member, type)

#define OLD                                                                                     \
	"active_day FORCE INDEX (PRIMARY) WHERE day <= " ACTIVE_DAY_TODAY                       \
	" - INTERVAL " STMT_NUMBER(ACTIVE_DAY_KEPT) " DAY ORDER BY day"

enum { ADD, PURGE };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT IGNORE INTO active_day "
			"(day, tenant_id, app_id, wechat_user_id, account_id, is_new) "
			"VALUES (" ACTIVE_DAY_TODAY ", ?, ?, ?, ?, ?)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(app_id, INT32),
			ROW(wechat_user_id, INT32), ROW(account_id, UUID), ROW(is_new, BOOL)),
	},
	[PURGE] = STMT_PURGE("active_day", "day, tenant_id, app_id, wechat_user_id", OLD,
		"active_day.day = old.day AND active_day.tenant_id = old.tenant_id "
		"AND active_day.app_id = old.app_id "
		"AND active_day.wechat_user_id = old.wechat_user_id"),
};

const struct stmt_table active_day_statements = STMT_TABLE(statements);

enum err active_day_add(struct db *db, const struct active_day *day)
{
	enum err err = stmt_write(db, &statements[ADD], day);

	if (db->error.kind != DB_ERROR_REFUSED)
		return err;
	db_error_report(&db->error);
	db->error = (struct db_error){0};
	return ERR_NONE;
}

static int64_t day_of(int64_t instant_us)
{
	return (instant_us + CLOCK_LOCAL_OFFSET_S * CLOCK_SECOND_US) / DAY_US;
}

bool active_day_is(int64_t date_us, int64_t instant_us)
{
	return date_us / DAY_US == day_of(instant_us);
}

bool active_day_is_same(int64_t a_us, int64_t b_us)
{
	return day_of(a_us) == day_of(b_us);
}

enum err active_day_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
