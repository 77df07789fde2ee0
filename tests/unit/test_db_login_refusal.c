#include "unit.h"

#include "job.h"
#include "login_refusal.h"
#include "logins.h"
#include "mariadb.h"
#include "str.h"

#define OPENID "oRefusedPerson0001"
#define PAGE 20
#define LOCKED_SIZE (sizeof("锁") - 1)
#define N_MANY 20000

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
	sql("DELETE FROM login_refusal");
	return 0;
}

static struct refused_login refused_at(const struct app *app, const char *openid)
{
	return (struct refused_login){
		.tenant_id = app->tenant_id, .app_id = app->id, .openid = openid,
		.address = ADDRESS, .err = ERR_ACCOUNT_DISABLED,
		.reason = "the account is locked", .request_id = "00112233445566778899aabbccddeeff",
	};
}

static void add(const struct refused_login *refused)
{
	assert_int_equal(login_refusal_add(test_db, refused), ERR_NONE);
}

static size_t n_listed(struct login_refusal_filter filter, const struct login_refusal **first_r)
{
	size_t n;

	if (filter.n_most == 0)
		filter.n_most = PAGE;
	assert_int_equal(login_refusal_list(test_db, &filter, first_r, &n), ERR_NONE);
	return n;
}

static size_t n_of(struct login_refusal_filter filter)
{
	const struct login_refusal *first;

	return n_listed(filter, &first);
}

static void a_refusal_tells_what_happened_and_names_nobody(void **state)
{
	const struct refused_login refused = refused_at(&mini, OPENID);
	const struct login_refusal *row;

	(void)state;
	add(&refused);
	assert_int_equal(n_listed((struct login_refusal_filter){.tenant_id = tenant}, &row), 1);
	assert_int_equal(row->tenant_id, tenant);
	assert_string_equal(row->appid, mini.appid);
	assert_string_equal(row->openid, "oRe****0001");
	assert_false(row->is_claimed);
	assert_int_equal(strlen(row->address), 8);
	assert_string_equal(row->error, "ACCOUNT_DISABLED");
	assert_string_equal(row->reason, refused.reason);
	assert_string_equal(row->request_id, refused.request_id);
	assert_true(row->happened_us > 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_refusal WHERE "
				    "LOCATE('" OPENID "', openid_hash) OR LOCATE('" ADDRESS
				    "', address_hash) OR openid_masked = '" OPENID "'"), 0);
}

static void what_is_not_known_is_not_there(void **state)
{
	const struct refused_login nobody = {.err = ERR_APP_UNKNOWN, .request_id = "1"};
	const struct login_refusal *row;

	(void)state;
	add(&nobody);
	assert_int_equal(n_listed((struct login_refusal_filter){0}, &row), 1);
	assert_int_equal(row->tenant_id, 0);
	assert_null(row->appid);
	assert_null(row->openid);
	assert_null(row->address);
	assert_null(row->reason);
	assert_int_equal(n_of((struct login_refusal_filter){.tenant_id = tenant}), 0);
}

static void a_long_reason_is_cut_at_a_character(void **state)
{
	struct refused_login refused = refused_at(&mini, NULL);
	char reason[200 * LOCKED_SIZE + 1] = "";
	const struct login_refusal *row;

	(void)state;
	for (int i = 0; i < 200; i++)
		memcpy(reason + i * LOCKED_SIZE, "锁", LOCKED_SIZE + 1);
	refused.reason = reason;
	add(&refused);
	assert_int_equal(n_listed((struct login_refusal_filter){.tenant_id = tenant}, &row), 1);
	assert_int_equal(str_n_chars(row->reason), 160);
	assert_memory_equal(row->reason, reason, strlen(row->reason));
}

static void it_is_found_by_openid_app_request_and_time(void **state)
{
	struct refused_login refused = refused_at(&mini, OPENID);
	int64_t a_minute_ago;

	(void)state;
	add(&refused);
	refused.openid = "oSomebodyElse";
	refused.request_id = "of-somebody-else";
	add(&refused);
	refused = refused_at(&official, OPENID);
	add(&refused);
	refused = refused_at(&other, OPENID);
	add(&refused);
#define N_OF_FILTER(...) n_of((struct login_refusal_filter){__VA_ARGS__})
	assert_int_equal(N_OF_FILTER(.tenant_id = tenant, .openid = OPENID), 2);
	assert_int_equal(N_OF_FILTER(.tenant_id = other_tenant, .openid = OPENID), 1);
	assert_int_equal(N_OF_FILTER(.tenant_id = tenant, .openid = "oNobody"), 0);
	assert_int_equal(N_OF_FILTER(.tenant_id = tenant, .app_id = mini.id), 2);
	assert_int_equal(N_OF_FILTER(.tenant_id = tenant, .app_id = other.id), 0);
	assert_int_equal(N_OF_FILTER(.request_id = "of-somebody-else"), 1);
	assert_int_equal(
		N_OF_FILTER(.tenant_id = other_tenant, .request_id = "of-somebody-else"), 0);
	assert_int_equal(N_OF_FILTER(.tenant_id = tenant), 3);
	assert_int_equal(N_OF_FILTER(0), 4);
	sql("UPDATE login_refusal SET happened_at = happened_at - INTERVAL 1 DAY "
	    "WHERE app_id = %d", mini.id);
	a_minute_ago = sql_number("SELECT 1000000 * (UNIX_TIMESTAMP() - 60)");
	assert_int_equal(N_OF_FILTER(.tenant_id = tenant, .since_us = a_minute_ago), 1);
#undef N_OF_FILTER
}

/* Many in one instant, as a flood is: no page leaves one out or has one twice. */
static void pages_have_each_row_once(void **state)
{
	struct login_refusal_filter filter = {.tenant_id = tenant, .app_id = mini.id, .n_most = 7};
	const struct refused_login refused = refused_at(&mini, NULL);
	const struct login_refusal *rows;
	int64_t last_id = INT64_MAX;
	size_t n, n_all = 0;

	(void)state;
	for (int i = 0; i < 30; i++)
		add(&refused);
	sql("UPDATE login_refusal SET happened_at = '2026-11-29 10:00:00'");
	while ((n = n_listed(filter, &rows)) > 0) {
		for (size_t i = 0; i < n; i++) {
			assert_true(rows[i].id < last_id);
			last_id = rows[i].id;
		}
		n_all += n;
		filter.before_us = rows[n - 1].happened_us;
		filter.before_id = last_id;
	}
	assert_int_equal(n_all, 30);
}

static void assert_reads_few(struct login_refusal_filter filter)
{
	const int64_t before = mariadb_rows_read();

	n_of(filter);
	assert_in_range(mariadb_rows_read() - before, 0, 4 * PAGE);
}

/* However many there are: each list reads what it shows, and a row of another index beside it. */
static void a_list_reads_what_it_shows(void **state)
{
	struct login_refusal_filter last = {.before_us = 1795000000000000, .before_id = 1};

	(void)state;
	sql("INSERT INTO login_refusal (tenant_id, app_id, openid_hash, is_claimed, error, "
	    "request_id, happened_at) SELECT %d, IF(seq %% 2, %d, %d), "
	    "UNHEX(SHA2(seq %% 100, 256)), 0, 'CODE_INVALID', seq, "
	    "'2026-11-29' + INTERVAL seq SECOND FROM seq_1_to_%d; ANALYZE TABLE login_refusal",
		tenant, mini.id, official.id, N_MANY);
	for (int is_last = 0; is_last < 2; is_last++) {
		struct login_refusal_filter filter = {0};

		if (is_last) {
			filter = last;
			filter.before_us = sql_number(
				"SELECT 1000000 * TIMESTAMPDIFF(SECOND, '1970-01-01', "
				"'2026-11-29 00:01:00')");
		}
		assert_reads_few(filter);
		filter.tenant_id = tenant;
		assert_reads_few(filter);
		filter.app_id = mini.id;
		assert_reads_few(filter);
		filter.openid = OPENID;
		assert_reads_few(filter);
		filter.openid = NULL;
		filter.request_id = "77";
		assert_reads_few(filter);
	}
}

static void they_are_gone_after_seven_days(void **state)
{
	const struct refused_login refused = refused_at(&mini, OPENID);

	(void)state;
	add(&refused);
	add(&refused);
	sql("UPDATE login_refusal SET happened_at = UTC_TIMESTAMP(6) - INTERVAL 7 DAY "
	    "ORDER BY id LIMIT 1");
	assert_int_equal(purged(login_refusal_purge), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_refusal"), 1);
	assert_int_equal(purged(login_refusal_purge), 0);
}

static void note_outcome(void *ctx, const struct job_state *state, enum job_outcome outcome)
{
	int64_t *n_rows = ctx;

	assert_int_equal(outcome, JOB_DONE);
	*n_rows = state->n_rows;
}

static void a_job_deletes_them(void **state)
{
	const struct refused_login refused = refused_at(&mini, OPENID);
	int64_t n_rows;

	(void)state;
	add(&refused);
	sql("UPDATE login_refusal SET happened_at = UTC_TIMESTAMP(6) - INTERVAL 8 DAY");
	assert_int_equal(job_run(test_db, "login_refusal", note_outcome, &n_rows), ERR_NONE);
	assert_int_equal(n_rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_refusal_tells_what_happened_and_names_nobody, begin),
		cmocka_unit_test_setup(what_is_not_known_is_not_there, begin),
		cmocka_unit_test_setup(a_long_reason_is_cut_at_a_character, begin),
		cmocka_unit_test_setup(it_is_found_by_openid_app_request_and_time, begin),
		cmocka_unit_test_setup(pages_have_each_row_once, begin),
		cmocka_unit_test_setup(a_list_reads_what_it_shows, begin),
		cmocka_unit_test_setup(they_are_gone_after_seven_days, begin),
		cmocka_unit_test_setup(a_job_deletes_them, begin),
	};

	return cmocka_run_group_tests_name("login_refusal", tests, set_up, mariadb_close);
}
