#include "unit.h"

#include "active_day.h"
#include "authorization.h"
#include "clock.h"
#include "job.h"
#include "logins.h"
#include "mariadb.h"
#include "setting.h"
#include "statistics_rows.h"
#include "token_renewal.h"

#define N_RACERS 8
#define LOCAL_US (CLOCK_LOCAL_OFFSET_S * CLOCK_SECOND_US)

static int32_t other_tenant;
static struct app other;

static int set_up(void **state)
{
	logins_open(state);
	other_tenant = add_tenant("other");
	other = add_app(other_tenant, "wx-other", APP_MINI, "");
	return 0;
}

static int begin(void **state)
{
	(void)state;
	sql("DELETE FROM statistics; DELETE FROM statistics_part; DELETE FROM active_day; "
	    "UPDATE wechat_user SET active_on = NULL; "
	    "DELETE FROM setting WHERE name = 'statistics_days'");
	return 0;
}

static void expect_done(void *ctx, const struct job_state *state, enum job_outcome outcome)
{
	(void)ctx;
	(void)state;
	assert_int_equal(outcome, JOB_DONE);
}

static void run_job(void)
{
	assert_int_equal(job_run(test_db, "statistics", expect_done, NULL), ERR_NONE);
}

static struct statistics_event event_of(const struct app *app, enum statistic name)
{
	return (struct statistics_event){
		.tenant_id = app->tenant_id, .app_id = app->id, .name = name,
	};
}

static void count(struct statistics_counts *counts, const struct app *app, enum statistic name)
{
	const struct statistics_event event = event_of(app, name);

	statistics_count(counts, &event);
}

static void count_refusal(struct statistics_counts *counts, const struct app *app, enum err err)
{
	struct statistics_event event = event_of(app, STATISTIC_REFUSED);

	event.err = err;
	statistics_count(counts, &event);
}

/* Of the last days of the tenant; 0: of all. */
static size_t list(int32_t tenant_id, int32_t n_days, const struct day_statistics **days_r)
{
	size_t n;

	assert_int_equal(tenant_id == 0
			? statistics_list(test_db, n_days, days_r, &n)
			: statistics_list_of_tenant(test_db, tenant_id, n_days, days_r, &n),
		ERR_NONE);
	return n;
}

/* Today's number of an app, or with NULL of the whole tenant. */
static int32_t today(const struct app *app, enum statistic name)
{
	const struct day_statistics *days;
	const size_t n = list(tenant, 1, &days);

	for (size_t i = 0; i < n; i++)
		if (days[i].app_id == (app == NULL ? 0 : app->id))
			return days[i].n[name];
	return 0;
}

static int64_t n_rows(const char *table)
{
	return sql_number("SELECT COUNT(*) FROM %s", table);
}

/* ---- What leaves no row. */

static void equal_events_are_one_row_of_each_flush(void **state)
{
	struct statistics_counts counts = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		count(&counts, &mini, STATISTIC_LOGINS);
	count(&counts, &official, STATISTIC_LOGINS);
	count(&counts, &mini, STATISTIC_SMS_CODES);
	count_refusal(&counts, &mini, ERR_CODE_USED);
	count_refusal(&counts, &mini, ERR_RATE);
	statistics_tick(test_db, &counts);
	assert_int_equal(n_rows("statistics_part"), 0);
	statistics_flush(test_db, &counts);
	assert_int_equal(n_rows("statistics_part"), 5);
	assert_int_equal(counts.n_counts, 0);
	statistics_flush(test_db, &counts);
	assert_int_equal(n_rows("statistics_part"), 5);
	assert_int_equal(today(&mini, STATISTIC_LOGINS), 3);
	assert_int_equal(today(&official, STATISTIC_LOGINS), 1);
	assert_int_equal(today(NULL, STATISTIC_LOGINS), 4);
	assert_int_equal(today(NULL, STATISTIC_REFUSED), 2);
}

static void a_tick_inserts_what_is_old_enough(void **state)
{
	struct statistics_counts counts = {0};

	(void)state;
	count(&counts, &mini, STATISTIC_LOGINS);
	counts.since_us -= INT64_C(11000000);
	statistics_tick(test_db, &counts);
	assert_int_equal(n_rows("statistics_part"), 1);
}

static void what_the_database_refuses_is_kept(void **state)
{
	struct statistics_counts counts = {0};

	(void)state;
	count(&counts, &mini, STATISTIC_LOGINS);
	sql("RENAME TABLE statistics_part TO gone");
	statistics_flush(test_db, &counts);
	sql("RENAME TABLE gone TO statistics_part");
	assert_int_equal(counts.n_counts, 1);
	statistics_flush(test_db, &counts);
	assert_int_equal(today(&mini, STATISTIC_LOGINS), 1);
}

static void too_many_kinds_lose_the_last(void **state)
{
	struct statistics_counts counts = {0};
	struct app apps = mini;

	(void)state;
	for (int i = 0; i < STATISTICS_KINDS_MAX + 5; i++) {
		apps.id = i + 1;
		count(&counts, &apps, STATISTIC_LOGINS);
	}
	apps.id = 1;
	count(&counts, &apps, STATISTIC_LOGINS);
	assert_int_equal(counts.n_counts, STATISTICS_KINDS_MAX);
	assert_int_equal(counts.counts[0].n, 2);
}

static void the_job_moves_parts_and_changes_no_sum(void **state)
{
	struct statistics_counts counts = {0};

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 150; i++) {
			count(&counts, i % 2 ? &mini : &official, STATISTIC_LOGINS);
			statistics_flush(test_db, &counts);
		}
		run_job();
		assert_int_equal(n_rows("statistics_part"), 0);
		assert_int_equal(n_rows("statistics"), 2);
		assert_int_equal(today(NULL, STATISTIC_LOGINS), 150 * (round + 1));
	}
	run_job();
	assert_int_equal(today(NULL, STATISTIC_LOGINS), 450);
}

static int merge_some(int index)
{
	int64_t n_merged;
	bool is_over;
	enum err err;

	(void)index;
	do {
		err = statistics_step(test_db, &n_merged, &is_over);
	} while (err == ERR_NONE && !is_over);
	return err == ERR_NONE ? 0 : 1;
}

/* The lease lets one do it; if it was lost, two do. */
static void of_many_at_once_each_part_is_added_once(void **state)
{
	(void)state;
	sql("INSERT INTO statistics_part (tenant_id, day, app_id, name, error, n) "
	    "SELECT %d, " ACTIVE_DAY_TODAY ", %d, 'logins', '', 1 FROM seq_1_to_1000", tenant,
		mini.id);
	assert_in_range(mariadb_race(N_RACERS, merge_some), 1, N_RACERS);
	run_job();
	assert_int_equal(today(&mini, STATISTIC_LOGINS), 1000);
	assert_int_equal(n_rows("statistics_part"), 0);
}

/* A process that was cut off flushes after its day was counted. */
static void a_late_part_is_of_its_own_day(void **state)
{
	const struct day_statistics *days;

	(void)state;
	for (int i = 0; i < 2; i++) {
		sql("INSERT INTO statistics_part (tenant_id, day, app_id, name, error, n) VALUES "
		    "(%d, " ACTIVE_DAY_TODAY " - INTERVAL 5 DAY, %d, 'logins', '', 7)", tenant,
			mini.id);
		run_job();
	}
	assert_int_equal(list(tenant, 5, &days), 0);
	assert_int_equal(list(tenant, 6, &days), 2);
	assert_int_equal(days[1].n[STATISTIC_LOGINS], 14);
}

/* ---- Who is active. */

static void the_first_login_of_a_day_writes_a_row(void **state)
{
	(void)state;
	log_in(&mini, "oActive", NULL);
	assert_int_equal(n_rows("active_day"), 1);
	assert_int_equal(today(&mini, STATISTIC_ACTIVE_USERS), 1);
	assert_int_equal(today(&mini, STATISTIC_NEW_USERS), 1);

	/* Another one does not even try to. */
	sql("DELETE FROM active_day");
	log_in(&mini, "oActive", NULL);
	log_in(&mini, "oActive", "uActive");
	assert_int_equal(n_rows("active_day"), 0);
}

static void nobody_is_refused_since_a_day_is_not_noted(void **state)
{
	const struct authorization authorization = {
		.app = &mini, .openid = "oUnnoted", .is_trusted = true,
	};
	struct account account;
	struct access_token token;

	(void)state;
	sql("RENAME TABLE active_day TO gone");
	log_in(&mini, "oUnnoted", NULL);
	sql("UPDATE wechat_user SET active_on = active_on - INTERVAL 1 DAY");
	log_in(&mini, "oUnnoted", NULL);
	sql("UPDATE wechat_user SET active_on = active_on - INTERVAL 1 DAY");
	assert_int_equal(
		authorization_store(test_db, &authorization, &account, &token), ERR_NONE);
	sql("RENAME TABLE gone TO active_day");
	assert_int_equal(n_rows("active_day"), 0);
}

static void on_another_day_there_is_another_row(void **state)
{
	const struct day_statistics *days;

	(void)state;
	log_in(&mini, "oDaily", NULL);
	sql("UPDATE active_day SET day = day - INTERVAL 1 DAY; UPDATE wechat_user SET active_on = "
	    "active_on - INTERVAL 1 DAY, created_at = created_at - INTERVAL 1 DAY");
	log_in(&mini, "oDaily", NULL);
	log_in(&mini, "oDaily", NULL);
	assert_int_equal(n_rows("active_day"), 2);
	assert_int_equal(today(&mini, STATISTIC_ACTIVE_USERS), 1);
	assert_int_equal(today(&mini, STATISTIC_NEW_USERS), 0);
	assert_int_equal(list(tenant, 2, &days), 4);
	assert_int_equal(days[3].n[STATISTIC_NEW_USERS], 1);
}

/* As one whom an import has stored, and who comes on that day or a later one. */
static void who_was_stored_today_is_new(void **state)
{
	const char *const unionids[] = {NULL, "uStored"};

	(void)state;
	for (size_t i = 0; i < N_OF(unionids); i++) {
		log_in(&mini, "oStored", unionids[i]);
		sql("DELETE FROM active_day; UPDATE wechat_user SET active_on = NULL, "
		    "created_at = UTC_TIMESTAMP(6)");
		log_in(&mini, "oStored", unionids[i]);
		assert_int_equal(today(&mini, STATISTIC_ACTIVE_USERS), 1);
		assert_int_equal(today(&mini, STATISTIC_NEW_USERS), 1);
		sql("DELETE FROM active_day; UPDATE wechat_user SET active_on = NULL, "
		    "created_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY");
		log_in(&mini, "oStored", unionids[i]);
		assert_int_equal(today(&mini, STATISTIC_ACTIVE_USERS), 1);
		assert_int_equal(today(&mini, STATISTIC_NEW_USERS), 0);
	}
}

static void a_person_of_two_apps_is_one_of_the_tenant(void **state)
{
	(void)state;
	log_in(&mini, "oBoth1", "uBoth");
	log_in(&official, "oBoth2", "uBoth");
	log_in(&mini, "oAlone", NULL);
	assert_int_equal(today(&mini, STATISTIC_ACTIVE_USERS), 2);
	assert_int_equal(today(&official, STATISTIC_ACTIVE_USERS), 1);
	assert_int_equal(today(NULL, STATISTIC_ACTIVE_USERS), 2);
}

static void tenants_are_kept_apart(void **state)
{
	const struct day_statistics *days;

	(void)state;
	log_in(&mini, "oMine", NULL);
	log_in(&other, "oTheirs", NULL);
	assert_int_equal(list(tenant, 1, &days), 2);
	assert_int_equal(days[0].tenant_id, tenant);
	assert_string_equal(days[1].appid, mini.appid);
	assert_int_equal(list(other_tenant, 1, &days), 2);
	assert_string_equal(days[1].appid, other.appid);
	assert_int_equal(list(0, 1, &days), 4);
}

static void a_sum_is_what_the_whole_tenant_has(void **state)
{
	const struct day_statistics *sums, *days;
	size_t n_sums, n_wholes = 0, n;

	(void)state;
	log_in(&mini, "oBoth1", "uBoth");
	log_in(&official, "oBoth2", "uBoth");
	log_in(&other, "oTheirs", NULL);
	sql("INSERT INTO statistics (tenant_id, day, app_id, name, error, n) VALUES "
	    "(%d, '2026-01-01', %d, 'refused', 'CODE_INVALID', 2), "
	    "(%d, '2026-01-01', %d, 'refused', 'CODE_INVALID', 3)",
		tenant, mini.id, tenant, official.id);
	assert_int_equal(
		statistics_list_sums(test_db, 9999, &sums, &n_sums), ERR_NONE);
	n = list(0, 9999, &days);
	for (size_t i = 0; i < n; i++) {
		if (days[i].app_id != 0)
			continue;
		assert_in_range(n_wholes, 0, n_sums - 1);
		assert_string_equal(sums[n_wholes].day, days[i].day);
		assert_int_equal(sums[n_wholes].tenant_id, days[i].tenant_id);
		assert_int_equal(sums[n_wholes].app_id, 0);
		assert_memory_equal(sums[n_wholes].n, days[i].n, sizeof(days[i].n));
		assert_int_equal(sums[n_wholes].n_refusals, days[i].n_refusals);
		n_wholes++;
	}
	assert_int_equal(n_wholes, n_sums);
	assert_int_equal(n_sums, 3);
	assert_int_equal(sums[2].refusals[0].n, 5);
	sql("DELETE FROM statistics WHERE day = '2026-01-01'");
}

/* A rolled-up day is as dear as a tenant's rows of it, however many others there are. */
static void a_tenant_reads_its_own_rows(void **state)
{
	const struct day_statistics *days;
	int64_t before;

	(void)state;
	log_in(&mini, "oMine", NULL);
	log_in(&other, "oTheirs", NULL);
	sql("INSERT INTO statistics (tenant_id, day, app_id, name, error, n) "
	    "SELECT %d, CURDATE() - INTERVAL 1 + seq DIV 1000 DAY, seq MOD 1000, 'logins', '', 1 "
	    "FROM seq_1_to_5000", other_tenant);
	sql("INSERT INTO active_day (day, tenant_id, app_id, wechat_user_id, account_id, is_new) "
	    "SELECT day, tenant_id, app_id, wechat_user_id + seq, account_id, 0 "
	    "FROM active_day, seq_1_to_5000 WHERE tenant_id = %d", other_tenant);
	sql("ANALYZE TABLE statistics, active_day");
	before = mariadb_rows_read();
	assert_int_equal(list(tenant, 7, &days), 2);
	assert_in_range(mariadb_rows_read() - before, 0, 200);
	sql("DELETE FROM statistics");
}

/* Without a code, as a tenant's server does. */
static void an_authorization_is_as_a_login(void **state)
{
	const struct authorization authorization = {
		.app = &mini, .openid = "oAuthorized", .is_trusted = true,
	};
	struct account account;
	struct access_token token;

	(void)state;
	for (int i = 0; i < 3; i++) {
		/* The user is new; then known, and active; then active for the first time today. */
		sql("DELETE FROM active_day");
		if (i == 2)
			sql("UPDATE wechat_user SET active_on = active_on - INTERVAL 1 DAY");
		assert_int_equal(authorization_store(test_db, &authorization, &account, &token),
			ERR_NONE);
		assert_int_equal(n_rows("active_day"), i != 1);
	}
	sql("DELETE FROM active_day");
	assert_int_equal(
		authorization_store(test_db, &authorization, &account, &token), ERR_NONE);
	assert_int_equal(n_rows("active_day"), 0);
}

static void a_renewal_on_another_day_counts(void **state)
{
	const struct account account = log_in(&mini, "oRenews", NULL);
	struct access_token token, next;
	struct principal principal = {0};

	(void)state;
	assert_int_equal(
		token_issue(test_db, tenant, account.wechat_user_id, &token), ERR_NONE);
	sql("DELETE FROM active_day");
	assert_int_equal(token_renew(test_db, token.text, &next, &principal), ERR_NONE);
	assert_int_equal(n_rows("active_day"), 0);
	sql("UPDATE access_token SET issued_at = issued_at - INTERVAL 1 DAY, "
	    "expires_at = expires_at - INTERVAL 1 DAY");
	principal = (struct principal){0};
	assert_int_equal(token_renew(test_db, next.text, &token, &principal), ERR_NONE);
	assert_int_equal(today(&mini, STATISTIC_ACTIVE_USERS), 1);
}

static void days_begin_at_midnight_of_utc_8(void **state)
{
	const int64_t midnight_us = INT64_C(1795881600000000); /* 2026-11-28T16:00:00Z */

	(void)state;
	assert_true(active_day_is_same(midnight_us, midnight_us + INT64_C(86399999999)));
	assert_false(active_day_is_same(midnight_us - 1, midnight_us));
	assert_true(active_day_is(midnight_us + LOCAL_US, midnight_us));
	assert_false(active_day_is(midnight_us + LOCAL_US, midnight_us - 1));
	assert_false(active_day_is(0, midnight_us));
	assert_int_equal(sql_number("SELECT " ACTIVE_DAY_OF("'2026-11-28 15:59:59.999999'")
				    " = '2026-11-28' AND " ACTIVE_DAY_OF("'2026-11-28 16:00:00'")
				    " = '2026-11-29'"), 1);
}

/* ---- Days that are over. */

static void age(int n_days)
{
	sql("UPDATE active_day SET day = day - INTERVAL %d DAY; "
	    "UPDATE statistics SET day = day - INTERVAL %d DAY", n_days, n_days);
}

static void assert_three_were_active(int n_days_ago)
{
	const struct day_statistics *days;

	assert_int_equal(list(tenant, n_days_ago + 1, &days), 3);
	assert_int_equal(days[0].app_id, 0);
	assert_int_equal(days[0].n[STATISTIC_ACTIVE_USERS], 2);
	assert_int_equal(days[1].n[STATISTIC_ACTIVE_USERS] + days[2].n[STATISTIC_ACTIVE_USERS], 3);
	assert_int_equal(days[0].n[STATISTIC_NEW_USERS], 3);
	assert_int_equal(days[0].n[STATISTIC_LOGINS], 3);
}

static void a_day_says_the_same_whenever_it_is_rolled_up(void **state)
{
	struct statistics_counts counts = {0};

	(void)state;
	log_in(&mini, "oRolled1", "uRolled");
	log_in(&official, "oRolled2", "uRolled");
	log_in(&mini, "oRolled3", NULL);
	for (int i = 0; i < 3; i++)
		count(&counts, &mini, STATISTIC_LOGINS);
	statistics_flush(test_db, &counts);
	run_job();
	assert_three_were_active(0);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM statistics WHERE name = 'active_users'"), 0);
	for (int day = 1; day <= 12; day++) {
		age(1);
		assert_int_equal(sql_number("SELECT COUNT(*) > 0 FROM active_day"), day <= 8);
		run_job();
		run_job();
		assert_three_were_active(day);
	}
	assert_int_equal(n_rows("active_day"), 0);
}

static void a_day_that_was_over_too_early_is_counted_again(void **state)
{
	(void)state;
	log_in(&mini, "oEarly1", NULL);
	age(3);
	run_job();
	age(-3);
	log_in(&mini, "oEarly2", NULL);
	for (int day = 0; day <= 3; day += 3) {
		const struct day_statistics *days;

		age(day);
		run_job();
		assert_int_equal(list(tenant, day + 1, &days), 2);
		assert_int_equal(days[0].n[STATISTIC_ACTIVE_USERS], 2);
		assert_int_equal(days[0].n[STATISTIC_NEW_USERS], 2);
	}
}

static void what_is_rolled_up_again_is_the_same(void **state)
{
	(void)state;
	log_in(&mini, "oAgain", NULL);
	age(3);
	run_job();
	sql("DELETE FROM statistics WHERE app_id <> 0");
	sql("UPDATE statistics SET name = 'other'");
	run_job();
	sql("DELETE FROM statistics WHERE name = 'other'");
	assert_int_equal(n_rows("statistics"), 3);
	assert_int_equal(sql_number("SELECT SUM(n) FROM statistics"), 3);
}

static void statistics_go_after_the_days_of_the_tenant(void **state)
{
	(void)state;
	assert_int_equal(setting_set(test_db, other_tenant, "statistics_days", "8"), ERR_NONE);
	for (int i = 0; i < 2; i++)
		sql("INSERT INTO statistics (tenant_id, day, app_id, name, error, n) "
		    "SELECT %d, " ACTIVE_DAY_TODAY " - INTERVAL seq DAY, 1, 'logins', '', 1 "
		    "FROM seq_0_to_1000", i == 0 ? tenant : other_tenant);
	sql("INSERT INTO statistics (tenant_id, day, app_id, name, error, n) "
	    "SELECT 0, " ACTIVE_DAY_TODAY " - INTERVAL seq DAY, 0, 'refused', 'RATE', 1 "
	    "FROM seq_0_to_1000");
	run_job();
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM statistics WHERE tenant_id = %d", tenant), 800);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM statistics WHERE tenant_id = %d",
				 other_tenant), 8);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM statistics WHERE tenant_id = 0"), 800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(equal_events_are_one_row_of_each_flush, begin),
		cmocka_unit_test_setup(a_tick_inserts_what_is_old_enough, begin),
		cmocka_unit_test_setup(what_the_database_refuses_is_kept, begin),
		cmocka_unit_test_setup(too_many_kinds_lose_the_last, begin),
		cmocka_unit_test_setup(the_job_moves_parts_and_changes_no_sum, begin),
		cmocka_unit_test_setup(of_many_at_once_each_part_is_added_once, begin),
		cmocka_unit_test_setup(a_late_part_is_of_its_own_day, begin),
		cmocka_unit_test_setup(the_first_login_of_a_day_writes_a_row, begin),
		cmocka_unit_test_setup(nobody_is_refused_since_a_day_is_not_noted, begin),
		cmocka_unit_test_setup(on_another_day_there_is_another_row, begin),
		cmocka_unit_test_setup(who_was_stored_today_is_new, begin),
		cmocka_unit_test_setup(a_person_of_two_apps_is_one_of_the_tenant, begin),
		cmocka_unit_test_setup(tenants_are_kept_apart, begin),
		cmocka_unit_test_setup(a_sum_is_what_the_whole_tenant_has, begin),
		cmocka_unit_test_setup(a_tenant_reads_its_own_rows, begin),
		cmocka_unit_test_setup(an_authorization_is_as_a_login, begin),
		cmocka_unit_test_setup(a_renewal_on_another_day_counts, begin),
		cmocka_unit_test(days_begin_at_midnight_of_utc_8),
		cmocka_unit_test_setup(a_day_says_the_same_whenever_it_is_rolled_up, begin),
		cmocka_unit_test_setup(a_day_that_was_over_too_early_is_counted_again, begin),
		cmocka_unit_test_setup(what_is_rolled_up_again_is_the_same, begin),
		cmocka_unit_test_setup(statistics_go_after_the_days_of_the_tenant, begin),
	};

	return cmocka_run_group_tests_name("statistics", tests, set_up, mariadb_close);
}
