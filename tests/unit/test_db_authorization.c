#include "unit.h"

#include "account_admin.h"
#include "authorization.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "setting.h"
#include "wechat_user.h"

#define SESSION_KEY "QUJDREVGR0hJSktMTU5PUA==" /* of log_in() */
#define SUBSCRIBED_US (INT64_C(1769670034) * 1000000)

static struct app foreign;

static int set_up(void **state)
{
	logins_open(state);
	foreign = add_app(add_tenant("two"), "wx-foreign", APP_MINI, "open");
	return 0;
}

/* ---- What is known of an openid. */

static struct known_session session_of(const struct app *app, const char *openid)
{
	struct known_session session;

	assert_int_equal(authorization_session(test_db, app, openid, &session), 0);
	return session;
}

static void test_a_session_is_known_for_an_hour(void **state)
{
	(void)state;
	log_in(&mini, "oHour", NULL);
	assert_string_equal(session_of(&mini, "oHour").session_key, SESSION_KEY);
	assert_true(session_of(&mini, "oHour").is_exchanged);
	sql("UPDATE wechat_user SET session_at = UTC_TIMESTAMP(6) - INTERVAL 3600 SECOND "
	    "WHERE openid = 'oHour'");
	assert_string_equal(session_of(&mini, "oHour").session_key, "");
	assert_true(session_of(&mini, "oHour").is_exchanged);
}

static void test_a_session_is_its_apps(void **state)
{
	const struct principal principal = server_of(tenant);
	const struct wechat_user stored = {.tenant_id = tenant, .openid = "oStored"};
	const struct app *const others[] = {&official, &foreign};
	int32_t id;

	(void)state;
	log_in(&mini, "oApp", NULL);
	for (size_t i = 0; i < N_OF(others); i++) {
		assert_string_equal(session_of(others[i], "oApp").session_key, "");
		assert_false(session_of(others[i], "oApp").is_exchanged);
	}
	assert_int_equal(wechat_user_save(test_db, &principal, &stored, &id), ERR_NONE);
	assert_false(session_of(&mini, "oStored").is_exchanged);
	assert_false(session_of(&mini, "oNobody").is_exchanged);
}

/* ---- Storing who has proven an openid. */

static enum err store(const struct authorization *authorization, struct account *account_r)
{
	struct access_token token;

	return authorization_store(test_db, authorization, account_r, &token);
}

static int64_t unionids_of(const char *openid)
{
	return sql_number("SELECT COUNT(*) FROM wechat_user u LEFT JOIN account_unionid a "
			  "ON a.account_id = u.account_id "
			  "WHERE u.openid = '%s' AND (u.unionid IS NOT NULL OR "
			  "a.unionid IS NOT NULL)", openid);
}

static void test_a_new_user_says_who_he_is(void **state)
{
	const struct authorization authorization = {
		.app = &mini, .openid = "oNew",
		.change = {
			.name = "小明😀", .avatar = "https://example.com/a", .language = "zh_CN",
			.country = "中国", .province = "广东", .city = "深圳", .gender = 1,
			.subscribed_us = SUBSCRIBED_US,
		},
	};
	const struct wechat_login later = {.openid = "oNew", .nickname = "WeChat's"};
	struct account account, again;

	(void)state;
	assert_int_equal(store(&authorization, &account), ERR_NONE);
	assert_string_equal(account.openid, "oNew");
	assert_string_equal(account.name, "小明😀");
	assert_string_equal(account.city, "深圳");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oNew' "
				    "AND app_id = %d "
				    "AND subscribe_at = '2026-01-29 07:00:34' "
				    "AND session_key IS NULL AND exchanged_at IS NULL",
				    mini.id), 1);

	assert_int_equal(try_login(&mini, &later, &again), ERR_NONE);
	assert_string_equal(again.id, account.id);
	assert_string_equal(again.name, "小明😀");
}

static void test_what_is_not_said_stays(void **state)
{
	const struct authorization first = {
		.app = &mini, .openid = "oStays",
		.change = {.name = "N", .avatar = "A", .city = "C", .subscribed_us = SUBSCRIBED_US},
	};
	const struct authorization second = {
		.app = &mini, .openid = "oStays",
		.change = {.name = "微信用户", .avatar = "", .city = ""}};
	struct account before, after;

	(void)state;
	log_in(&mini, "oStays", NULL);
	assert_int_equal(store(&first, &before), ERR_NONE);
	assert_int_equal(store(&second, &after), ERR_NONE);
	assert_string_equal(after.id, before.id);
	assert_string_equal(after.name, "N");
	assert_string_equal(after.avatar, "A");
	assert_string_equal(after.city, "C");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oStays' "
				    "AND subscribe_at IS NOT NULL AND session_key IS NOT NULL"), 1);
	assert_int_equal(store(&second, &before), ERR_NONE);
	assert_int_equal(before.entity_version, after.entity_version);
}

static void test_another_apps_openid_is_refused(void **state)
{
	const struct authorization authorization = {.app = &mini, .openid = "oOfficials"};
	struct account account;

	(void)state;
	log_in(&official, "oOfficials", NULL);
	assert_int_equal(store(&authorization, &account), ERR_APP_UNKNOWN);
}

static void test_a_wrong_app_of_a_server_shuts_nobody_out(void **state)
{
	const struct authorization mistaken = {
		.app = &mini, .openid = "oMistaken", .is_trusted = true};
	struct account named, logged_in, account;

	(void)state;
	assert_int_equal(store(&mistaken, &named), ERR_NONE);
	logged_in = log_in(&official, "oMistaken", NULL);
	assert_string_equal(logged_in.id, named.id);
	assert_int_equal(logged_in.wechat_user_id, named.wechat_user_id);
	assert_true(session_of(&official, "oMistaken").is_exchanged);
	assert_int_equal(store(&mistaken, &account), ERR_APP_UNKNOWN);
}

static void test_an_account_that_is_off_stores_nothing(void **state)
{
	const struct authorization authorization = {
		.app = &mini, .openid = "oOff", .change = {.name = "changed"}};
	struct account account;

	(void)state;
	log_in(&mini, "oOff", NULL);
	sql("UPDATE account SET is_active = 0 WHERE id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = 'oOff')");
	assert_int_equal(store(&authorization, &account), ERR_ACCOUNT_DISABLED);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid = 'oOff' AND name = ''"), 1);
}

static void test_a_clients_unionid_joins_nobody(void **state)
{
	const struct account victim = log_in(&official, "oVictim", "uVictim");
	struct authorization authorization = {
		.app = &mini, .openid = "oThief", .unionid = "uVictim"};
	struct account account;

	(void)state;
	assert_int_equal(store(&authorization, &account), ERR_NONE);
	assert_string_not_equal(account.id, victim.id);
	assert_int_equal(unionids_of("oThief"), 0);

	log_in(&mini, "oThief", "uThief");
	assert_int_equal(store(&authorization, &account), ERR_UNIONID_OTHER);
	authorization.is_trusted = true;
	assert_int_equal(store(&authorization, &account), ERR_UNIONID_OTHER);
	authorization.unionid = "uThief";
	assert_int_equal(store(&authorization, &account), ERR_NONE);
	authorization.unionid = "no unionid";
	assert_int_equal(store(&authorization, &account), ERR_UNIONID_OTHER);
}

static void test_a_tenants_server_is_believed(void **state)
{
	const struct account known = log_in(&official, "oKnown", "uKnown");
	const struct authorization authorization = {
		.app = &mini, .openid = "oSame", .unionid = "uKnown", .is_trusted = true};
	struct account account;

	(void)state;
	assert_int_equal(store(&authorization, &account), ERR_NONE);
	assert_string_equal(account.id, known.id);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid = 'oSame' AND unionid = 'uKnown'"), 1);
}

static void test_a_server_joins_two_accounts_of_one_person(void **state)
{
	const struct account older = log_in(&mini, "oOlder", NULL);
	const struct account younger = log_in(&official, "oYounger", "uOlder");
	const struct authorization authorization = {
		.app = &mini, .openid = "oOlder", .unionid = "uOlder", .is_trusted = true};
	struct account account;

	(void)state;
	assert_string_not_equal(older.id, younger.id);
	assert_int_equal(store(&authorization, &account), ERR_NONE);
	assert_string_equal(account.id, older.id);
	assert_string_equal(log_in(&official, "oYounger", "uOlder").id, older.id);
}

static void test_a_server_cannot_join_what_does_not_go_together(void **state)
{
	const struct account one = log_in(&mini, "oTwin1", "uTwin");
	const struct account other = log_in(&mini, "oTwin2", NULL);
	const struct authorization authorization = {
		.app = &mini, .openid = "oTwin2", .unionid = "uTwin", .is_trusted = true};
	struct account account;

	(void)state;
	assert_int_equal(store(&authorization, &account), ERR_NONE);
	assert_string_equal(account.id, other.id);
	assert_string_equal(log_in(&mini, "oTwin1", "uTwin").id, one.id);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_conflict "
				    "WHERE unionid = 'uTwin'"), 1);
}

struct trial_store {
	struct authorization authorization;
	struct account account;
};

static enum err store_on_trial(void *ctx)
{
	struct trial_store *trial = ctx;

	return store(&trial->authorization, &trial->account);
}

static const char *everything(void)
{
	return sql_text("SELECT MD5(CONCAT_WS('/', (SELECT GROUP_CONCAT(CONCAT_WS(',', id, name, "
			"unionid, HEX(account_id)) ORDER BY id) FROM wechat_user), "
			"(SELECT GROUP_CONCAT(unionid, HEX(account_id) ORDER BY unionid) "
			"FROM account_unionid), (SELECT SUM(entity_version) FROM account), "
			"(SELECT COUNT(*) FROM access_token), "
			"(SELECT COUNT(*) FROM account_alias), (SELECT COUNT(*) FROM merge_log), "
			"(SELECT COUNT(*) FROM audit)))");
}

enum { MERGE, KNOWN };

static bool attempt_store(int call, const struct fault *fault)
{
	static int n_persons;
	char openid[32], other[32], unionid[32];
	struct trial_store ctx = {
		.authorization = {.app = &mini, .openid = openid, .unionid = unionid,
			.is_trusted = true, .change = {.name = "N"}},
	};
	const struct trial trial = {
		.run = store_on_trial, .everything = everything, .ctx = &ctx};
	bool is_reached;

	snprintf(openid, sizeof(openid), "oFault%d", n_persons);
	snprintf(other, sizeof(other), "oOther%d", n_persons);
	snprintf(unionid, sizeof(unionid), "uFault%d", n_persons++);
	log_in(&mini, openid, call == KNOWN ? unionid : NULL);
	log_in(&official, other, unionid);
	is_reached = run_with_fault(&trial, fault);
	assert_string_equal(log_in(&mini, openid, unionid).name, "N");
	assert_string_equal(log_in(&official, other, unionid).id, ctx.account.id);
	return is_reached;
}

static void test_nothing_is_half_stored(void **state)
{
	(void)state;
	break_each(attempt_store, MERGE, 12);
	break_each(attempt_store, KNOWN, 4);
}

static int store_same_user(int index)
{
	const struct authorization authorization = {
		.app = &mini, .openid = "oRaced", .change = {.name = "Raced"}};
	struct account account;

	(void)index;
	return store(&authorization, &account) == ERR_NONE ? 0 : -1;
}

static void test_parallel_calls_for_a_new_user(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(16, store_same_user), 16);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid = 'oRaced' AND account_id IS NOT NULL"), 1);
}

static struct account account_of(int32_t wechat_user_id)
{
	struct account account;

	assert_int_equal(
		account_by_wechat_user(test_db, tenant, wechat_user_id, &account), ERR_NONE);
	return account;
}

static void test_flags_are_the_accounts_else_the_tenants(void **state)
{
	struct account account = log_in(&mini, "oFlags", NULL);
	struct account_ref ref;
	struct customer_flags flags;

	(void)state;
	assert_int_equal(authorization_flags(test_db, &account, &flags), 0);
	assert_false(flags.is_mini_program_remind || flags.is_close_order_pda ||
		     flags.is_show_statistics_pda || flags.is_show_no_fee_leave_button ||
		     flags.can_balance_pay);

	assert_int_equal(setting_set(test_db, tenant, "can_balance_pay", "true"), ERR_NONE);
	assert_int_equal(setting_set(test_db, tenant, "is_close_order_pda", "true"), ERR_NONE);
	assert_int_equal(account_find(test_db, "oFlags", &ref), ERR_NONE);
	assert_int_equal(
		account_set_flag(test_db, &ref, "is_close_order_pda", OWN_FALSE), ERR_NONE);
	assert_int_equal(
		account_set_flag(test_db, &ref, "is_show_statistics_pda", OWN_TRUE), ERR_NONE);
	account = account_of(account.wechat_user_id);
	assert_int_equal(authorization_flags(test_db, &account, &flags), 0);
	assert_true(flags.can_balance_pay && flags.is_show_statistics_pda);
	assert_false(flags.is_close_order_pda || flags.is_mini_program_remind);

	assert_int_equal(account_set_flag(test_db, &ref, "is_close_order_pda", OWN_NONE), ERR_NONE);
	account = account_of(account.wechat_user_id);
	assert_int_equal(authorization_flags(test_db, &account, &flags), 0);
	assert_true(flags.is_close_order_pda);
}

static void test_who_sets_a_flag_is_audited(void **state)
{
	static const enum own_flag values[] = {OWN_NONE, OWN_TRUE, OWN_TRUE, OWN_NONE, OWN_NONE};
	const struct account account = log_in(&mini, "oAudited", NULL);
	struct account_ref ref;

	(void)state;
	assert_int_equal(account_find(test_db, account.id, &ref), ERR_NONE);
	for (size_t i = 0; i < N_OF(values); i++)
		assert_int_equal(
			account_set_flag(test_db, &ref, "can_balance_pay", values[i]), ERR_NONE);
	assert_string_equal(sql_text("SELECT GROUP_CONCAT(details ORDER BY id) FROM audit "
				     "WHERE action = 'account.set' AND subject = '%s'", account.id),
		"{\"can_balance_pay\":true},{\"can_balance_pay\":null}");
	assert_int_equal(log_in(&mini, "oAudited", NULL).entity_version,
		account.entity_version + 2);
	assert_int_equal(account_set_flag(test_db, &ref, "is_active", OWN_TRUE), ERR_PARAMETER);
	sql("UPDATE account SET is_deleted = 1 WHERE id = UNHEX(REPLACE('%s', '-', ''))",
		account.id);
	assert_int_equal(
		account_set_flag(test_db, &ref, "can_balance_pay", OWN_TRUE), ERR_USER_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_session_is_known_for_an_hour),
		cmocka_unit_test(test_a_session_is_its_apps),
		cmocka_unit_test(test_a_new_user_says_who_he_is),
		cmocka_unit_test(test_what_is_not_said_stays),
		cmocka_unit_test(test_another_apps_openid_is_refused),
		cmocka_unit_test(test_a_wrong_app_of_a_server_shuts_nobody_out),
		cmocka_unit_test(test_an_account_that_is_off_stores_nothing),
		cmocka_unit_test(test_a_clients_unionid_joins_nobody),
		cmocka_unit_test(test_a_tenants_server_is_believed),
		cmocka_unit_test(test_a_server_joins_two_accounts_of_one_person),
		cmocka_unit_test(test_a_server_cannot_join_what_does_not_go_together),
		cmocka_unit_test(test_nothing_is_half_stored),
		cmocka_unit_test(test_parallel_calls_for_a_new_user),
		cmocka_unit_test(test_flags_are_the_accounts_else_the_tenants),
		cmocka_unit_test(test_who_sets_a_flag_is_audited),
	};

	return cmocka_run_group_tests_name("db_authorization", tests, set_up, mariadb_close);
}
