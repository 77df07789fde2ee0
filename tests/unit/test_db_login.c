#include "unit.h"

#include "conf.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "secret.h"
#include "setting.h"
#include "wechat_user.h"

#define N_RACERS 64
#define DAY_US (86400LL * 1000000)

/* ---- Claims. */

static void test_a_code_is_claimed_once(void **state)
{
	struct claim claim = take_claim(&mini, "c1"), other;

	(void)state;
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, "c1", ADDRESS), &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_PENDING);
	assert_true(other.is_same_client);
	assert_int_equal(
		claim_poll(test_db, &LOGIN_CODE(&mini, "c1", "192.0.2.2"), &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_PENDING);
	assert_false(other.is_same_client);
	assert_int_equal(claim_poll(test_db, &LOGIN_CODE(&mini, "c1", NULL), &other), ERR_NONE);
	assert_false(other.is_same_client);
	take_claim(&official, "c1");

	assert_int_equal(claim_refuse(test_db, &claim, ERR_CODE_INVALID), ERR_NONE);
	assert_int_equal(claim_refuse(test_db, &claim, ERR_RISK_USER), ERR_NONE);
	assert_int_equal(claim_poll(test_db, &LOGIN_CODE(&mini, "c1", ADDRESS), &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_REFUSED);
	assert_int_equal(other.err, ERR_CODE_INVALID);
	assert_in_range(other.age_us, 1, 60 * 1000000);
}

static void test_an_address_that_is_not_known_equals_none(void **state)
{
	struct claim claim;

	(void)state;
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, "c2", NULL), &claim), ERR_NONE);
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, "c2", NULL), &claim), ERR_NONE);
	assert_false(claim.is_same_client);
}

static void test_a_released_code_is_as_new(void **state)
{
	struct claim claim = take_claim(&mini, "c3"), other;

	(void)state;
	assert_int_equal(claim_release(test_db, &claim), ERR_NONE);
	assert_int_equal(claim_poll(test_db, &LOGIN_CODE(&mini, "c3", ADDRESS), &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_TAKEN);
	assert_true(other.id != claim.id);
	assert_int_equal(claim_refuse(test_db, &other, ERR_CODE_USED), ERR_NONE);
	assert_int_equal(claim_release(test_db, &other), ERR_NONE);
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, "c3", ADDRESS), &claim), ERR_NONE);
	assert_int_equal(claim.state, CLAIM_REFUSED);
}

static void test_an_old_claim_is_absent(void **state)
{
	struct account account;
	const struct wechat_login login = {.openid = "o-old-claim"};
	struct claim old = take_claim(&mini, "c4"), fresh;

	(void)state;
	sql("UPDATE login_claim SET created_at = UTC_TIMESTAMP(6) - INTERVAL 570 SECOND "
	    "WHERE id = %lld", (long long)old.id);
	assert_int_equal(
		claim_take(test_db, &LOGIN_CODE(&mini, "c4", ADDRESS), &fresh), ERR_CODE_PENDING);
	assert_in_range(fresh.age_us, 570LL * 1000000, 600LL * 1000000);
	sql("UPDATE login_claim SET created_at = UTC_TIMESTAMP(6) - INTERVAL 600 SECOND "
	    "WHERE id = %lld", (long long)old.id);
	fresh = take_claim(&mini, "c4");
	assert_true(fresh.id != old.id);
	assert_int_equal(
		login_complete(test_db, &old, &login, &account, NULL), ERR_CODE_PENDING);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'o-old-claim'"), 0);
}

/* The worker that took it is killed at the deadline. */
static void test_a_claim_outlives_no_request(void **state)
{
	const long deadline_s = test_conf->server_request_deadline_ms / 1000;
	struct claim claim = take_claim(&mini, "c6"), other;

	(void)state;
	sql("UPDATE login_claim SET created_at = UTC_TIMESTAMP(6) - INTERVAL %ld SECOND "
	    "WHERE id = %lld", deadline_s - 5, (long long)claim.id);
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, "c6", ADDRESS), &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_PENDING);
	sql("UPDATE login_claim SET created_at = UTC_TIMESTAMP(6) - INTERVAL %ld SECOND "
	    "WHERE id = %lld", deadline_s + 1, (long long)claim.id);
	assert_int_equal(
		claim_take(test_db, &LOGIN_CODE(&mini, "c6", ADDRESS), &other), ERR_CODE_PENDING);
	assert_int_equal(
		claim_poll(test_db, &LOGIN_CODE(&mini, "c6", ADDRESS), &other), ERR_CODE_PENDING);

	assert_int_equal(claim_refuse(test_db, &claim, ERR_CODE_INVALID), ERR_NONE);
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, "c6", ADDRESS), &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_REFUSED);
}

static void test_old_claims_are_purged(void **state)
{
	struct claim claim = take_claim(&mini, "c5");
	int64_t n_old;

	(void)state;
	sql("UPDATE login_claim SET created_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY "
	    "WHERE id < %lld", (long long)claim.id);
	n_old = sql_number("SELECT COUNT(*) FROM login_claim") - 1;
	assert_true(n_old > 0);
	assert_int_equal(purged(claim_purge), n_old);
	assert_int_equal(purged(claim_purge), 0);
	assert_int_equal(sql_number("SELECT MIN(id) FROM login_claim"), claim.id);
}

static void test_codes_are_not_stored(void **state)
{
	(void)state;
	take_claim(&mini, "readable-code");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_claim WHERE "
				    "code_hash = UNHEX(SHA2('readable-code', 256)) OR "
				    "code_hash = UNHEX(SHA2('wx-mini readable-code', 256)) OR "
				    "code_hash LIKE '%%readable%%'"), 0);
	assert_int_equal(sql_number("SELECT LENGTH(code_hash) FROM login_claim LIMIT 1"), 32);
}

static enum err press(const char *code, int32_t wechat_user_id, struct claim *claim_r)
{
	const struct claimed_code pressed = {
		.app = &mini, .kind = CODE_OF_PHONE_BUTTON, .text = code,
		.wechat_user_id = wechat_user_id,
	};

	return claim_take(test_db, &pressed, claim_r);
}

static void test_a_phone_code_is_its_users(void **state)
{
	const struct account owner = log_in(&mini, "oOwner", NULL);
	struct claim claim, other;

	(void)state;
	assert_int_equal(press("p1", owner.wechat_user_id, &claim), ERR_NONE);
	assert_int_equal(claim.state, CLAIM_TAKEN);
	assert_int_equal(press("p1", owner.wechat_user_id, &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_PENDING);
	assert_true(other.is_same_client);
	assert_int_equal(claim_succeed(test_db, &claim, owner.wechat_user_id), ERR_NONE);
	assert_int_equal(claim_succeed(test_db, &claim, owner.wechat_user_id), ERR_CODE_PENDING);
	assert_int_equal(press("p1", owner.wechat_user_id + 1, &other), ERR_NONE);
	assert_int_equal(other.state, CLAIM_SUCCESS);
	assert_false(other.is_same_client);
}

static void test_a_code_is_of_one_kind(void **state)
{
	const struct account owner = log_in(&mini, "oOwner", NULL);
	struct claim claim;

	(void)state;
	take_claim(&mini, "k1");
	assert_int_equal(press("k1", owner.wechat_user_id, &claim), ERR_NOT_PHONE_CODE);
	assert_int_equal(press("k2", owner.wechat_user_id, &claim), ERR_NONE);
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, "k2", ADDRESS), &claim),
		ERR_CODE_USED);
	assert_int_equal(claim_poll(test_db, &LOGIN_CODE(&mini, "k2", ADDRESS), &claim),
		ERR_CODE_USED);
}

static int claim_same_code(int index)
{
	struct claim claim;

	(void)index;
	if (claim_take(test_db, &LOGIN_CODE(&mini, "raced", ADDRESS), &claim) != ERR_NONE)
		return -1;
	return claim.state == CLAIM_TAKEN ? 0 : 1;
}

static void test_of_many_claims_one_wins(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(N_RACERS, claim_same_code), 1);
}

static bool is_said_to_be_new(const struct wechat_login *login)
{
	const char *code = new_code();
	struct claim claim = take_claim(&mini, code), again;
	struct account account;

	assert_int_equal(login_complete(test_db, &claim, login, &account, NULL), ERR_NONE);
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, code, ADDRESS), &again), ERR_NONE);
	assert_int_equal(again.state, CLAIM_SUCCESS);
	assert_int_equal(again.is_new_account, claim.is_new_account);
	return claim.is_new_account;
}

static void test_a_claim_says_whether_the_account_is_new(void **state)
{
	const struct wechat_login first = {.openid = "oNew1", .unionid = "uNew1"};
	const struct wechat_login adopted = {.openid = "oNew2"};
	const struct wechat_login joins = {.openid = "oNew3", .unionid = "uNew3"};
	const struct principal server = server_of(tenant);
	int32_t id;

	(void)state;
	assert_true(is_said_to_be_new(&first));
	assert_false(is_said_to_be_new(&first));
	assert_int_equal(wechat_user_save(test_db, &server,
				 &(struct wechat_user){.openid = "oNew2"}, &id), ERR_NONE);
	assert_true(is_said_to_be_new(&adopted));
	log_in(&official, "oNew4", "uNew3");
	assert_false(is_said_to_be_new(&joins));
}

/* ---- One user. */

static void test_a_new_user_gets_an_account(void **state)
{
	const struct wechat_login login = {
		.openid = "oNew",
		.session_key = "secret-session",
		.nickname = "小明😀",
		.avatar = "https://example.com/a.png",
		.country = "中国",
		.province = "广东",
		.city = "深圳",
		.gender = 1,
	};
	struct account account;

	(void)state;
	assert_int_equal(try_login(&mini, &login, &account), ERR_NONE);
	assert_int_equal(account.tenant_id, tenant);
	assert_string_equal(account.openid, "oNew");
	assert_string_equal(account.name, "小明😀");
	assert_string_equal(account.avatar, "https://example.com/a.png");
	assert_string_equal(account.phone, "");
	assert_string_equal(account.country, "中国");
	assert_string_equal(account.province, "广东");
	assert_string_equal(account.city, "深圳");
	assert_int_equal(account.gender, 1);
	assert_true(account.is_active && account.is_lockout_enabled);
	assert_false(account.is_deleted || account.is_risk || account.is_following);
	assert_int_equal(account.entity_version, 0);
	assert_int_equal(account.modified_us, 0);
	assert_int_equal(account.trial_to_us - account.trial_from_us, 7 * DAY_US);
	assert_int_equal(strlen(account.concurrency_stamp), 32);
	assert_int_equal(strlen(account.security_stamp), 32);
	assert_int_equal(strspn(account.security_stamp, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
	assert_int_equal(strlen(account.email), 36 + strlen("@users.invalid"));
	assert_non_null(strstr(account.email, "@users.invalid"));
}

/* The sample 3a14a4a1-845e-… was made on 2024-08-27 06:10:05.534 UTC. */
static void test_an_id_begins_with_its_time(void **state)
{
	struct account account = log_in(&mini, "oId", NULL);
	char hex[13];
	int64_t ms;

	(void)state;
	snprintf(hex, sizeof(hex), "%.8s%.4s", account.id, account.id + 9);
	ms = strtoll(hex, NULL, 16) - 0x3a14a4a1845e + 1724739005534;
	assert_in_range(account.created_us / 1000 - ms + 5000, 0, 10000);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oId' AND "
				    "account_id = UNHEX(REPLACE('%s', '-', ''))", account.id), 1);
}

static void test_a_login_that_changes_nothing(void **state)
{
	struct account first = log_in(&mini, "oSame", NULL);
	char stamp[2 * UUID_SIZE + 1];
	int64_t next = sql_number("SELECT AUTO_INCREMENT FROM information_schema.tables "
				  "WHERE table_schema = 'wxuser' AND table_name = 'wechat_user'");

	(void)state;
	snprintf(stamp, sizeof(stamp), "%s", first.concurrency_stamp);
	for (int i = 0; i < 1000; i++) {
		struct account again = log_in(&mini, "oSame", NULL);

		assert_string_equal(again.id, first.id);
		assert_int_equal(again.wechat_user_id, first.wechat_user_id);
		assert_int_equal(again.entity_version, 0);
		assert_int_equal(again.modified_us, 0);
		assert_string_equal(again.concurrency_stamp, stamp);
		db_end_request(test_db);
	}
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at) "
	    "VALUES (%d, REPEAT('x', 16), 'oNext', UTC_TIMESTAMP(6))", tenant);
	assert_int_equal(sql_number("SELECT id FROM wechat_user WHERE openid = 'oNext'"), next);
}

static void test_a_visible_change_moves_the_version(void **state)
{
	struct wechat_login login = {.openid = "oVersion", .nickname = "A"};
	struct account first, second;

	(void)state;
	assert_int_equal(try_login(&official, &login, &first), ERR_NONE);
	login.nickname = "B";
	assert_int_equal(try_login(&official, &login, &second), ERR_NONE);
	assert_string_equal(second.name, "B");
	assert_int_equal(second.entity_version, 1);
	assert_true(second.modified_us >= second.created_us);
	assert_string_not_equal(second.concurrency_stamp, first.concurrency_stamp);
	login.language = "zh_CN";
	assert_int_equal(try_login(&official, &login, &second), ERR_NONE);
	assert_int_equal(second.entity_version, 1);
}

static void test_what_says_nothing_overwrites_nothing(void **state)
{
	struct wechat_login login = {
		.openid = "oQuiet", .nickname = "A", .avatar = "a", .city = "c", .gender = 2,
	};
	struct account account;

	(void)state;
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	login = (struct wechat_login){
		.openid = "oQuiet", .nickname = "微信用户", .avatar = "", .city = "",
	};
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	assert_string_equal(account.name, "A");
	assert_string_equal(account.avatar, "a");
	assert_string_equal(account.city, "c");
	assert_int_equal(account.gender, 2);
	assert_int_equal(account.entity_version, 0);
	login.gender = 9;
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	assert_int_equal(account.gender, 2);
}

static void test_what_the_user_has_set_stays(void **state)
{
	struct wechat_login login = {.openid = "oOwn", .nickname = "W", .avatar = "w"};
	const struct wechat_user change = {
		.tenant_id = tenant, .openid = "oOwn", .name = "Mine", .phone = "13800000001",
	};
	const struct wechat_user clearing = {
		.openid = "oOwn", .name = "",
	};
	struct account account;
	const struct principal server = server_of(tenant);
	int32_t id;

	(void)state;
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	assert_int_equal(wechat_user_save(test_db, &server, &change, &id), ERR_NONE);
	assert_int_equal(id, account.wechat_user_id);
	login.nickname = "W2";
	login.avatar = "w2";
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	assert_string_equal(account.name, "Mine");
	assert_string_equal(account.avatar, "w2");
	assert_string_equal(account.phone, "13800000001");
	assert_false(account.phone_is_confirmed);
	assert_int_equal(wechat_user_save(test_db, &server, &clearing, &id), ERR_NONE);
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	assert_string_equal(account.name, "W2");
}

static void test_the_other_users_are_seen_without_a_unionid(void **state)
{
	const struct wechat_login first = {
		.openid = "oFirst", .unionid = "uSeen", .nickname = "N", .city = "C",
	};
	const struct wechat_login second = {.openid = "oSecond", .unionid = "uSeen"};
	struct wechat_login again = {.openid = "oSecond"};
	struct account account, stored;

	(void)state;
	assert_int_equal(try_login(&mini, &first, &account), ERR_NONE);
	assert_int_equal(try_login(&official, &second, &account), ERR_NONE);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(try_login(&official, &again, &account), ERR_NONE);
		assert_string_equal(account.openid, "oSecond");
		assert_string_equal(account.name, i == 0 ? "N" : "Own");
		assert_string_equal(account.city, "C");
		assert_int_equal(account_by_wechat_user(test_db, tenant, account.wechat_user_id,
					 &stored), ERR_NONE);
		assert_int_equal(account.entity_version, stored.entity_version);
		assert_int_equal(account.modified_us, stored.modified_us);
		again.nickname = "Own";
	}
}

static void test_case_matters(void **state)
{
	struct account lower = log_in(&mini, "oAbc", NULL), upper = log_in(&mini, "oABC", NULL);

	(void)state;
	assert_string_not_equal(lower.id, upper.id);
	assert_true(lower.wechat_user_id != upper.wechat_user_id);
	assert_string_equal(log_in(&mini, "oAbc", NULL).id, lower.id);
}

static void test_an_openid_of_another_app_is_refused(void **state)
{
	const struct wechat_login login = {.openid = "oTwice"};
	struct account account;

	(void)state;
	log_in(&mini, "oTwice", NULL);
	assert_int_equal(try_login(&official, &login, &account), ERR_UPSTREAM);
}

static void test_an_app_that_was_removed_meanwhile(void **state)
{
	const struct app going = add_app(tenant, "wx-going", APP_MINI, "open");
	const struct wechat_login login = {.openid = "oLate"};
	struct account account;

	(void)state;
	sql("DELETE FROM app WHERE id = %d", going.id);
	assert_int_equal(try_login(&going, &login, &account), ERR_APP_UNKNOWN);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oLate'"), 0);
}

static void test_a_saved_user_is_adopted(void **state)
{
	const struct wechat_user user = {
		.openid = "oSaved", .name = "Saved", .phone = "139",
	};
	const struct wechat_login login = {.openid = "oSaved", .nickname = "W", .avatar = "w"};
	struct account account;
	const struct principal server = server_of(tenant);
	int32_t id;

	(void)state;
	assert_int_equal(wechat_user_save(test_db, &server, &user, &id), ERR_NONE);
	assert_int_equal(
		account_by_wechat_user(test_db, tenant, id, &account), ERR_USER_UNKNOWN);
	assert_int_equal(try_login(&mini, &login, &account), ERR_NONE);
	assert_int_equal(account.wechat_user_id, id);
	assert_string_equal(account.name, "Saved");
	assert_string_equal(account.avatar, "w");
	assert_int_equal(sql_number("SELECT app_id FROM wechat_user WHERE id = %d", id), mini.id);
}

static void test_tenants_do_not_meet(void **state)
{
	int32_t other = add_tenant("two");
	struct app app = add_app(other, "wx-other", APP_MINI, "open");
	struct account here = log_in(&mini, "oShared", "uShared");
	struct account there = log_in(&app, "oShared", "uShared");

	(void)state;
	assert_string_not_equal(here.id, there.id);
	assert_int_equal(
		account_by_wechat_user(test_db, other, here.wechat_user_id, &here),
		ERR_USER_UNKNOWN);
}

static void test_disabled_accounts_do_not_log_in(void **state)
{
	static const char *const problems[] = {
		"is_active = 0",
		"is_deleted = 1",
		"lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR",
	};
	const struct wechat_login login = {
		.openid = "oDisabled", .unionid = "uDisabled", .nickname = "new",
	};
	struct account account;
	int32_t id = log_in(&mini, "oDisabled", NULL).wechat_user_id;

	(void)state;
	for (size_t i = 0; i < N_OF(problems); i++) {
		sql("UPDATE account SET is_active = 1, is_deleted = 0, lockout_end = NULL; "
		    "UPDATE account SET %s WHERE id = "
		    "(SELECT account_id FROM wechat_user WHERE id = %d)", problems[i], id);
		assert_int_equal(try_login(&mini, &login, &account), ERR_ACCOUNT_DISABLED);
		assert_int_equal(account_by_wechat_user(test_db, tenant, id, &account),
			ERR_ACCOUNT_DISABLED);
		assert_string_equal(
			sql_text("SELECT CONCAT(name, COALESCE(unionid, '-')) FROM wechat_user "
				 "WHERE id = %d", id), "-");
	}
	sql("UPDATE account SET is_active = 1, is_deleted = 0, "
	    "lockout_end = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND");
	assert_int_equal(try_login(&mini, &login, &account), ERR_NONE);
	assert_true(account.lockout_end_us > 0);
	sql("UPDATE account SET is_lockout_enabled = 0, "
	    "lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
	assert_int_equal(try_login(&mini, &login, &account), ERR_NONE);
	sql("UPDATE account SET is_lockout_enabled = 1, lockout_end = NULL");
}

static void test_the_trial_follows_the_setting(void **state)
{
	struct account account;

	(void)state;
	assert_int_equal(setting_set(test_db, tenant, "trial_days", "30"), ERR_NONE);
	account = log_in(&mini, "oTrial", NULL);
	assert_int_equal(account.trial_to_us - account.trial_from_us, 30 * DAY_US);
	sql("DELETE FROM setting");
}

static void test_the_session_key_is_sealed(void **state)
{
	const struct wechat_login login = {.openid = "oSealed", .session_key = "find-me"};
	struct account account;

	(void)state;
	assert_int_equal(try_login(&mini, &login, &account), ERR_NONE);
	assert_int_equal(sql_number("SELECT LENGTH(session_key) FROM wechat_user "
				    "WHERE openid = 'oSealed'"), 7 + SECRET_SEAL_OVERHEAD);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE session_key LIKE '%%find-me%%'"), 0);
}

static void test_an_exchange_is_noted(void **state)
{
	const struct wechat_user stored = {.openid = "oExchanged"};
	const struct principal server = server_of(tenant);
	int32_t id;

	(void)state;
	assert_int_equal(wechat_user_save(test_db, &server, &stored, &id), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE id = %d AND exchanged_at IS NULL", id), 1);
	log_in(&mini, "oExchanged", NULL);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE id = %d "
				    "AND exchanged_at = session_at", id), 1);
	log_in(&mini, "oExchanged-at-once", NULL);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid = 'oExchanged-at-once' "
				    "AND exchanged_at = session_at"), 1);
}

static int log_in_new_user(int index)
{
	const struct wechat_login login = {
		.openid = "oRaced", .unionid = "uRaced", .nickname = "Raced",
	};
	struct account account;

	(void)index;
	return try_login(&mini, &login, &account) == ERR_NONE ? 0 : -1;
}

static void test_parallel_logins_of_one_new_user(void **state)
{
	int64_t n_accounts = sql_number("SELECT COUNT(*) FROM account");

	(void)state;
	assert_int_equal(mariadb_race(N_RACERS, log_in_new_user), N_RACERS);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oRaced'"), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account"), n_accounts + 1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM account_unionid WHERE unionid = 'uRaced'"), 1);
}

/* One person's first logins, by two apps at once. */
static int log_in_by_one_of_two(int index)
{
	const struct wechat_login login = {
		.openid = index % 2 == 0 ? "oRacedMini" : "oRacedOfficial",
		.unionid = "uRacedTwice", .nickname = "Raced",
	};
	struct account account;

	return try_login(index % 2 == 0 ? &mini : &official, &login, &account) == ERR_NONE ? 0 : -1;
}

static void test_parallel_logins_by_two_apps(void **state)
{
	int64_t n_accounts = sql_number("SELECT COUNT(*) FROM account");

	(void)state;
	assert_int_equal(mariadb_race(N_RACERS, log_in_by_one_of_two), N_RACERS);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account"), n_accounts + 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_unionid n JOIN wechat_user u "
				    "ON u.account_id = n.account_id "
				    "WHERE n.unionid = 'uRacedTwice'"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_code_is_claimed_once),
		cmocka_unit_test(test_an_address_that_is_not_known_equals_none),
		cmocka_unit_test(test_a_released_code_is_as_new),
		cmocka_unit_test(test_an_old_claim_is_absent),
		cmocka_unit_test(test_a_claim_outlives_no_request),
		cmocka_unit_test(test_old_claims_are_purged),
		cmocka_unit_test(test_codes_are_not_stored),
		cmocka_unit_test(test_a_claim_says_whether_the_account_is_new),
		cmocka_unit_test(test_a_phone_code_is_its_users),
		cmocka_unit_test(test_a_code_is_of_one_kind),
		cmocka_unit_test(test_of_many_claims_one_wins),
		cmocka_unit_test(test_a_new_user_gets_an_account),
		cmocka_unit_test(test_an_id_begins_with_its_time),
		cmocka_unit_test(test_a_login_that_changes_nothing),
		cmocka_unit_test(test_a_visible_change_moves_the_version),
		cmocka_unit_test(test_what_says_nothing_overwrites_nothing),
		cmocka_unit_test(test_what_the_user_has_set_stays),
		cmocka_unit_test(test_the_other_users_are_seen_without_a_unionid),
		cmocka_unit_test(test_case_matters),
		cmocka_unit_test(test_an_openid_of_another_app_is_refused),
		cmocka_unit_test(test_an_app_that_was_removed_meanwhile),
		cmocka_unit_test(test_a_saved_user_is_adopted),
		cmocka_unit_test(test_tenants_do_not_meet),
		cmocka_unit_test(test_disabled_accounts_do_not_log_in),
		cmocka_unit_test(test_the_trial_follows_the_setting),
		cmocka_unit_test(test_the_session_key_is_sealed),
		cmocka_unit_test(test_an_exchange_is_noted),
		cmocka_unit_test(test_parallel_logins_of_one_new_user),
		cmocka_unit_test(test_parallel_logins_by_two_apps),
	};

	return cmocka_run_group_tests(tests, logins_open, mariadb_close);
}
