#include <limits.h>
#include <stdbool.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "conn.h"
#include "log.h"
#include "migration_lock.h"
#include "stmt.h"

#define LEASE "INTERVAL 1 MINUTE"
/* A lease of more than that is of a clock that has been set back since. */
#define LEASE_MAX "INTERVAL 5 MINUTE"
#define IS_HELD                                                                                 \
	"holder <> '' AND expires_at BETWEEN UTC_TIMESTAMP(6) AND UTC_TIMESTAMP(6) + " LEASE_MAX
#define RENEW_US (10 * CLOCK_SECOND_US)
#define LOOK_US (CLOCK_SECOND_US / 5)
/* A longer one is cut, to fit into the column. */
#define HOST_MAX 64

struct lock_row {
	int32_t id;
	struct migration_holder holder;
};

#define ROW(member, type) COLUMN(struct lock_row, member, type)

enum { ADD, TAKE, READ, RENEW, RELEASE };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT IGNORE INTO " MIGRATION_LOCK_TABLE
			" (id, holder, begun_at, expires_at) "
			"VALUES (?, '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(id, INT32)),
	},
	[TAKE] = {
		.text = "UPDATE " MIGRATION_LOCK_TABLE " SET holder = ?, "
			"begun_at = UTC_TIMESTAMP(6), expires_at = UTC_TIMESTAMP(6) + " LEASE " "
			"WHERE id = ? AND NOT (" IS_HELD ")",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(holder.name, STR), ROW(id, INT32)),
	},
	[READ] = {
		.text = "SELECT holder, begun_at FROM " MIGRATION_LOCK_TABLE
			" WHERE id = ? AND " IS_HELD,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(id, INT32)),
		.columns = COLUMNS(ROW(holder.name, STR), ROW(holder.since_us, TIME)),
	},
	/* As long as nobody else has taken it, an expired lease is still the holder's. */
	[RENEW] = {
		.text = "UPDATE " MIGRATION_LOCK_TABLE
			" SET expires_at = UTC_TIMESTAMP(6) + " LEASE
			" WHERE id = ? AND holder = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(id, INT32), ROW(holder.name, STR)),
	},
	[RELEASE] = {
		.text = "UPDATE " MIGRATION_LOCK_TABLE
			" SET holder = '', expires_at = UTC_TIMESTAMP(6) "
			"WHERE id = ? AND holder = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(id, INT32), ROW(holder.name, STR)),
	},
};

const struct stmt_table migration_lock_statements = STMT_TABLE(statements);

static struct lock_row lock_row_of(const struct migration_lock *lock)
{
	return (struct lock_row){.id = lock->purpose + 1, .holder.name = lock->holder};
}

static enum err lock_try(struct migration_lock *lock)
{
	const struct lock_row row = lock_row_of(lock);

	lock->renewed_us = clock_monotonic_us();
	return stmt_change(lock->db, &statements[TAKE], &row, ERR_ABSENT);
}

enum err migration_lock_take(struct migration_lock *lock,
	void (*wait)(void *ctx, const struct migration_holder *holder), void *ctx)
{
	char host[HOST_NAME_MAX + 1] = "";
	struct lock_row other = lock_row_of(lock);
	bool has_waited = false;
	enum err err = stmt_write(lock->db, &statements[ADD], &other);

	gethostname(host, sizeof(host) - 1);
	lock->holder = arena_printf(
		lock->db->arena, "%.*s pid %d", HOST_MAX, host, (int)getpid());
	while (err == ERR_NONE && (err = lock_try(lock)) == ERR_ABSENT) {
		err = stmt_need(lock->db, &statements[READ], &other, &other, ERR_ABSENT);
		if (err == ERR_NONE && !has_waited && wait != NULL)
			wait(ctx, &other.holder);
		has_waited |= err == ERR_NONE;
		if (err == ERR_ABSENT)
			err = ERR_NONE;
		clock_sleep_us(LOOK_US);
	}
	return err;
}

enum err migration_lock_renew(struct migration_lock *lock)
{
	const struct lock_row row = lock_row_of(lock);
	enum err err;

	if (clock_monotonic_us() - lock->renewed_us < RENEW_US)
		return ERR_NONE;
	lock->renewed_us = clock_monotonic_us();
	err = stmt_change(lock->db, &statements[RENEW], &row, ERR_ABSENT);
	if (err != ERR_ABSENT)
		return err;
	log_error("another process has taken over the %s",
		lock->purpose == MIGRATION_LOCK_KEYS ? "rotation of keys" : "migration");
	return ERR_BUSY;
}

void migration_lock_release(struct migration_lock *lock)
{
	const struct lock_row row = lock_row_of(lock);

	stmt_write(lock->db, &statements[RELEASE], &row);
}
