#include "unit.h"

#include "account_link.h"
#include "app_move.h"
#include "authorization.h"
#include "captured_log.h"
#include "db.h"
#include "erasure.h"
#include "logins.h"
#include "mariadb.h"

#define N_RACERS 32

/* Each test's apps: one that moves, one that moves later or never, and one that is in the new place
 * from the first. */
static char moving[32], staying[32], fresh[32], old_place[32], new_place[32];

static int begin_test(void **state)
{
	static int n_tests;

	(void)state;
	n_tests++;
	snprintf(moving, sizeof(moving), "wx-moving-%d", n_tests);
	snprintf(staying, sizeof(staying), "wx-staying-%d", n_tests);
	snprintf(fresh, sizeof(fresh), "wx-fresh-%d", n_tests);
	snprintf(old_place, sizeof(old_place), "old-%d", n_tests);
	snprintf(new_place, sizeof(new_place), "new-%d", n_tests);
	add_app(tenant, moving, APP_MINI, old_place);
	add_app(tenant, staying, APP_OFFICIAL, old_place);
	add_app(tenant, fresh, APP_WEB, new_place);
	sql("DELETE FROM merge_log; DELETE FROM account_conflict; DELETE FROM account_unionid; "
	    "DELETE FROM login_claim; DELETE FROM wechat_user; DELETE FROM account_alias; "
	    "DELETE FROM account");
	return 0;
}

/* As it is by now. */
static struct app app_now(const char *appid)
{
	struct app app;

	assert_int_equal(app_find(test_db, appid, &app), ERR_NONE);
	return app;
}

/* The account's id; the openid is the appid's own of a person. */
static const char *come(const char *appid, char person, const char *unionid)
{
	static char ids[8][UUID_TEXT_SIZE];
	static size_t n;
	const struct app app = app_now(appid);
	char *id = ids[n++ % N_OF(ids)];
	char openid[64];

	snprintf(openid, sizeof(openid), "o-%s-%c", appid, person);
	memcpy(id, log_in(&app, openid, unionid).id, UUID_TEXT_SIZE);
	db_end_request(test_db);
	return id;
}

static void move_app(const char *appid, const char *platform)
{
	struct app_move move = {.appid = appid, .platform = platform};

	assert_int_equal(app_move(test_db, &move), ERR_NONE);
}

static int64_t n_unionids(const char *platform, const char *unionid)
{
	return sql_number("SELECT COUNT(*) FROM account_unionid u JOIN open_platform p "
			  "ON p.id = u.open_platform_id WHERE p.name = '%s' AND u.unionid = '%s'",
		platform, unionid);
}

static int64_t n_open_conflicts(void)
{
	return sql_number("SELECT COUNT(*) FROM account_conflict WHERE settled_at IS NULL");
}

static int64_t n_persons(void)
{
	return sql_number("SELECT COUNT(DISTINCT account_id) FROM wechat_user");
}

static void see_report(void *ctx, const struct app_move_report *report)
{
	*(struct app_move_report *)ctx = *report;
}

static void check_report(int n_moved, int n_to_come, int n_conflicts)
{
	struct app_move_report report = {0};

	assert_int_equal(app_move_list(test_db, moving, see_report, &report), ERR_NONE);
	assert_string_equal(report.appid, moving);
	assert_string_equal(report.from, old_place);
	assert_string_equal(report.to, new_place);
	assert_true(report.since_us > 0);
	assert_int_equal(report.n_moved, n_moved);
	assert_int_equal(report.n_to_come, n_to_come);
	assert_int_equal(report.n_conflicts, n_conflicts);
}

static void test_a_moved_apps_users_stay_themselves(void **state)
{
	const char *id = come(moving, 'a', "u-old");

	(void)state;
	assert_string_equal(come(staying, 'a', "u-old"), id);
	come(moving, 'b', "u-old-b");
	come(moving, 'c', NULL);
	move_app(moving, new_place);
	check_report(0, 2, 0);
	assert_string_equal(come(moving, 'a', "u-new"), id);
	check_report(1, 1, 0);
	assert_string_equal(come(staying, 'a', "u-old"), id);
	assert_string_equal(come(fresh, 'a', "u-new"), id);
	assert_string_equal(come(moving, 'a', "u-new"), id);
	assert_int_equal(n_unionids(old_place, "u-old"), 1);
	assert_int_equal(n_unionids(new_place, "u-new"), 1);
	assert_int_equal(n_open_conflicts(), 0);
	assert_string_equal(
		sql_text("SELECT unionid FROM wechat_user WHERE openid = 'o-%s-a'", moving),
		"u-new");
	assert_string_equal(
		sql_text("SELECT action FROM audit ORDER BY id DESC LIMIT 1"), "app.move");
}

static void test_who_comes_through_the_new_app_first_is_joined(void **state)
{
	const char *old = come(moving, 'a', "u-old");

	(void)state;
	move_app(moving, new_place);
	assert_string_not_equal(come(fresh, 'a', "u-new"), old);
	assert_string_equal(come(moving, 'a', "u-new"), old);
	assert_string_equal(come(fresh, 'a', "u-new"), old);
	assert_int_equal(n_persons(), 1);
	assert_int_equal(n_open_conflicts(), 0);
}

static int log_in_at_once(int index)
{
	return come(index % 2 == 0 ? moving : fresh, 'a', "u-new") != NULL ? 0 : -1;
}

static void test_two_at_once(void **state)
{
	(void)state;
	come(moving, 'a', "u-old");
	move_app(moving, new_place);
	assert_int_equal(mariadb_race(N_RACERS, log_in_at_once), N_RACERS);
	assert_int_equal(n_persons(), 1);
	assert_int_equal(n_unionids(new_place, "u-new"), 1);
	assert_int_equal(n_unionids(old_place, "u-old"), 1);
	assert_int_equal(n_open_conflicts(), 0);
}

/* As all tenants have them, and this one alone; another one has none. */
static int32_t n_suspects(void)
{
	const int32_t tenants[] = {0, tenant, tenant + 1};
	const struct app_suspect *suspects;
	int32_t n_users[N_OF(tenants)];
	size_t n;

	for (size_t i = 0; i < N_OF(tenants); i++) {
		assert_int_equal(i == 0
				? app_move_suspects(test_db, &suspects, &n)
				: app_move_suspects_of_tenant(test_db, tenants[i], &suspects, &n),
			ERR_NONE);
		assert_true(n == 0 || (n == 1 && strcmp(suspects[0].appid, moving) == 0));
		n_users[i] = n == 0 ? 0 : suspects[0].n_users;
	}
	assert_int_equal(n_users[1], n_users[0]);
	assert_int_equal(n_users[2], 0);
	return n_users[0];
}

static int n_warnings(const char *text)
{
	int n = 0;

	while ((text = strstr(text, "wxuserctl app set")) != NULL)
		n += *text++ == 'w';
	return n;
}

static void test_where_nobody_says_so_it_is_told_once(void **state)
{
	(void)state;
	for (char person = 'a'; person <= 'c'; person++) {
		char unionid[] = "u-old-x";

		unionid[6] = person;
		come(moving, person, unionid);
	}
	assert_int_equal(n_suspects(), 0);
	captured_log_begin();
	come(moving, 'a', "u-new-a");
	come(moving, 'b', "u-new-b");
	come(moving, 'b', "u-new-b");
	assert_int_equal(n_warnings(captured_log_end()), 1);
	assert_int_equal(n_suspects(), 2);
	assert_int_equal(n_open_conflicts(), 2);

	move_app(moving, new_place);
	assert_int_equal(n_suspects(), 0);
	assert_int_equal(n_open_conflicts(), 0);
	come(moving, 'a', "u-new-a");
	come(moving, 'c', "u-new-c");
	assert_int_equal(n_open_conflicts(), 0);
	check_report(2, 1, 0);

	move_app(moving, old_place);
	assert_int_equal(n_open_conflicts(), 2);
	assert_int_equal(n_unionids(new_place, "u-new-a"), 0);
	assert_int_equal(n_unionids(old_place, "u-old-a"), 1);
}

/* Both apps moved, and nobody said so: somebody's second account has the new unionid in the old
 * place. */
static void check_second_account(const char *first, const char *second)
{
	const char *old = come(moving, 'a', "u-old");

	assert_string_not_equal(come(staying, 'a', "u-new"), old);
	come(moving, 'a', "u-new");
	assert_int_equal(n_open_conflicts(), 1);
	move_app(moving, new_place);
	move_app(staying, new_place);
	come(first, 'a', "u-new");
	come(second, 'a', "u-new");
	assert_string_equal(come(first, 'a', "u-new"), old);
	assert_int_equal(n_persons(), 1);
	assert_int_equal(n_open_conflicts(), 0);
	assert_int_equal(n_unionids(old_place, "u-new"), 0);
}

static void test_a_second_account_is_joined_when_both_moves_are_told(void **state)
{
	(void)state;
	check_second_account(moving, staying);
}

static void test_a_second_account_is_joined_in_the_other_order(void **state)
{
	(void)state;
	check_second_account(staying, moving);
}

/* Nothing has moved but the operator's mind. */
static void test_a_move_that_never_was_is_undone(void **state)
{
	const char *id = come(moving, 'a', "u-a"), *late;
	struct app_move_report report = {0};

	(void)state;
	move_app(moving, new_place);
	assert_string_equal(come(moving, 'a', "u-a"), id);
	late = come(moving, 'b', "u-b");
	assert_int_equal(n_unionids(new_place, "u-a") + n_unionids(new_place, "u-b"), 2);

	move_app(moving, old_place);
	assert_int_equal(n_unionids(new_place, "u-a") + n_unionids(new_place, "u-b"), 0);
	assert_int_equal(n_unionids(old_place, "u-a") + n_unionids(old_place, "u-b"), 2);
	assert_string_equal(come(staying, 'a', "u-a"), id);
	assert_string_equal(come(staying, 'b', "u-b"), late);
	assert_string_equal(come(moving, 'a', "u-a"), id);
	assert_int_equal(n_open_conflicts(), 0);
	assert_int_equal(app_move_list(test_db, moving, see_report, &report), ERR_NONE);
	assert_null(report.appid);
}

static void test_an_app_moves_back(void **state)
{
	const char *id = come(moving, 'a', "u-old"), *late;

	(void)state;
	move_app(moving, new_place);
	come(moving, 'a', "u-new");
	late = come(moving, 'b', "u-new-b");
	come(fresh, 'a', "u-new");
	move_app(moving, old_place);
	assert_int_equal(n_unionids(new_place, "u-new"), 1); /* of the app that is there */
	assert_string_equal(come(moving, 'a', "u-old"), id);
	assert_string_equal(come(moving, 'b', "u-old-b"), late);
	assert_string_equal(come(fresh, 'a', "u-new"), id);
	assert_string_equal(come(staying, 'b', "u-old-b"), late);
	assert_int_equal(n_unionids(old_place, "u-new-b"), 0);
	assert_int_equal(n_open_conflicts(), 0);
}

/* What the first days in the new place have brought is there again at once. */
static void test_an_app_moves_forth_again(void **state)
{
	const char *id = come(moving, 'a', "u-old"), *late;

	(void)state;
	move_app(moving, new_place);
	come(moving, 'a', "u-new");
	late = come(moving, 'b', "u-new-b");
	move_app(moving, old_place);
	move_app(moving, new_place);
	check_report(2, 0, 0);
	assert_string_equal(come(fresh, 'a', "u-new"), id);
	assert_string_equal(come(fresh, 'b', "u-new-b"), late);
	assert_int_equal(n_unionids(old_place, "u-old"), 1);
	assert_int_equal(n_unionids(old_place, "u-new-b"), 0);
}

/* The app moved for a day, and then back. */
static void test_a_conflict_ends_with_the_unionid_that_made_it(void **state)
{
	(void)state;
	come(moving, 'a', "u-old");
	come(moving, 'a', "u-new");
	move_app(moving, new_place);
	move_app(moving, old_place);
	assert_int_equal(n_open_conflicts(), 1);
	come(moving, 'a', "u-old");
	assert_int_equal(n_open_conflicts(), 0);
	come(moving, 'a', "u-other");
	assert_int_equal(n_open_conflicts(), 1);
}

/* It moved back before anybody said so. */
static void test_the_way_back_explains_conflicts_too(void **state)
{
	const char *id;

	(void)state;
	move_app(moving, new_place);
	id = come(moving, 'a', "u-new");
	assert_string_equal(come(moving, 'a', "u-old"), id);
	assert_int_equal(n_open_conflicts(), 1);
	move_app(moving, old_place);
	assert_int_equal(n_open_conflicts(), 0);
	assert_string_equal(come(moving, 'a', "u-old"), id);
	assert_string_equal(come(staying, 'a', "u-old"), id);
	assert_int_equal(n_open_conflicts(), 0);
}

static void test_a_conflict_ends_where_both_become_one(void **state)
{
	const char *id;

	(void)state;
	come(moving, 'a', "u-a");
	id = come(staying, 'a', "u-new");
	assert_string_not_equal(come(moving, 'a', "u-new"), id);
	assert_int_equal(n_open_conflicts(), 1);
	sql("DELETE FROM account_unionid WHERE unionid = 'u-a'");
	come(staying, 'a', "u-new");
	come(moving, 'a', "u-new");
	assert_int_equal(n_persons(), 1);
	assert_int_equal(n_open_conflicts(), 0);
}

/* A login that had begun before the operator told the move. */
static void test_a_login_during_the_command_leaves_no_conflict(void **state)
{
	const struct app before = app_now(moving);
	const char *id = come(moving, 'a', "u-old");
	char openid[64];

	(void)state;
	move_app(moving, new_place);
	snprintf(openid, sizeof(openid), "o-%s-a", moving);
	assert_string_equal(log_in(&before, openid, "u-new").id, id);
	assert_int_equal(n_open_conflicts(), 0);
	assert_string_equal(come(moving, 'a', "u-new"), id);
	assert_int_equal(n_unionids(new_place, "u-new"), 1);
	check_report(1, 0, 0);
}

static void test_the_new_unionid_of_another_stays_a_conflict(void **state)
{
	const char *one = come(moving, 'a', "u-a"), *other = come(moving, 'b', "u-b");

	(void)state;
	move_app(moving, new_place);
	assert_string_equal(come(moving, 'a', "u-new"), one);
	assert_string_equal(come(moving, 'b', "u-new"), other);
	assert_int_equal(n_open_conflicts(), 1);
	check_report(2, 0, 1);
}

static enum err authorize(bool is_trusted, const char *unionid)
{
	const struct app app = app_now(moving);
	char openid[64];
	const struct authorization authorization = {
		.app = &app,
		.openid = openid,
		.unionid = unionid,
		.is_trusted = is_trusted,
	};
	struct account account;
	struct access_token token;

	snprintf(openid, sizeof(openid), "o-%s-a", moving);
	return authorization_store(test_db, &authorization, &account, &token);
}

static void test_only_wechat_brings_a_new_unionid(void **state)
{
	(void)state;
	come(moving, 'a', "u-old");
	assert_int_equal(authorize(false, "u-new"), ERR_UNIONID_OTHER);
	move_app(moving, new_place);
	for (int is_trusted = 0; is_trusted < 2; is_trusted++) {
		assert_int_equal(authorize(is_trusted, "u-new"), ERR_NONE);
		assert_int_equal(authorize(is_trusted, "u-old"), ERR_NONE);
		assert_int_equal(
			n_unionids(new_place, "u-new") + n_unionids(new_place, "u-old"), 0);
	}
	come(moving, 'a', "u-new");
	assert_int_equal(authorize(true, "u-new"), ERR_NONE);
	assert_int_equal(authorize(true, "u-old"), ERR_UNIONID_OTHER);
	assert_int_equal(authorize(false, "u-old"), ERR_UNIONID_OTHER);
}

static void test_an_app_that_was_nowhere_has_not_moved(void **state)
{
	struct app_move_report report = {0};
	const char *id;

	(void)state;
	sql("UPDATE app SET open_platform_id = NULL WHERE appid = '%s'", moving);
	id = come(moving, 'a', "u-a");
	move_app(moving, old_place);
	assert_int_equal(app_move_list(test_db, moving, see_report, &report), ERR_NONE);
	assert_null(report.appid);
	assert_string_equal(come(moving, 'a', "u-a"), id);
	assert_string_equal(come(staying, 'a', "u-a"), id);
}

static void test_who_is_erased_leaves_nothing_of_either_place(void **state)
{
	const struct app app = app_now(moving);
	char openid[64];
	struct erasure erasure = {
		.tenant_id = tenant,
		.appid = moving,
		.app_id = app.id,
		.openid = openid,
		.actor = "test",
	};
	struct erased erased;

	(void)state;
	snprintf(openid, sizeof(openid), "o-%s-a", moving);
	come(moving, 'a', "u-old");
	move_app(moving, new_place);
	come(moving, 'a', "u-new");
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	assert_true(erased.is_account_too);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_unionid"), 0);
}

static void test_what_is_no_move(void **state)
{
	struct app_move move = {.appid = "wx-nobody", .platform = new_place};

	(void)state;
	assert_int_equal(app_move(test_db, &move), ERR_PARAMETER);
	assert_true(move.is_unknown);
	move = (struct app_move){.appid = moving, .platform = old_place};
	assert_int_equal(app_move(test_db, &move), ERR_PARAMETER);
	assert_true(move.is_there);
	move.platform = "";
	assert_int_equal(app_move(test_db, &move), ERR_PARAMETER);
}

#define MOVE_TEST(name) cmocka_unit_test_setup(name, begin_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MOVE_TEST(test_a_moved_apps_users_stay_themselves),
		MOVE_TEST(test_who_comes_through_the_new_app_first_is_joined),
		MOVE_TEST(test_two_at_once),
		MOVE_TEST(test_where_nobody_says_so_it_is_told_once),
		MOVE_TEST(test_a_second_account_is_joined_when_both_moves_are_told),
		MOVE_TEST(test_a_second_account_is_joined_in_the_other_order),
		MOVE_TEST(test_a_move_that_never_was_is_undone),
		MOVE_TEST(test_an_app_moves_back),
		MOVE_TEST(test_an_app_moves_forth_again),
		MOVE_TEST(test_a_conflict_ends_with_the_unionid_that_made_it),
		MOVE_TEST(test_the_way_back_explains_conflicts_too),
		MOVE_TEST(test_a_conflict_ends_where_both_become_one),
		MOVE_TEST(test_a_login_during_the_command_leaves_no_conflict),
		MOVE_TEST(test_the_new_unionid_of_another_stays_a_conflict),
		MOVE_TEST(test_only_wechat_brings_a_new_unionid),
		MOVE_TEST(test_an_app_that_was_nowhere_has_not_moved),
		MOVE_TEST(test_who_is_erased_leaves_nothing_of_either_place),
		MOVE_TEST(test_what_is_no_move),
	};

	return cmocka_run_group_tests_name("move", tests, logins_open, mariadb_close);
}
