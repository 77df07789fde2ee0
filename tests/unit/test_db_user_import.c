#include "unit.h"

#include "erasure.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "user_import.h"
#include "whole_person.h"

#define N_ROWS 12
#define DAY(n) ((int64_t)(19700 + (n)) * 86400 * 1000000)
#define CONFIRMED "confirmed_phone_hash IS NOT NULL"

static int n_people;
static struct app app, other_app;
static struct user_import_row last; /* as bring_one() leaves it */

/* An app of a tenant of its own. */
static int add_own_app(void **state)
{
	static char appid[24];

	(void)state;
	snprintf(appid, sizeof(appid), "wx-import%d", ++n_people);
	app = add_app(add_tenant(appid), appid, APP_MINI, "p");
	return 0;
}

static enum err bring(struct user_import_row *rows, size_t n_rows, bool is_dry_run)
{
	struct user_import import = {
		.app = &app,
		.rows = rows,
		.n_rows = n_rows,
		.is_dry_run = is_dry_run,
		.most_us = INT64_MAX,
	};

	return user_import(test_db, &import);
}

static struct user_import_row who(const char *openid, const char *phone, int64_t confirmed_us)
{
	return (struct user_import_row){
		.openid = openid,
		.profile = {.phone = phone},
		.confirmed_us = confirmed_us,
	};
}

static int64_t count(const char *table, const char *condition)
{
	return sql_number("SELECT COUNT(*) FROM %s WHERE tenant_id = %d AND %s", table,
		app.tenant_id, condition);
}

/* Whose phone is confirmed. */
static const char *holder(void)
{
	assert_int_equal(count("account", CONFIRMED), 1);
	return sql_text("SELECT openid FROM wechat_user u JOIN account a ON a.id = u.account_id "
			"WHERE a.tenant_id = %d AND a." CONFIRMED,
		app.tenant_id);
}

static void the_last_of_a_transaction_has_the_phone(void **state)
{
	static const struct {
		int64_t days[4];
		const char *holder;
		unsigned clashes; /* a bit for each who is told that it keeps no phone */
	} cases[] = {
		{{1, 2, 3, 4}, "o3", 0},
		{{4, 3, 2, 1}, "o0", 0xe},
		{{2, 4, 1, 3}, "o1", 0xc},
		{{3, 3, 3, 3}, "o0", 0xe},
	};
	static const char *const openids[] = {"o0", "o1", "o2", "o3"};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct user_import_row rows[4];

		add_own_app(state);
		for (int k = 0; k < 4; k++)
			rows[k] = who(openids[k], "13900000001", DAY(cases[i].days[k]));
		for (int is_dry_run = 1; is_dry_run >= 0; is_dry_run--) {
			assert_int_equal(bring(rows, 4, is_dry_run), ERR_NONE);
			for (unsigned k = 0; k < 4; k++) {
				assert_int_equal(rows[k].state, USER_IMPORT_NEW);
				assert_int_equal(rows[k].clashes,
					(cases[i].clashes >> k & 1) ? USER_IMPORT_CLASH_PHONE : 0);
			}
		}
		assert_string_equal(holder(), cases[i].holder);
	}
}

static void the_last_of_all_has_the_phone(void **state)
{
	struct user_import_row first = who("o1", "13900000001", DAY(2));
	struct user_import_row older = who("o2", "13900000001", DAY(1));
	struct user_import_row newer = who("o3", "13900000001", DAY(3));

	(void)state;
	assert_int_equal(bring(&first, 1, false), ERR_NONE);
	assert_int_equal(bring(&older, 1, false), ERR_NONE);
	assert_int_equal(older.state, USER_IMPORT_NEW);
	assert_int_equal(older.clashes, USER_IMPORT_CLASH_PHONE);
	assert_string_equal(holder(), "o1");
	assert_int_equal(bring(&newer, 1, false), ERR_NONE);
	assert_int_equal(newer.clashes, 0);
	assert_string_equal(holder(), "o3");
	assert_int_equal(bring(&first, 1, false), ERR_NONE);
	assert_int_equal(first.state, USER_IMPORT_SAME);
	assert_int_equal(first.clashes, USER_IMPORT_CLASH_PHONE);
	assert_string_equal(holder(), "o3");
}

static void who_holds_it_without_a_date_loses_it(void **state)
{
	struct user_import_row first = who("o1", "13900000001", DAY(2));
	struct user_import_row other = who("o2", "13900000001", DAY(1));

	(void)state;
	assert_int_equal(bring(&first, 1, false), ERR_NONE);
	sql("UPDATE account SET confirmed_phone_at = NULL WHERE tenant_id = %d", app.tenant_id);
	assert_int_equal(bring(&other, 1, false), ERR_NONE);
	assert_string_equal(holder(), "o2");
}

static void an_id_and_a_unionid_are_one_accounts(void **state)
{
	struct user_import_row rows[] = {
		{.openid = "o1", .unionid = "u1", .external_ids = {"1"}},
		{.openid = "o2", .unionid = "u1", .external_ids = {"2"}},
		{.openid = "o3", .unionid = "u3", .external_ids = {"1"}},
	};

	(void)state;
	assert_int_equal(bring(rows, 3, false), ERR_NONE);
	assert_int_equal(rows[0].clashes, 0);
	assert_int_equal(rows[1].clashes, USER_IMPORT_CLASH_UNIONID);
	assert_int_equal(rows[2].clashes, USER_IMPORT_CLASH_EXTERNAL_ID);
	assert_int_equal(count("account", "TRUE"), 3);
	assert_int_equal(count("external_id", "TRUE"), 2);
	assert_int_equal(bring(rows, 3, false), ERR_NONE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rows[i].state, USER_IMPORT_SAME);
}

/* ---- Two apps of a tenant. */

static int add_own_apps(void **state)
{
	static char appid[32];

	add_own_app(state);
	snprintf(appid, sizeof(appid), "%s-2", app.appid);
	other_app = add_app(app.tenant_id, appid, APP_OFFICIAL, "p");
	return 0;
}

static enum err bring_one(
	const struct app *into, struct user_import_row row, const char *source, bool joins_by_id)
{
	struct user_import import = {
		.app = into,
		.rows = &row,
		.n_rows = 1,
		.source = source,
		.joins_by_id = joins_by_id,
		.most_us = INT64_MAX,
	};
	enum err err = user_import(test_db, &import);

	last = row;
	return err;
}

/* The same id: of one source or two, with another value or none, joined or not. */
static void only_the_same_person_is_joined_by_an_id(void **state)
{
	static const struct {
		struct user_import_row first, second;
		const char *sources[2];
		bool joins_by_id, is_joined;
		unsigned clashes;
	} cases[] = {
		{{.openid = "o1"}, {.openid = "o2"}, {"a", "a"}, true, true, 0},
		{{.openid = "o1"}, {.openid = "o2"}, {"a", "a"}, false, false,
			USER_IMPORT_CLASH_EXTERNAL_ID | USER_IMPORT_CLASH_NO_JOIN},
		{{.openid = "o1"}, {.openid = "o2"}, {"a", "b"}, true, false, 0},
		{{.openid = "o1"}, {.openid = "o2"}, {"a", NULL}, true, false, 0},
		{{.openid = "o1"}, {.openid = "o2"}, {NULL, NULL}, true, true, 0},
		{{.openid = "o1", .profile = {.phone = "13900000001"}},
			{.openid = "o2", .profile = {.phone = "13900000001"}}, {"a", "a"}, true,
			true, 0},
		{{.openid = "o1", .profile = {.phone = "13900000001"}},
			{.openid = "o2", .profile = {.phone = "13900000002"}}, {"a", "a"}, true,
			false, USER_IMPORT_CLASH_EXTERNAL_ID | USER_IMPORT_CLASH_STRANGER},
		{{.openid = "o1", .profile = {.phone = "13900000001"}},
			{.openid = "o2", .profile = {.phone = ""}}, {"a", "a"}, true, true, 0},
		{{.openid = "o1", .unionid = "u1"}, {.openid = "o2", .unionid = "u2"},
			{"a", "a"}, true, false,
			USER_IMPORT_CLASH_EXTERNAL_ID | USER_IMPORT_CLASH_STRANGER},
		{{.openid = "o1", .unionid = "u1"}, {.openid = "o2"}, {"a", "a"}, true, true, 0},
		{{.openid = "o1"}, {.openid = "o2", .unionid = "u2"}, {"a", "a"}, true, true, 0},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct user_import_row first = cases[i].first, second = cases[i].second;

		add_own_apps(state);
		first.external_ids[0] = second.external_ids[0] = "17";
		assert_int_equal(bring_one(&app, first, cases[i].sources[0], true), ERR_NONE);
		assert_int_equal(bring_one(&other_app, second, cases[i].sources[1],
					 cases[i].joins_by_id),
			ERR_NONE);
		assert_int_equal(last.state, USER_IMPORT_NEW);
		assert_int_equal(last.clashes, cases[i].clashes);
		assert_int_equal(last.has_joined, cases[i].is_joined);
		assert_int_equal(count("account", "TRUE"), cases[i].is_joined ? 1 : 2);
	}
}

static void a_source_of_a_row_counts_before_that_of_the_import(void **state)
{
	const struct user_import_row row = {
		.openid = "o1",
		.external_ids = {"1", "1", "2"},
		.sources = {NULL, "b", "c"},
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bring_one(&app, row, "a", true), ERR_NONE);
		assert_int_equal(last.state, i == 0 ? USER_IMPORT_NEW : USER_IMPORT_SAME);
	}
	assert_string_equal(sql_text("SELECT GROUP_CONCAT(source, external_id ORDER BY id) FROM "
				     "external_id WHERE tenant_id = %d",
				    app.tenant_id),
		"a1,b1,c2");
}

/* ---- Persons who were erased. */

#define PHONE_OF_ERASED "13900000009"

static void erase(const struct app *of, const char *openid)
{
	const struct erasure erasure = {
		.tenant_id = of->tenant_id,
		.app_id = of->id,
		.appid = of->appid,
		.openid = openid,
		.actor = "test",
	};
	struct erased erased;

	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	assert_true(erased.is_found);
}

/* By openid, unionid or phone; whoever was registered since is not. */
static void who_was_erased_is_left_out(void **state)
{
	struct user_import_row rows[] = {
		{.openid = "o1", .unionid = "u1", .profile = {.phone = PHONE_OF_ERASED},
			.confirmed_us = DAY(1), .created_us = DAY(1), .external_ids = {"1"}},
		{.openid = "o2", .unionid = "u1"},
		{.openid = "o3", .profile = {.phone = PHONE_OF_ERASED}},
		{.openid = "o1"},
		{.openid = "o4", .unionid = "u4", .profile = {.phone = "13900000008"}},
	};

	(void)state;
	assert_int_equal(bring(rows, 1, false), ERR_NONE);
	erase(&app, "o1");
	for (size_t i = 0; i < N_OF(rows); i++) {
		const bool is_erased = i + 1 < N_OF(rows);

		for (int is_dry_run = 1; is_dry_run >= 0; is_dry_run--) {
			assert_int_equal(bring(&rows[i], 1, is_dry_run), ERR_NONE);
			assert_int_equal(rows[i].state,
				is_erased ? USER_IMPORT_REFUSED : USER_IMPORT_NEW);
			assert_int_equal(
				rows[i].clashes, is_erased ? USER_IMPORT_CLASH_ERASED : 0);
		}
	}
	assert_int_equal(count("wechat_user", "TRUE"), 1);
	assert_int_equal(count("account", "TRUE"), 1);
	assert_int_equal(count("external_id", "TRUE"), 0);
	rows[0].created_us = sql_number("SELECT CAST(1000000 * (1 + UNIX_TIMESTAMP(MAX("
					"erased_at))) AS SIGNED) FROM tombstone");
	rows[0].confirmed_us = 0;
	assert_int_equal(bring(rows, 1, false), ERR_NONE);
	assert_int_equal(rows[0].state, USER_IMPORT_NEW);
	assert_int_equal(replay_erasures(), 0);
}

/* Of two users of a person one was erased. */
static void who_has_an_account_is_not_erased(void **state)
{
	const struct user_import_row first = {.openid = "o1", .unionid = "u1"};
	const struct user_import_row other = {.openid = "o2", .unionid = "u1"};
	struct user_import_row third = {.openid = "o3", .unionid = "u1"};

	(void)state;
	assert_int_equal(bring_one(&app, first, NULL, false), ERR_NONE);
	assert_int_equal(bring_one(&other_app, other, NULL, false), ERR_NONE);
	erase(&app, "o1");
	assert_int_equal(bring(&third, 1, false), ERR_NONE);
	assert_int_equal(third.state, USER_IMPORT_NEW);
	assert_int_equal(bring_one(&app, first, NULL, false), ERR_NONE);
	assert_int_equal(last.clashes, USER_IMPORT_CLASH_ERASED);
	assert_int_equal(count("wechat_user", "TRUE"), 2);
}

/* Whatever the file says, a replay of the erasures keeps who has logged in since. */
static void who_came_back_is_not_dated_before_the_erasure(void **state)
{
	struct user_import_row row = {
		.openid = "o1", .created_us = DAY(1), .profile = {.name = "a"}};

	(void)state;
	assert_int_equal(bring(&row, 1, false), ERR_NONE);
	log_in(&app, "o1", NULL);
	erase(&app, "o1");
	log_in(&app, "o1", NULL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bring(&row, 1, false), ERR_NONE);
		assert_int_equal(row.state, i == 0 ? USER_IMPORT_CHANGED : USER_IMPORT_SAME);
		assert_int_equal(replay_erasures(), 0);
	}
	assert_int_equal(count("wechat_user", "name = 'a'"), 1);
}

/* ---- What a login has said. */

static const char *unionid_of(const char *openid)
{
	return sql_text("SELECT COALESCE(unionid, '') FROM wechat_user WHERE tenant_id = %d AND "
			"openid = '%s'",
		app.tenant_id, openid);
}

static void what_a_login_has_said_stays(void **state)
{
	struct user_import_row row = {
		.openid = "o1", .unionid = "u9", .profile = {.name = "old", .city = "x"}};

	(void)state;
	log_in(&app, "o1", "u1");
	sql("UPDATE wechat_user SET name = 'new' WHERE tenant_id = %d", app.tenant_id);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(bring(&row, 1, i == 0), ERR_NONE);
		assert_int_equal(row.state, i == 2 ? USER_IMPORT_SAME : USER_IMPORT_CHANGED);
		assert_int_equal(row.clashes, USER_IMPORT_CLASH_WECHAT);
	}
	assert_string_equal(unionid_of("o1"), "u1");
	assert_int_equal(count("wechat_user", "name = 'new' AND city = 'x'"), 1);
	assert_int_equal(count("account_unionid", "unionid = 'u9'"), 0);
	assert_int_equal(count("account_conflict", "TRUE"), 0);
}

static void who_has_logged_in_is_not_merged(void **state)
{
	const struct user_import_row claim = {.openid = "o1", .unionid = "u2"};
	const struct user_import_row fresh = {.openid = "o1", .unionid = "u3"};
	struct user_import_row row = claim;

	(void)state;
	log_in(&app, "o1", NULL);
	log_in(&other_app, "o2", "u2");
	for (int is_dry_run = 1; is_dry_run >= 0; is_dry_run--) {
		assert_int_equal(bring(&row, 1, is_dry_run), ERR_NONE);
		assert_int_equal(row.state, USER_IMPORT_SAME);
		assert_int_equal(row.clashes, USER_IMPORT_CLASH_LIVING);
	}
	assert_string_equal(unionid_of("o1"), "");
	assert_int_equal(count("account", "TRUE"), 2);
	assert_int_equal(count("merge_log", "TRUE"), 0);
	assert_int_equal(bring_one(&app, fresh, NULL, false), ERR_NONE);
	assert_int_equal(last.clashes, 0);
	assert_string_equal(unionid_of("o1"), "u3");
}

static void a_merge_of_an_import_is_the_operators(void **state)
{
	const struct user_import_row before = {.openid = "o1"};
	const struct user_import_row row = {.openid = "o1", .unionid = "u2"};

	(void)state;
	assert_int_equal(bring_one(&app, before, NULL, false), ERR_NONE);
	log_in(&other_app, "o2", "u2");
	assert_int_equal(bring_one(&app, row, NULL, false), ERR_NONE);
	assert_int_equal(last.clashes, 0);
	assert_int_equal(count("merge_log", "TRUE"), 1);
	assert_int_equal(
		count("audit", "action = 'account.merge' AND actor = 'wxuserctl'"), 1);
}

/* What there is no time for is left for another transaction, in a dry run, too. */
static void a_transaction_ends_in_time(void **state)
{
	struct user_import_row rows[] = {
		{.openid = "o1"},
		{.openid = "o2", .unionid = "u1"},
		{.openid = "o3", .unionid = "u1"},
	};
	struct user_import import = {.app = &app, .rows = rows, .n_rows = N_OF(rows), .most_us = 0};

	(void)state;
	for (int is_dry_run = 1; is_dry_run >= 0; is_dry_run--) {
		import.is_dry_run = is_dry_run;
		assert_int_equal(user_import(test_db, &import), ERR_NONE);
		assert_int_equal(import.n_done, 1);
		assert_int_equal(count("wechat_user", "TRUE"), is_dry_run ? 0 : 1);
	}
	import.most_us = INT64_MAX;
	assert_int_equal(user_import(test_db, &import), ERR_NONE);
	assert_int_equal(import.n_done, N_OF(rows));
	assert_int_equal(count("wechat_user", "TRUE"), 3);
}

/* ---- Whatever fails. */

static char openids[N_ROWS][16];

static struct user_import_row *many(void)
{
	static struct user_import_row rows[N_ROWS];

	for (int i = 0; i < N_ROWS; i++) {
		snprintf(openids[i], sizeof(openids[i]), "o%d", i);
		rows[i] = who(openids[i], i % 7 == 0 ? "13900000001" : "13900000002", DAY(i % 5));
		rows[i].unionid = i % 5 == 3 ? "u3" : openids[i];
		rows[i].external_ids[0] = i % 5 == 4 ? "9" : openids[i];
	}
	return rows;
}

static bool may_log_in(const char *openid)
{
	return sql_number("SELECT a.is_active AND a.disabled_at IS NULL FROM wechat_user u JOIN "
			  "account a ON a.id = u.account_id WHERE u.tenant_id = %d AND u.openid = "
			  "'%s'",
		       app.tenant_id, openid) == 1;
}

static bool is_shut_out(const char *openid)
{
	return sql_number("SELECT NOT a.is_active AND a.disabled_at IS NOT NULL FROM wechat_user u "
			  "JOIN account a ON a.id = u.account_id WHERE u.tenant_id = %d AND "
			  "u.openid = '%s'",
		       app.tenant_id, openid) == 1;
}

/* Inserted with others, and, since a unionid links it, by itself. */
static void who_is_blocked_elsewhere_cannot_log_in(void **state)
{
	struct user_import_row rows[] = {
		who("free", "", 0), who("out", "", 0), who("first", "", 0), who("second", "", 0),
	};
	const char *before;

	(void)state;
	rows[1].is_disabled = rows[2].is_disabled = rows[3].is_disabled = true;
	rows[2].unionid = "u1";
	rows[3].unionid = "u1";
	for (int time = 0; time < 2; time++) {
		assert_int_equal(bring(rows, N_OF(rows), false), ERR_NONE);
		assert_true(may_log_in("free"));
		assert_true(is_shut_out("out"));
		assert_true(is_shut_out("first"));
		assert_true(is_shut_out("second"));
		for (size_t i = 0; i < N_OF(rows); i++)
			assert_int_equal(rows[i].clashes & USER_IMPORT_CLASH_ADMITTED, 0);
	}
	for (size_t i = 0; i < N_OF(rows) - 1; i++)
		assert_int_equal(rows[i].state, USER_IMPORT_SAME);
	/* Whom an operator has admitted here, or who was here before, stays. */
	sql("UPDATE account SET is_active = 1, disabled_at = NULL WHERE tenant_id = %d",
		app.tenant_id);
	rows[0].is_disabled = true;
	before = sql_text("SELECT GROUP_CONCAT(version ORDER BY id) FROM wechat_user WHERE "
			  "tenant_id = %d",
		app.tenant_id);
	assert_int_equal(bring(rows, N_OF(rows), false), ERR_NONE);
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_true(may_log_in(rows[i].openid));
		assert_int_equal(rows[i].clashes & USER_IMPORT_CLASH_ADMITTED,
			USER_IMPORT_CLASH_ADMITTED);
	}
	assert_string_equal(sql_text("SELECT GROUP_CONCAT(version ORDER BY id) FROM wechat_user "
				     "WHERE tenant_id = %d",
				    app.tenant_id),
		before);
}

static void a_user_of_another_app_stays_there(void **state)
{
	struct user_import_row row = who("o1", "", 0);
	struct user_import import = {.app = &other_app, .rows = &row, .n_rows = 1};

	(void)state;
	other_app = add_app(app.tenant_id, "wx-import-other", APP_MINI, "p");
	assert_int_equal(bring(&row, 1, false), ERR_NONE);
	assert_int_equal(user_import(test_db, &import), ERR_NONE);
	assert_int_equal(row.state, USER_IMPORT_REFUSED);
	assert_int_equal(row.clashes, USER_IMPORT_CLASH_ELSEWHERE);
	assert_int_equal(row.other_app_id, app.id);
	assert_int_equal(sql_number("SELECT app_id FROM wechat_user WHERE tenant_id = %d",
				 app.tenant_id),
		app.id);
	import.moves_users = true;
	assert_int_equal(user_import(test_db, &import), ERR_NONE);
	assert_int_equal(row.state, USER_IMPORT_CHANGED);
	assert_true(row.has_moved);
	assert_int_equal(sql_number("SELECT app_id FROM wechat_user WHERE tenant_id = %d",
				 app.tenant_id),
		other_app.id);
	assert_int_equal(user_import(test_db, &import), ERR_NONE);
	assert_int_equal(row.state, USER_IMPORT_SAME);
	assert_false(row.has_moved);
	/* Who has logged in there does not move. */
	sql("UPDATE wechat_user SET exchanged_at = UTC_TIMESTAMP(6) WHERE tenant_id = %d",
		app.tenant_id);
	import.app = &app;
	assert_int_equal(user_import(test_db, &import), ERR_NONE);
	assert_int_equal(row.state, USER_IMPORT_REFUSED);
	assert_int_equal(row.clashes, USER_IMPORT_CLASH_APP);
	assert_int_equal(row.other_app_id, other_app.id);
}

static void prepare_many(void *ctx)
{
	add_own_app(ctx);
}

static enum err run_many(void *ctx)
{
	(void)ctx;
	return bring(many(), N_ROWS, false);
}

static const char *everything(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "%d,%d,%d,%d,%d", (int)count("wechat_user", "TRUE"),
		(int)count("account", "TRUE"), (int)count("external_id", "TRUE"),
		(int)count("account_unionid", "TRUE"), (int)count("account", CONFIRMED));
	return text;
}

static bool attempt(int call, const struct fault *fault)
{
	const struct trial trial = {
		.prepare = prepare_many,
		.run = run_many,
		.everything = everything,
	};

	(void)call;
	return run_with_fault(&trial, fault);
}

static void all_are_stored_or_none(void **state)
{
	(void)state;
	break_each(attempt, 0, 20);
	assert_string_equal(everything(), "12,12,11,11,2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_of_a_transaction_has_the_phone),
		cmocka_unit_test_setup(the_last_of_all_has_the_phone, add_own_app),
		cmocka_unit_test_setup(who_holds_it_without_a_date_loses_it, add_own_app),
		cmocka_unit_test_setup(an_id_and_a_unionid_are_one_accounts, add_own_app),
		cmocka_unit_test(only_the_same_person_is_joined_by_an_id),
		cmocka_unit_test_setup(
			a_source_of_a_row_counts_before_that_of_the_import, add_own_app),
		cmocka_unit_test_setup(who_was_erased_is_left_out, add_own_app),
		cmocka_unit_test_setup(who_has_an_account_is_not_erased, add_own_apps),
		cmocka_unit_test_setup(
			who_came_back_is_not_dated_before_the_erasure, add_own_app),
		cmocka_unit_test_setup(what_a_login_has_said_stays, add_own_app),
		cmocka_unit_test_setup(who_has_logged_in_is_not_merged, add_own_apps),
		cmocka_unit_test_setup(a_merge_of_an_import_is_the_operators, add_own_apps),
		cmocka_unit_test_setup(a_transaction_ends_in_time, add_own_app),
		cmocka_unit_test_setup(who_is_blocked_elsewhere_cannot_log_in, add_own_app),
		cmocka_unit_test_setup(a_user_of_another_app_stays_there, add_own_app),
		cmocka_unit_test(all_are_stored_or_none),
	};

	return cmocka_run_group_tests_name("user_import", tests, logins_open, mariadb_close);
}
