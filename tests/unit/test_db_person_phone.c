#include "unit.h"

#include "claim.h"
#include "confirmed_phone.h"
#include "logins.h"
#include "mariadb.h"
#include "person_phone.h"
#include "user_row.h"
#include "verify_code.h"
#include "wechat_user.h"

#define PHONE "13900000001"

static struct principal person_of(const struct account *account)
{
	struct principal person = {
		.kind = PRINCIPAL_ACCESS_TOKEN,
		.tenant_id = account->tenant_id,
		.wechat_user_id = account->wechat_user_id,
		.openid = account->openid,
	};

	assert_true(uuid_parse(account->id, &person.account_id));
	return person;
}

static struct principal new_person(const char *openid)
{
	const struct account account = log_in(&mini, openid, NULL);

	sql("DELETE FROM sms_counter; DELETE FROM verify_code");
	return person_of(&account);
}

static struct verify_code code_for(const struct principal *person, const char *phone)
{
	struct code_scope scope = {
		.tenant_id = tenant, .purpose = VERIFY_CODE_OWN_PHONE, .phone = phone,
	};
	struct verify_code code;

	assert_int_equal(
		verify_code_find_owner(test_db, person, person->openid, &scope), ERR_NONE);
	assert_int_equal(verify_code_make(test_db, &scope, person, NULL, &code), ERR_NONE);
	return code;
}

static bool holds(const struct principal *person, const char *phone)
{
	struct uuid holder;

	assert_int_equal(confirmed_phone_find_holder(test_db, tenant, phone, &holder), ERR_NONE);
	return uuid_is_equal(holder, person->account_id);
}

static void a_code_confirms_the_phone_and_fills_the_profile(void **state)
{
	const struct principal person = new_person("oSms");
	const struct verify_code code = code_for(&person, PHONE);
	struct account account;

	(void)state;
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &person, PHONE, code.digits), ERR_NONE);
	assert_true(holds(&person, PHONE));
	account = log_in(&mini, "oSms", NULL);
	assert_string_equal(account.phone, PHONE);
	assert_true(account.phone_is_confirmed);
}

/* A client that got no answer sends the request again. */
static void a_used_code_succeeds_while_the_number_is_held(void **state)
{
	const struct principal person = new_person("oTwice"), other = new_person("oOther");
	const struct verify_code code = code_for(&person, PHONE);
	struct verify_code others;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(person_phone_confirm_by_sms(test_db, &person, PHONE, code.digits),
			ERR_NONE);
	sql("DELETE FROM sms_counter");
	others = code_for(&other, PHONE);
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &other, PHONE, others.digits), ERR_NONE);
	assert_int_equal(person_phone_confirm_by_sms(test_db, &person, PHONE, code.digits),
		ERR_VERIFY_CODE_NONE);
	assert_true(holds(&other, PHONE));
}

/* Whose phone it is decides which member a person may bind. */
static void whose_phone_it_is_is_in_the_audit(void **state)
{
	static const char entries[] =
		"SELECT COUNT(*) FROM audit WHERE action = '%s' AND subject = '%s' "
		"AND details = '%s'";
	const char *phone = "13900000008";
	const struct account one = log_in(&mini, "oAudited", NULL),
			     two = log_in(&mini, "oAudited2", NULL);
	const struct principal first = person_of(&one), second = person_of(&two);

	(void)state;
	sql("DELETE FROM sms_counter; DELETE FROM verify_code");
	assert_int_equal(person_phone_confirm_by_sms(test_db, &first, phone,
		code_for(&first, phone).digits), ERR_NONE);
	assert_int_equal(sql_number(entries, "phone.confirm", one.id,
		"{\"by\":\"sms\",\"is_taken_over\":false}"), 1);
	sql("DELETE FROM sms_counter");
	assert_int_equal(person_phone_confirm_by_sms(test_db, &second, phone,
		code_for(&second, phone).digits), ERR_NONE);
	assert_int_equal(sql_number(entries, "phone.confirm", two.id,
		"{\"by\":\"sms\",\"is_taken_over\":true}"), 1);
	assert_int_equal(sql_number(entries, "phone.lose", one.id, "{\"by\":\"sms\"}"), 1);
	assert_int_equal(sql_number(entries, "phone.lose", two.id, "{\"by\":\"sms\"}"), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(confirmed_phone_withdraw(test_db, tenant,
			second.wechat_user_id), ERR_NONE);
		assert_int_equal(sql_number(entries, "phone.withdraw", two.id, "{}"), 1);
	}
	assert_false(holds(&second, phone));
}

/* A merged account, and one whose confirmation counts no longer, have the number, too. */
static void who_has_no_phone_any_more_loses_none(void **state)
{
	const char *phone = "13900000018";
	const struct account taker = log_in(&mini, "oTaker", NULL),
			     alias = log_in(&mini, "oAlias", NULL),
			     expired = log_in(&mini, "oExpired", NULL);
	const struct principal person = person_of(&taker), other = person_of(&alias);

	(void)state;
	sql("DELETE FROM sms_counter; DELETE FROM verify_code");
	assert_int_equal(person_phone_confirm_by_sms(test_db, &other, phone,
		code_for(&other, phone).digits), ERR_NONE);
	sql("INSERT INTO account_alias (alias, tenant_id, account_id, created_at) "
	    "SELECT a.account_id, a.tenant_id, t.account_id, UTC_TIMESTAMP(6) "
	    "FROM wechat_user t, wechat_user a WHERE t.openid = 'oTaker' AND a.openid = 'oAlias'");
	sql("UPDATE account e JOIN account a "
	    "SET e.confirmed_phone_hash = a.confirmed_phone_hash, e.confirmed_phone_source = 2, "
	    "e.confirmed_phone_at = UTC_TIMESTAMP(6) - INTERVAL 10 YEAR WHERE e.id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = 'oExpired') AND a.id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = 'oAlias')");
	sql("DELETE FROM sms_counter; DELETE FROM verify_code");
	assert_int_equal(person_phone_confirm_by_sms(test_db, &person, phone,
		code_for(&person, phone).digits), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'phone.confirm' "
		"AND subject = '%s' AND details LIKE '%%over\":false%%'", taker.id), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'phone.lose' "
		"AND subject IN ('%s', '%s')", alias.id, expired.id), 0);
	assert_int_equal(sql_number("SELECT COUNT(confirmed_phone_hash) FROM account a "
		"JOIN wechat_user u ON u.account_id = a.id "
		"WHERE u.openid IN ('oTaker', 'oAlias', 'oExpired')"), 1);
	sql("DELETE FROM account_alias");
}

static enum err confirm_by_another(
	const struct principal *person, const char *phone, struct verify_code code)
{
	code.digits[0] ^= 1; /* another digit */
	return person_phone_confirm_by_sms(test_db, person, phone, code.digits);
}

/* Also where the account holds the phone already. */
static void another_code_is_refused(void **state)
{
	const struct principal person = new_person("oWrong");
	const char *phone = "13900000005";
	const struct verify_code used = code_for(&person, phone);
	struct verify_code live;

	(void)state;
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &person, phone, used.digits), ERR_NONE);
	assert_int_equal(confirm_by_another(&person, phone, used), ERR_VERIFY_CODE_NONE);
	assert_int_equal(person_phone_confirm_by_sms(test_db, &person, phone, "abc"),
		ERR_VERIFY_CODE_NONE);
	sql("DELETE FROM sms_counter");
	live = code_for(&person, phone);
	assert_int_equal(confirm_by_another(&person, phone, live), ERR_VERIFY_CODE_WRONG);
	assert_int_equal(person_phone_confirm_by_sms(test_db, &person, phone, "abc"),
		ERR_VERIFY_CODE_WRONG);
	sql("DELETE FROM verify_code");
	assert_int_equal(person_phone_confirm_by_sms(test_db, &person, phone, used.digits),
		ERR_VERIFY_CODE_NONE);
	assert_true(holds(&person, phone));
}

/* The answer is the phone that the code has confirmed, whatever the profile has become. */
static void a_used_code_gives_the_profile_its_phone_again(void **state)
{
	const struct principal person = new_person("oAgain");
	const char *phone = "13900000006";
	const struct verify_code code = code_for(&person, phone);
	const struct profile change = {.phone = "13900000007"};
	struct account account;

	(void)state;
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &person, phone, code.digits), ERR_NONE);
	assert_int_equal(wechat_user_edit(test_db, &person, person.wechat_user_id,
		&change), ERR_NONE);
	assert_false(log_in(&mini, "oAgain", NULL).phone_is_confirmed);
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &person, phone, code.digits), ERR_NONE);
	account = log_in(&mini, "oAgain", NULL);
	assert_string_equal(account.phone, phone);
	assert_true(account.phone_is_confirmed);
}

static void a_closed_account_confirms_nothing(void **state)
{
	const struct principal person = new_person("oClosed");
	const struct verify_code code = code_for(&person, PHONE);

	(void)state;
	sql("UPDATE wechat_user SET is_closed = 1 WHERE openid = 'oClosed'");
	assert_int_equal(person_phone_confirm_by_sms(test_db, &person, PHONE, code.digits),
		ERR_USER_UNKNOWN);
	sql("UPDATE wechat_user SET is_closed = 0 WHERE openid = 'oClosed'");
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &person, PHONE, code.digits), ERR_NONE);
}

static enum err press(const struct principal *person, const char *code, const char *phone)
{
	const struct claimed_code pressed = {
		.app = &mini, .kind = CODE_OF_PHONE_BUTTON, .text = code,
		.wechat_user_id = person->wechat_user_id,
	};
	struct claim claim;

	assert_int_equal(claim_take(test_db, &pressed, &claim), ERR_NONE);
	return person_phone_confirm_by_button(test_db, person, phone, &claim);
}

static void the_button_confirms_and_settles_the_claim(void **state)
{
	const struct principal person = new_person("oButton");
	const char *phone = "13900000002";

	(void)state;
	assert_int_equal(press(&person, "b1", phone), ERR_NONE);
	assert_true(holds(&person, phone));
	assert_string_equal(log_in(&mini, "oButton", NULL).phone, phone);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_claim WHERE kind = 1 AND state = 1 "
				    "AND wechat_user_id = %d", person.wechat_user_id), 1);
	/* The claim has its outcome: nothing is stored twice. */
	assert_int_equal(press(&person, "b1", "13900000003"), ERR_CODE_PENDING);
	assert_true(holds(&person, phone));
}

static void the_button_stores_nothing_if_an_sms_counts_elsewhere(void **state)
{
	const struct principal person = new_person("oLate"), other = new_person("oEarly");
	const char *phone = "13900000004";
	const struct verify_code code = code_for(&other, phone);

	(void)state;
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &other, phone, code.digits), ERR_NONE);
	assert_int_equal(press(&person, "b2", phone), ERR_PHONE_CONFIRMED_ELSEWHERE);
	assert_true(holds(&other, phone));
	assert_string_equal(log_in(&mini, "oLate", NULL).phone, "");
	assert_int_equal(sql_number("SELECT state FROM login_claim WHERE kind = 1 "
				    "ORDER BY id DESC LIMIT 1"), 0);
}

static void the_person_takes_it_back(void **state)
{
	const struct principal person = new_person("oBack");
	const struct verify_code code = code_for(&person, PHONE);
	struct account before, after;

	(void)state;
	assert_int_equal(
		person_phone_confirm_by_sms(test_db, &person, PHONE, code.digits), ERR_NONE);
	before = log_in(&mini, "oBack", NULL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(confirmed_phone_withdraw(
			test_db, person.tenant_id, person.wechat_user_id), ERR_NONE);
	after = log_in(&mini, "oBack", NULL);
	assert_false(after.phone_is_confirmed);
	assert_string_equal(after.phone, PHONE);
	assert_int_equal(after.entity_version, before.entity_version + 1);
	assert_false(holds(&person, PHONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_confirms_the_phone_and_fills_the_profile),
		cmocka_unit_test(a_used_code_succeeds_while_the_number_is_held),
		cmocka_unit_test(whose_phone_it_is_is_in_the_audit),
		cmocka_unit_test(who_has_no_phone_any_more_loses_none),
		cmocka_unit_test(another_code_is_refused),
		cmocka_unit_test(a_used_code_gives_the_profile_its_phone_again),
		cmocka_unit_test(a_closed_account_confirms_nothing),
		cmocka_unit_test(the_button_confirms_and_settles_the_claim),
		cmocka_unit_test(the_button_stores_nothing_if_an_sms_counts_elsewhere),
		cmocka_unit_test(the_person_takes_it_back),
	};

	return cmocka_run_group_tests_name("person_phone", tests, logins_open, mariadb_close);
}
