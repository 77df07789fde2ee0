#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "job.h"
#include "job_times.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "logins.h"
#include "maintenance.h"
#include "mariadb.h"

#define N_RACERS 8
#define N_MANY 40000

static struct app app;

static int set_up(void **state)
{
	mariadb_open(state);
	app = add_app(add_tenant("one"), "wx-job", APP_MINI, "");
	return 0;
}

/* ---- Jobs. */

static void add_claims(int n)
{
	sql("INSERT INTO login_claim (tenant_id, code_hash, created_at) SELECT %d, "
	    "UNHEX(SHA2(CONCAT(UUID(), seq), 256)), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR "
	    "FROM seq_1_to_%d", app.tenant_id, n);
}

static int64_t n_claims(void)
{
	return sql_number("SELECT COUNT(*) FROM login_claim");
}

/* The login claims' job is due, and no other. */
static int begin(void **state)
{
	(void)state;
	sql("DELETE FROM login_claim; UPDATE job_lease SET holder = '', n_rows = 0, "
	    "expires_at = UTC_TIMESTAMP(6), ended_at = NULL, failed_at = NULL, due_at = "
	    "IF(name = 'login_claim', NULL, UTC_TIMESTAMP(6) + INTERVAL 1 HOUR)");
	return 0;
}

static bool lease_is(const char *condition)
{
	return sql_number("SELECT COUNT(*) FROM job_lease WHERE name = 'login_claim' AND (%s)",
		condition) == 1;
}

/* Where the machine is slow, even a little takes more than a step. */
static void finish(struct job_progress *progress)
{
	do {
		job_step(test_db, progress);
	} while (progress->job != NULL);
}

/* Until none is due. */
static void finish_all(struct job_progress *progress)
{
	do {
		finish(progress);
	} while (progress->look_us == 0);
}

static int64_t n_jobs(void)
{
	return sql_number("SELECT COUNT(*) FROM job_lease");
}

static void a_worker_does_what_is_due(void **state)
{
	struct job_progress progress = {0};

	(void)state;
	add_claims(1001);
	take_claim(&app, new_code());
	finish(&progress);
	assert_int_equal(n_claims(), 1);
	assert_true(lease_is("holder = '' AND n_rows = 1001 AND ended_at <= UTC_TIMESTAMP(6) "
			     "AND expires_at <= UTC_TIMESTAMP(6) AND due_at = "
			     "ended_at + INTERVAL 60 SECOND"));

	/* It is not done again before it is due, and nobody looks all the time. */
	add_claims(1);
	finish_all(&progress);
	assert_int_equal(n_claims(), 2);
	sql("UPDATE job_lease SET due_at = UTC_TIMESTAMP(6) WHERE name = 'login_claim'");
	finish(&progress);
	assert_int_equal(n_claims(), 2);
	progress.look_us = 0;
	finish(&progress);
	assert_int_equal(n_claims(), 1);
}

static void all_that_are_due_are_done_one_after_another(void **state)
{
	struct job_progress progress = {0};

	(void)state;
	sql("UPDATE job_lease SET due_at = NULL");
	finish_all(&progress);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM job_lease WHERE ended_at IS NOT NULL"), n_jobs());
}

/* Each host can tell when any has last done it. */
static void what_another_host_has_done_is_noted(void **state)
{
	struct job_times times = {0};
	struct job_progress progress = {.times = &times};
	int64_t n = 0;

	(void)state;
	sql("UPDATE job_lease SET holder = '', due_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, "
	    "ended_at = '2026-01-02 03:04:05'");
	finish(&progress);
	for (; n < JOB_TIMES_N && times.times[n].name != NULL; n++)
		assert_int_equal(times.times[n].done_us, 1767323045 * CLOCK_SECOND_US);
	assert_int_equal(n, n_jobs());

	sql("UPDATE job_lease SET due_at = NULL");
	progress.look_us = 0;
	for (int64_t i = n_jobs(); i > 0; i--)
		finish(&progress);
	finish(&progress);
	for (int64_t i = 0; i < n; i++)
		assert_in_range(times.times[i].done_us, clock_now_us() - 60 * CLOCK_SECOND_US,
			clock_now_us());
}

static void a_failure_keeps_no_other_job_waiting(void **state)
{
	struct job_progress progress = {0};

	(void)state;
	sql("UPDATE job_lease SET due_at = NULL; RENAME TABLE login_claim TO gone");
	for (int64_t i = n_jobs(); i > 0; i--)
		finish(&progress);
	sql("RENAME TABLE gone TO login_claim");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM job_lease WHERE ended_at IS NOT NULL"),
		n_jobs() - 1);
}

/* As they stood before the clock was set back. */
static void what_was_done_in_time_to_come_is_due(void **state)
{
	struct job_progress progress = {0};

	(void)state;
	add_claims(1);
	sql("UPDATE job_lease SET holder = 'other 1', expires_at = UTC_TIMESTAMP(6) + "
	    "INTERVAL 3 DAY, due_at = expires_at, ended_at = expires_at");
	finish_all(&progress);
	assert_int_equal(n_claims(), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM job_lease WHERE holder = '' "
				    "AND ended_at <= UTC_TIMESTAMP(6)"),
		n_jobs());
}

static void what_another_holds_is_his(void **state)
{
	struct job_progress progress = {0};

	(void)state;
	add_claims(1);
	sql("UPDATE job_lease SET holder = 'other 1', expires_at = UTC_TIMESTAMP(6) + "
	    "INTERVAL 1 MINUTE");
	finish(&progress);
	assert_int_equal(n_claims(), 1);
	assert_true(lease_is("holder = 'other 1'"));

	sql("UPDATE job_lease SET expires_at = UTC_TIMESTAMP(6)");
	progress.look_us = 0;
	finish(&progress);
	assert_int_equal(n_claims(), 0);
}

/* Requests wait behind a step. */
static void a_step_is_short_and_a_lost_lease_ends_it(void **state)
{
	struct job_progress progress = {0};
	int64_t n_left;

	(void)state;
	add_claims(N_MANY);
	job_step(test_db, &progress);
	n_left = n_claims();
	assert_in_range(n_left, 1, N_MANY - 1);
	assert_true(lease_is("holder <> '' AND expires_at > UTC_TIMESTAMP(6)"));
	sql("UPDATE job_lease SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 9 SECOND");
	job_step(test_db, &progress);
	assert_true(lease_is("expires_at > UTC_TIMESTAMP(6) + INTERVAL 30 SECOND"));

	n_left = n_claims();
	sql("UPDATE job_lease SET holder = 'other 1'");
	job_step(test_db, &progress);
	assert_int_equal(n_claims(), n_left);
	assert_null(progress.job);
	assert_true(lease_is("holder = 'other 1' AND ended_at IS NULL"));
}

struct told {
	char names[256];
	enum job_outcome outcome;
	int64_t n_rows;
	const char *holder;
};

static void tell(void *ctx, const struct job_state *job, enum job_outcome outcome)
{
	struct told *told = ctx;
	size_t used = strlen(told->names);

	snprintf(told->names + used, sizeof(told->names) - used, "%s ", job->name);
	told->outcome = outcome;
	told->n_rows = job->n_rows;
	told->holder = job->holder;
}

static void expect_told(const char *name, const char *names, enum job_outcome outcome,
	int64_t n_rows)
{
	struct told told = {0};

	assert_int_equal(job_run(test_db, name, tell, &told), ERR_NONE);
	assert_string_equal(told.names, names);
	assert_int_equal(told.outcome, outcome);
	assert_int_equal(told.n_rows, n_rows);
}

static void an_operator_does_what_is_due_or_what_he_names(void **state)
{
	struct told told = {0};

	(void)state;
	add_claims(N_MANY);
	expect_told(NULL, "login_claim ", JOB_DONE, N_MANY);
	expect_told(NULL, "", JOB_DONE, 0);
	add_claims(1);
	expect_told("login_claim", "login_claim ", JOB_DONE, 1);
	sql("UPDATE job_lease SET holder = 'other 1', expires_at = UTC_TIMESTAMP(6) + "
	    "INTERVAL 1 MINUTE");
	expect_told("login_claim", "login_claim ", JOB_HELD, 0);
	assert_int_equal(job_run(test_db, "nothing", tell, &told), ERR_PARAMETER);
	assert_string_equal(told.names, "");
}

static void a_failure_is_told_and_tried_again(void **state)
{
	struct job_progress progress = {0};

	(void)state;
	sql("RENAME TABLE login_claim TO gone");
	expect_told(NULL, "login_claim ", JOB_FAILED, 0);
	assert_true(lease_is("failed_at IS NOT NULL AND ended_at IS NULL AND holder = '' "
			     "AND due_at = failed_at + INTERVAL 1 MINUTE"));
	sql("UPDATE job_lease SET due_at = NULL WHERE name = 'login_claim'");
	job_step(test_db, &progress);
	assert_null(progress.job);
	assert_true(lease_is("due_at IS NOT NULL AND holder = ''"));

	sql("RENAME TABLE gone TO login_claim");
	expect_told("login_claim", "login_claim ", JOB_DONE, 0);
	assert_true(lease_is("failed_at IS NULL AND ended_at IS NOT NULL"));
}

static int do_claims(int index)
{
	struct told told = {.outcome = JOB_HELD};

	(void)index;
	return job_run(test_db, NULL, tell, &told) == ERR_NONE && told.outcome == JOB_DONE &&
			told.n_rows == 5000 ? 0 : 1;
}

static void of_many_one_does_it(void **state)
{
	(void)state;
	add_claims(5000);
	assert_int_equal(mariadb_race(N_RACERS, do_claims), 1);
	assert_int_equal(n_claims(), 0);
}

struct listed {
	int n;
	struct job_state claims;
};

static void list(void *ctx, const struct job_state *job)
{
	struct listed *listed = ctx;

	listed->n++;
	assert_non_null(job->does);
	if (strcmp(job->name, "login_claim") == 0)
		listed->claims = *job;
}

/* A job is declared in one place. */
static void a_job_needs_no_row(void **state)
{
	struct job_progress progress = {0};
	struct listed listed = {0};

	(void)state;
	add_claims(1);
	sql("DELETE FROM job_lease WHERE name = 'login_claim'");
	assert_int_equal(job_list(test_db, list, &listed), ERR_NONE);
	assert_int_equal(listed.n, sql_number("SELECT COUNT(*) FROM job_lease") + 1);
	assert_string_equal(listed.claims.holder, "");
	assert_true(listed.claims.due_us == 0 && listed.claims.ended_us == 0 &&
		    listed.claims.failed_us == 0 && listed.claims.n_rows == 0);
	finish(&progress);
	assert_int_equal(n_claims(), 0);
	assert_true(lease_is("holder = '' AND n_rows = 1 AND ended_at IS NOT NULL"));

	add_claims(2);
	sql("DELETE FROM job_lease WHERE name = 'login_claim'");
	expect_told("login_claim", "login_claim ", JOB_DONE, 2);
}

/* Nor a job for a request. */
static void no_request_waits_for_a_job(void **state)
{
	struct job_progress progress = {0};

	(void)state;
	add_claims(100);
	sql("START TRANSACTION; UPDATE login_claim SET address_hash = code_hash WHERE id = %lld",
		(long long)take_claim(&app, new_code()).id);
	finish(&progress);
	sql("COMMIT");
	assert_int_equal(n_claims(), 1);
	assert_true(lease_is("n_rows = 100 AND failed_at IS NULL"));
}

static void jobs_are_listed(void **state)
{
	struct listed listed = {0};

	(void)state;
	sql("UPDATE job_lease SET holder = 'other 1', n_rows = 7, due_at = UTC_TIMESTAMP(6), "
	    "expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE");
	assert_int_equal(job_list(test_db, list, &listed), ERR_NONE);
	assert_int_equal(listed.n, sql_number("SELECT COUNT(*) FROM job_lease"));
	assert_string_equal(listed.claims.holder, "other 1");
	assert_int_equal(listed.claims.n_rows, 7);
	assert_in_range(listed.claims.now_us - listed.claims.due_us, 0, 10 * CLOCK_SECOND_US);

	sql("UPDATE job_lease SET expires_at = UTC_TIMESTAMP(6)");
	job_list(test_db, list, &listed);
	assert_string_equal(listed.claims.holder, "");
}

static void an_ended_token_of_wechat_is_forgotten(void **state)
{
	(void)state;
	sql("INSERT INTO wechat_token (app_id, tenant_id, row_uuid, token, expires_at) "
	    "SELECT id, tenant_id, 'u', 'sealed', UTC_TIMESTAMP(6) + INTERVAL 1 HOUR FROM app");
	expect_told("wechat_token", "wechat_token ", JOB_DONE, 0);
	sql("UPDATE wechat_token SET expires_at = UTC_TIMESTAMP(6)");
	expect_told("wechat_token", "wechat_token ", JOB_DONE, 1);
}

/* ---- Maintenance. */

/* A worker that has looked long ago, or never. */
static bool is_on(struct maintenance_watch *watch)
{
	watch->seen_us = clock_monotonic_us() - CLOCK_SECOND_US;
	return maintenance_is_on(test_db, watch);
}

static void expect_set(bool is_on, const char *by, const char *found_by)
{
	struct maintenance found;

	assert_int_equal(maintenance_set(test_db, is_on, by), ERR_NONE);
	assert_int_equal(maintenance_find(test_db, &found), ERR_NONE);
	assert_int_equal(found.is_on, is_on);
	assert_string_equal(found.changed_by, found_by);
	assert_true(found.changed_us > 0);
}

static void all_hosts_are_in_maintenance(void **state)
{
	struct maintenance_watch watch = {0};
	struct maintenance found;

	(void)state;
	assert_int_equal(maintenance_find(test_db, &found), ERR_NONE);
	assert_true(!found.is_on && found.changed_us == 0 && found.changed_by == NULL);
	assert_false(maintenance_is_on(test_db, &watch));
	expect_set(true, "ann@one", "ann@one");
	expect_set(true, "bob@two", "ann@one");
	/* Just now, however long it takes. */
	watch.seen_us = clock_monotonic_us() + 60 * CLOCK_SECOND_US;
	assert_false(maintenance_is_on(test_db, &watch));
	assert_true(is_on(&watch));
	expect_set(false, "bob@two", "bob@two");
	assert_false(is_on(&watch));
}

static void what_a_silent_database_said_last_holds(void **state)
{
	struct maintenance_watch on = {0}, off = {0};

	(void)state;
	assert_false(maintenance_is_on(test_db, &off));
	expect_set(true, "ann@one", "ann@one");
	assert_true(maintenance_is_on(test_db, &on));
	mariadb_stop();
	assert_true(is_on(&on));
	assert_false(is_on(&off));
	db_end_request(test_db);
	mariadb_start();
	expect_set(false, "ann@one", "ann@one");
	assert_false(is_on(&on));
}

/* Which tenants are disabled is not known either. */
static void nothing_is_known_before_the_database_has_answered(void **state)
{
	struct maintenance_watch watch = {0};

	(void)state;
	sql("RENAME TABLE wxuser.maintenance TO wxuser.maintenance_away");
	assert_false(maintenance_is_on(test_db, &watch));
	assert_false(watch.is_known);
	db_end_request(test_db);
	sql("RENAME TABLE wxuser.maintenance_away TO wxuser.maintenance");
	assert_false(maintenance_is_on(test_db, &watch));
	assert_true(watch.is_known);
	sql("RENAME TABLE wxuser.maintenance TO wxuser.maintenance_away");
	assert_false(is_on(&watch));
	assert_true(watch.is_known);
	db_end_request(test_db);
	sql("RENAME TABLE wxuser.maintenance_away TO wxuser.maintenance");
}

static void the_flag_file_is_enough(void **state)
{
	char directory[] = "/tmp/wxuser-XXXXXX";
	struct conf conf = *test_conf;
	struct db *db = db_new(&conf, test_keys);
	struct maintenance_watch watch = {0};

	(void)state;
	assert_non_null(mkdtemp(directory));
	conf.server_state_directory = directory;
	conf.database_socket = "/nonexistent"; /* nobody asks */
	for (int i = 0; i < 2; i++)
		assert_int_equal(maintenance_set_here(&conf, true), 0);
	assert_true(maintenance_is_on_here(&conf));
	assert_true(maintenance_is_on(db, &watch));
	assert_int_equal(db_waited_us(db), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(maintenance_set_here(&conf, false), 0);
	assert_false(maintenance_is_on_here(&conf));
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(maintenance_set_here(&conf, true), -1);
	db_free(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_worker_does_what_is_due, begin),
		cmocka_unit_test_setup(all_that_are_due_are_done_one_after_another, begin),
		cmocka_unit_test_setup(what_another_host_has_done_is_noted, begin),
		cmocka_unit_test_setup(a_failure_keeps_no_other_job_waiting, begin),
		cmocka_unit_test_setup(what_was_done_in_time_to_come_is_due, begin),
		cmocka_unit_test_setup(what_another_holds_is_his, begin),
		cmocka_unit_test_setup(a_step_is_short_and_a_lost_lease_ends_it, begin),
		cmocka_unit_test_setup(an_operator_does_what_is_due_or_what_he_names, begin),
		cmocka_unit_test_setup(a_failure_is_told_and_tried_again, begin),
		cmocka_unit_test_setup(of_many_one_does_it, begin),
		cmocka_unit_test_setup(a_job_needs_no_row, begin),
		cmocka_unit_test_setup(no_request_waits_for_a_job, begin),
		cmocka_unit_test_setup(jobs_are_listed, begin),
		cmocka_unit_test_setup(an_ended_token_of_wechat_is_forgotten, begin),
		cmocka_unit_test(all_hosts_are_in_maintenance),
		cmocka_unit_test(what_a_silent_database_said_last_holds),
		cmocka_unit_test(nothing_is_known_before_the_database_has_answered),
		cmocka_unit_test(the_flag_file_is_enough),
	};

	return cmocka_run_group_tests_name("operation", tests, set_up, mariadb_close);
}
