#include "unit.h"

#include <string.h>

#include "captured_log.h"
#include "clock.h"
#include "conf.h"
#include "mariadb.h"
#include "migrate.h"
#include "migration_lock.h"

#define LOCK_WAS_RENEWED_LONG_AGO (clock_monotonic_us() - 11 * CLOCK_SECOND_US)

static struct migration_lock lock;
static int n_waits;

static int begin(void **state)
{
	(void)state;
	lock = (struct migration_lock){.db = test_db};
	n_waits = 0;
	sql("DELETE FROM migration_lock");
	return 0;
}

static int64_t n_held(void)
{
	return sql_number("SELECT COUNT(*) FROM migration_lock WHERE holder <> '' "
			  "AND expires_at > UTC_TIMESTAMP(6) + INTERVAL 50 SECOND");
}

static void fail_to_wait(void *ctx, const struct migration_holder *holder)
{
	(void)ctx;
	fail_msg("it waits for %s", holder->name);
}

static void test_a_lock_is_taken_and_released(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(migration_lock_take(&lock, fail_to_wait, NULL), ERR_NONE);
		assert_int_equal(n_held(), 1);
		assert_string_equal(
			sql_text("SELECT holder FROM migration_lock"), lock.holder);
		migration_lock_release(&lock);
		assert_int_equal(n_held(), 0);
	}
}

static void end_other(void *ctx, const struct migration_holder *holder)
{
	const char *how = ctx;

	n_waits++;
	assert_string_equal(holder->name, "other pid 7");
	assert_int_equal(holder->since_us,
		clock_from_civil(&(struct civil){2026, 11, 29, 10, 39, 18, 0}, 0));
	sql("UPDATE migration_lock SET %s", how);
}

static void hold_for_other(const char *expires)
{
	sql("INSERT INTO migration_lock VALUES (1, 'other pid 7', '2026-11-29 10:39:18', %s)",
		expires);
}

static void test_another_ends_or_dies(void **state)
{
	static const char *const ends[] = {
		"holder = '', expires_at = UTC_TIMESTAMP(6)",
		"expires_at = UTC_TIMESTAMP(6)", /* the lease has run out */
	};

	for (size_t i = 0; i < N_OF(ends); i++) {
		begin(state);
		hold_for_other("UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE");
		assert_int_equal(
			migration_lock_take(&lock, end_other, (void *)ends[i]), ERR_NONE);
		assert_int_equal(n_waits, 1);
		assert_int_equal(n_held(), 1);
		migration_lock_release(&lock);
	}
}

static void test_a_stale_lock_is_not_waited_for(void **state)
{
	static const char *const stale[] = {
		"expires_at = UTC_TIMESTAMP(6)",
		/* It was released by a clock that was ahead. */
		"holder = ''",
		/* Since it was taken, the clock has been set back. */
		"expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 DAY",
	};

	for (size_t i = 0; i < N_OF(stale); i++) {
		begin(state);
		hold_for_other("UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE");
		sql("UPDATE migration_lock SET %s", stale[i]);
		assert_int_equal(migration_lock_take(&lock, fail_to_wait, NULL), ERR_NONE);
		assert_int_equal(n_held(), 1);
		migration_lock_release(&lock);
	}
}

static void test_a_lease_is_renewed_when_it_is_time(void **state)
{
	(void)state;
	migration_lock_take(&lock, fail_to_wait, NULL);
	sql("UPDATE migration_lock SET expires_at = UTC_TIMESTAMP(6)");
	assert_int_equal(migration_lock_renew(&lock), ERR_NONE);
	assert_int_equal(n_held(), 0);
	lock.renewed_us = LOCK_WAS_RENEWED_LONG_AGO;
	assert_int_equal(migration_lock_renew(&lock), ERR_NONE);
	assert_int_equal(n_held(), 1);
	migration_lock_release(&lock);
}

static void test_a_lock_that_another_has_is_lost(void **state)
{
	(void)state;
	migration_lock_take(&lock, fail_to_wait, NULL);
	sql("UPDATE migration_lock SET holder = 'other pid 7'");
	lock.renewed_us = LOCK_WAS_RENEWED_LONG_AGO;
	captured_log_begin();
	assert_int_equal(migration_lock_renew(&lock), ERR_BUSY);
	assert_non_null(strstr(captured_log_end(), "another process has taken over"));
	migration_lock_release(&lock);
	assert_int_equal(n_held(), 1);
}

/* ---- A migration. */

static void test_a_migration_waits_and_leaves_the_lock(void **state)
{
	const struct migrate_report report = {
		.wait = end_other, .ctx = (void *)"expires_at = UTC_TIMESTAMP(6)",
	};

	(void)state;
	sql("DELETE FROM schema_version WHERE version = (SELECT version FROM "
	    "(SELECT MAX(version) AS version FROM schema_version) last)");
	hold_for_other("UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE");
	assert_int_equal(migrate(test_db, &report), ERR_NONE);
	assert_int_equal(n_waits, 1);
	assert_int_equal(n_held(), 0);
	assert_string_equal(sql_text("SELECT holder FROM migration_lock"), "");
}

static void test_nothing_to_migrate_needs_no_lock(void **state)
{
	const struct migrate_report report = {.wait = fail_to_wait};

	(void)state;
	hold_for_other("UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE");
	assert_int_equal(migrate(test_db, &report), ERR_NONE);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_lock_is_taken_and_released),
		TEST(test_another_ends_or_dies),
		TEST(test_a_stale_lock_is_not_waited_for),
		TEST(test_a_lease_is_renewed_when_it_is_time),
		TEST(test_a_lock_that_another_has_is_lost),
		TEST(test_a_migration_waits_and_leaves_the_lock),
		TEST(test_nothing_to_migrate_needs_no_lock),
	};

	return cmocka_run_group_tests(tests, mariadb_open, mariadb_close);
}
