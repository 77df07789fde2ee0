#include "unit.h"

#include <mysqld_error.h>

#include "app_push.h"
#include "db.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "push_event.h"

#define KEY_1 "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define KEY_2 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define NOON_US INT64_C(1714037059000000)

static struct app app;

static int set_up(void **state)
{
	mariadb_open(state);
	app = add_app(add_tenant("one"), "wx-one", APP_OFFICIAL, "");
	return 0;
}

static struct push_event event_of(const char *openid, const char *name)
{
	return (struct push_event){
		.tenant_id = app.tenant_id, .app_id = app.id, .appid = app.appid,
		.openid = openid, .name = name, .happened_us = NOON_US, .is_covered = true,
	};
}

/* ---- Token and keys. */

static struct app_push find_push(void)
{
	struct app_push push;

	assert_int_equal(app_push_find(test_db, "wx-one", &push), 1);
	return push;
}

static void set_push(const char *token, const char *key, bool drops_previous)
{
	const struct app_push_change change = {"wx-one", token, key, drops_previous};

	assert_int_equal(app_push_set(test_db, &change), ERR_NONE);
}

static void test_a_new_key_makes_the_present_one_the_previous(void **state)
{
	int64_t n_audited;
	struct app_push push = find_push();

	(void)state;
	assert_string_equal(push.token, "");
	set_push("token", KEY_1, false);
	set_push(NULL, KEY_2, false);
	push = find_push();
	assert_string_equal(push.token, "token");
	assert_string_equal(push.key, KEY_2);
	assert_string_equal(push.previous_key, KEY_1);
	n_audited = sql_number("SELECT COUNT(*) FROM audit WHERE action = 'app.set_push'");
	set_push("token", KEY_2, false);
	assert_string_equal(find_push().previous_key, KEY_1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM audit WHERE action = 'app.set_push'"), n_audited);
	set_push(NULL, NULL, true);
	assert_string_equal(find_push().key, KEY_2);
	assert_string_equal(find_push().previous_key, "");
}

static void test_what_is_no_token_or_key_is_refused(void **state)
{
	static const struct app_push_change changes[] = {
		{"wx-one", "", NULL, false},
		{"wx-one", "a b", NULL, false},
		{"wx-one", "123456789012345678901234567890123", NULL, false},
		{"wx-one", NULL, "", false},
		{"wx-one", NULL, KEY_1 "A", false},
		{"wx-none", "token", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(changes); i++)
		assert_int_equal(app_push_set(test_db, &changes[i]), ERR_PARAMETER);
}

/* ---- Events. */

static void test_an_event_that_failed_can_come_again(void **state)
{
	const struct push_event event = event_of("oFails", "subscribe");
	int n = 1;

	(void)state;
	log_in(&app, "oFails", NULL);
	for (;; n++) {
		break_at(n, 1, ER_NO_SUCH_TABLE);
		if (push_event_take(test_db, &event) == ERR_NONE)
			break;
		break_at(0, 0, 0);
		assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 0);
		assert_int_equal(sql_number("SELECT SUM(is_following) FROM wechat_user"), 0);
	}
	break_at(0, 0, 0);
	assert_int_equal(n, 5);
	assert_int_equal(sql_number("SELECT is_following FROM wechat_user"), 1);
	sql("DELETE FROM push_event");
}

static int take_alone(int index)
{
	const struct push_event event = event_of("oRace", "subscribe");

	(void)index;
	return push_event_take(test_db, &event) == ERR_NONE ? 0 : 1;
}

static void test_one_of_many_deliveries_counts(void **state)
{
	(void)state;
	log_in(&app, "oRace", NULL);
	assert_int_equal(mariadb_race(16, take_alone), 16);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 1);
	assert_int_equal(sql_number("SELECT a.entity_version FROM account a JOIN wechat_user u "
				    "ON u.account_id = a.id WHERE u.openid = 'oRace'"), 1);
	sql("DELETE FROM push_event");
}

static void count_row(void *ctx, const struct push_event *event)
{
	assert_string_equal(event->openid, "oWaits");
	++*(int *)ctx;
}

static void test_old_events_are_forgotten_but_not_those_that_wait(void **state)
{
	struct push_event event = event_of("oWaits", "user_authorization_revoke");
	int n_waiting = 0;

	(void)state;
	event.is_covered = false;
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	event = event_of("oOld", "subscribe");
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(push_event_purge(test_db), 0);
	sql("UPDATE push_event SET received_at = received_at - INTERVAL 1 DAY");
	event = event_of("oNew", "subscribe");
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(push_event_purge(test_db), 1);
	assert_int_equal(push_event_purge(test_db), 0);
	assert_int_equal(push_event_pending(test_db, count_row, &n_waiting), ERR_NONE);
	assert_int_equal(n_waiting, 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_key_makes_the_present_one_the_previous),
		cmocka_unit_test(test_what_is_no_token_or_key_is_refused),
		cmocka_unit_test(test_an_event_that_failed_can_come_again),
		cmocka_unit_test(test_one_of_many_deliveries_counts),
		cmocka_unit_test(test_old_events_are_forgotten_but_not_those_that_wait),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
