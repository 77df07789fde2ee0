#include "unit.h"

#include "logins.h"
#include "mariadb.h"
#include "phone_attempt.h"
#include "principal.h"
#include "setting.h"

#define N_RACERS 40
#define DAY_S 86400

static struct principal person;

/* Somebody who has not attempted anything, in a tenant that has not either. */
static void begin_anew(void)
{
	sql("DELETE FROM sms_counter");
	person = (struct principal){
		.kind = PRINCIPAL_ACCESS_TOKEN, .tenant_id = tenant, .account_id = uuid_random(),
	};
}

static void set_per_day(const char *value)
{
	assert_int_equal(
		setting_set(test_db, tenant, "phone_numbers_per_day", value), ERR_NONE);
}

static struct phone_attempt attempt_of(const struct principal *principal)
{
	struct phone_attempt attempt;

	assert_int_equal(phone_attempt_begin(test_db, principal, &attempt), ERR_NONE);
	return attempt;
}

static void attempt(bool has_number, bool has_bad_code)
{
	const struct phone_attempt attempt = attempt_of(&person);

	assert_int_equal(
		phone_attempt_end(test_db, &attempt, has_number, has_bad_code), ERR_NONE);
}

static int32_t refused(void)
{
	struct phone_attempt attempt;

	assert_int_equal(phone_attempt_begin(test_db, &person, &attempt), ERR_RATE);
	return attempt.wait_s;
}

static int32_t n_taken(void)
{
	int32_t n_taken, n_most;

	assert_int_equal(phone_attempt_count(test_db, tenant, &n_taken, &n_most), ERR_NONE);
	return n_taken;
}

static void a_person_gets_five_numbers_a_day(void **state)
{
	(void)state;
	begin_anew();
	for (int i = 0; i < 5; i++)
		attempt(true, false);
	assert_in_range(refused(), DAY_S - 60, DAY_S);
	assert_int_equal(n_taken(), 5);
	person.account_id = uuid_random();
	attempt(true, false);
	sql("UPDATE sms_counter SET begins_at = begins_at - INTERVAL 1 DAY");
	assert_int_equal(n_taken(), 0);
	attempt(true, false);
}

static void a_person_has_five_bad_codes_a_day(void **state)
{
	(void)state;
	begin_anew();
	for (int i = 0; i < 5; i++)
		attempt(false, true);
	assert_in_range(refused(), DAY_S - 60, DAY_S);
	assert_int_equal(n_taken(), 0);
}

static void a_number_of_another_app_is_both(void **state)
{
	(void)state;
	begin_anew();
	attempt(true, true);
	assert_int_equal(n_taken(), 1);
	for (int i = 0; i < 4; i++)
		attempt(false, true);
	refused();
}

static void what_was_not_asked_counts_nowhere(void **state)
{
	(void)state;
	begin_anew();
	for (int i = 0; i < 20; i++)
		attempt(false, false);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM sms_counter"), 0);
}

/* Twenty numbers share the sixteen slots. */
static void a_tenant_has_a_limit_and_is_warned_once(void **state)
{
	int n_warnings = 0;

	(void)state;
	begin_anew();
	set_per_day("20");
	for (int i = 0; i < 20; i++) {
		struct phone_attempt attempt;

		person.account_id = uuid_random();
		attempt = attempt_of(&person);
		n_warnings += attempt.is_warning;
		assert_int_equal(n_warnings, i < 15 ? 0 : 1);
		assert_int_equal(n_taken(), i + 1);
	}
	person.account_id = uuid_random();
	refused();
	set_per_day("0");
	refused();
	set_per_day("1000");
}

/* One of two in a slot is given back. */
static void a_shared_slot_is_given_back_in_part(void **state)
{
	struct phone_attempt attempts[20];

	(void)state;
	begin_anew();
	set_per_day("20");
	for (int i = 0; i < 20; i++) {
		person.account_id = uuid_random();
		attempts[i] = attempt_of(&person);
	}
	for (int i = 19; i >= 0; i--) {
		assert_int_equal(phone_attempt_end(test_db, &attempts[i], false, false), ERR_NONE);
		assert_int_equal(n_taken(), i);
	}
	set_per_day("1000");
}

static int begin_one(int index)
{
	struct phone_attempt attempt;

	(void)index;
	return phone_attempt_begin(test_db, &person, &attempt) == ERR_NONE ? 0 : 1;
}

static void of_many_at_once_five_begin_at_most(void **state)
{
	int n;

	(void)state;
	begin_anew();
	n = mariadb_race(N_RACERS, begin_one);
	assert_in_range(n, 1, 5);
	assert_int_equal(n_taken(), n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_gets_five_numbers_a_day),
		cmocka_unit_test(a_person_has_five_bad_codes_a_day),
		cmocka_unit_test(a_number_of_another_app_is_both),
		cmocka_unit_test(what_was_not_asked_counts_nowhere),
		cmocka_unit_test(a_tenant_has_a_limit_and_is_warned_once),
		cmocka_unit_test(a_shared_slot_is_given_back_in_part),
		cmocka_unit_test(of_many_at_once_five_begin_at_most),
	};

	return cmocka_run_group_tests_name("phone_attempt", tests, logins_open, mariadb_close);
}
