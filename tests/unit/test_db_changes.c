#include "unit.h"

#include <stdbool.h>

#include "account_close.h"
#include "arena.h"
#include "clock.h"
#include "conn.h"
#include "erasure.h"
#include "logins.h"
#include "mariadb.h"
#include "setting.h"
#include "transaction.h"
#include "user_changes.h"
#include "user_row.h"

/* A user with the account, and what comes of it. */
static struct account account;
static struct account_ref ref;
static char openid[32];
static const char *cursor;
static struct arena *cursors;

/* As if all that has changed had changed as long ago as a page ends. */
static void age(void)
{
	sql("UPDATE wechat_user SET changed_at = changed_at - INTERVAL 10 SECOND "
	    "WHERE changed_at > UTC_TIMESTAMP(6) - INTERVAL 10 SECOND; "
	    "UPDATE gone_user SET changed_at = changed_at - INTERVAL 10 SECOND "
	    "WHERE changed_at > UTC_TIMESTAMP(6) - INTERVAL 10 SECOND");
}

static struct user_changes next_page(void)
{
	struct user_changes page;

	age();
	assert_int_equal(user_changes_page(test_db, tenant, cursor, &page), ERR_NONE);
	cursor = arena_strdup(cursors, page.cursor);
	return page;
}

static int set_up(void **state)
{
	logins_open(state);
	cursors = arena_new(1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(cursors);
	return mariadb_close(state);
}

static int begin(void **state)
{
	static int n;

	(void)state;
	snprintf(openid, sizeof(openid), "oChanged%d", n++);
	account = log_in(&mini, openid, NULL);
	ref = (struct account_ref){.tenant_id = tenant};
	assert_true(uuid_parse(account.id, &ref.id));
	cursor = NULL;
	next_page();
	return 0;
}

static void comes_alone_as(enum user_state state)
{
	const struct user_changes page = next_page();

	assert_int_equal(page.n_changes, 1);
	assert_int_equal(page.changes[0].wechat_user_id, account.wechat_user_id);
	assert_int_equal(page.changes[0].state, state);
	assert_int_equal(
		uuid_is_equal(page.changes[0].account_id, ref.id), state != USER_PRESENT);
	assert_false(page.has_more);
	assert_int_equal(next_page().n_changes, 0);
}

/* ---- An account that is closed. */

static void close_account(void)
{
	const struct principal person = {
		.tenant_id = tenant, .kind = PRINCIPAL_ACCESS_TOKEN, .name = "test",
		.wechat_user_id = account.wechat_user_id, .account_id = ref.id,
	};
	struct closing closing;

	assert_int_equal(setting_set(test_db, tenant, "erasure_days", "15"), ERR_NONE);
	assert_int_equal(account_close(test_db, &person, &closing), ERR_NONE);
}

static void test_a_closed_account_comes_again_when_it_is_opened(void **state)
{
	(void)state;
	close_account();
	comes_alone_as(USER_CLOSED);
	assert_int_equal(account_reopen(test_db, &ref, "test"), ERR_NONE);
	comes_alone_as(USER_PRESENT);
}

static void test_a_closed_account_is_erased(void **state)
{
	struct due_place start = {0};
	int64_t n_erased;
	bool is_over;

	(void)state;
	close_account();
	comes_alone_as(USER_CLOSED);
	sql("UPDATE account SET erases_at = UTC_TIMESTAMP(6) WHERE erases_at IS NOT NULL");
	assert_int_equal(account_erase_due(test_db, &start, &n_erased, &is_over), ERR_NONE);
	comes_alone_as(USER_ERASED);
}

/* After yesterday's backup was restored, which has the user, and not that it was erased. */
static void test_an_erasure_that_is_replayed(void **state)
{
	const struct erasure erasure = {
		.tenant_id = tenant, .app_id = mini.id, .appid = mini.appid,
		.openid = openid, .actor = "test", .is_replay = true,
	};
	struct erased erased;

	(void)state;
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	comes_alone_as(USER_ERASED);
}

/* ---- Cursors. */

static void pass_days(int n_days)
{
	char text[64];

	snprintf(text, sizeof(text), "SET timestamp = UNIX_TIMESTAMP() + %d * 86400", n_days);
	assert_int_equal(conn_query(test_db, text), 0);
}

static void read_as(enum err err)
{
	struct user_changes page;

	assert_int_equal(user_changes_page(test_db, tenant, cursor, &page), err);
}

static void test_a_cursor_counts_for_thirty_days(void **state)
{
	(void)state;
	pass_days(29);
	read_as(ERR_NONE);
	pass_days(2);
	read_as(ERR_CURSOR_TOO_OLD);
	assert_int_equal(conn_query(test_db, "SET timestamp = DEFAULT"), 0);
	read_as(ERR_NONE);
}

/* Users who have not changed for years are read first. */
static void test_a_first_reading_has_thirty_days(void **state)
{
	(void)state;
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at, changed_at) "
	    "SELECT %d, UNHEX(MD5(seq)), CONCAT('oOld', seq), UTC_TIMESTAMP(6), '2020-01-01' "
	    "FROM seq_1_to_1001",
		tenant);
	cursor = NULL;
	assert_true(next_page().has_more);
	pass_days(29);
	read_as(ERR_NONE);
	pass_days(2);
	read_as(ERR_CURSOR_TOO_OLD);
	assert_int_equal(conn_query(test_db, "SET timestamp = DEFAULT"), 0);
}

static void test_a_foreign_cursor(void **state)
{
	struct user_changes page;

	(void)state;
	assert_int_equal(
		user_changes_page(test_db, tenant + 1, cursor, &page), ERR_PARAMETER);
	cursor = "AAAA";
	read_as(ERR_PARAMETER);
}

static int64_t n_rows_read(void)
{
	return sql_number("SELECT SUM(variable_value) FROM information_schema.global_status "
			  "WHERE variable_name IN ('Handler_read_key', 'Handler_read_next')");
}

/* Of many users of one moment a page reads no more than it has, and no row that it passes over. */
static void test_a_page_reads_its_rows_alone(void **state)
{
	int64_t n_read;

	(void)state;
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at, changed_at) "
	    "SELECT %d, UNHEX(MD5(-seq)), CONCAT('oSame', seq), UTC_TIMESTAMP(6), '2021-01-01' "
	    "FROM seq_1_to_9000",
		tenant);
	cursor = NULL;
	for (int i = 0; i < 5; i++)
		assert_true(next_page().has_more);
	n_read = -n_rows_read();
	read_as(ERR_NONE);
	n_read += n_rows_read();
	assert_in_range(n_read, USER_CHANGES_PAGE, 3 * USER_CHANGES_PAGE);
	sql("DELETE FROM wechat_user WHERE changed_at < '2022-01-01'");
}

/* ---- Transactions. */

struct slow {
	int64_t us;
	int32_t ahead_s;
};

static enum err change_slowly(struct db *db, void *ctx)
{
	const struct slow *slow = ctx;
	enum err err = user_row_date_account(db, ref.tenant_id, ref.id);

	db->dated_us -= slow->us;
	return err;
}

static enum err run_slow(struct slow slow)
{
	enum err err;

	test_db->ahead_s = slow.ahead_s;
	err = transaction_run(test_db, change_slowly, &slow);
	test_db->ahead_s = 0;
	return err;
}

static void test_a_change_that_would_come_too_late_is_undone(void **state)
{
	(void)state;
	assert_int_equal(run_slow((struct slow){.us = 6 * CLOCK_SECOND_US}), ERR_BUSY);
	assert_int_equal(next_page().n_changes, 0);
	assert_int_equal(run_slow((struct slow){.us = 4 * CLOCK_SECOND_US}), ERR_NONE);
	comes_alone_as(USER_PRESENT);
	assert_int_equal(run_slow((struct slow){6 * CLOCK_SECOND_US, 2}), ERR_NONE);
}

/* ---- The job. */

static void test_old_ones_are_forgotten(void **state)
{
	(void)state;
	sql("DELETE FROM gone_user");
	sql("INSERT INTO gone_user (tenant_id, user_id, changed_at) VALUES "
	    "(%d, 1, UTC_TIMESTAMP(6) - INTERVAL 32 DAY), "
	    "(%d, 2, UTC_TIMESTAMP(6) - INTERVAL 30 DAY)",
		tenant, tenant);
	assert_int_equal(purged(user_changes_purge), 1);
	assert_int_equal(sql_number("SELECT user_id FROM gone_user"), 2);
}

#define CHANGES_TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANGES_TEST(test_a_closed_account_comes_again_when_it_is_opened),
		CHANGES_TEST(test_a_closed_account_is_erased),
		CHANGES_TEST(test_an_erasure_that_is_replayed),
		CHANGES_TEST(test_a_cursor_counts_for_thirty_days),
		CHANGES_TEST(test_a_first_reading_has_thirty_days),
		CHANGES_TEST(test_a_foreign_cursor),
		CHANGES_TEST(test_a_page_reads_its_rows_alone),
		CHANGES_TEST(test_a_change_that_would_come_too_late_is_undone),
		CHANGES_TEST(test_old_ones_are_forgotten),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
