#include "unit.h"

#include "clock.h"
#include "id_card.h"
#include "mobile.h"


struct row {
	const char *text, *number; /* NULL: refused */
};

static void check(const struct row *row, bool is_number, const char *number)
{
	if (is_number != (row->number != NULL))
		fail_msg("\"%s\" is %s", row->text, is_number ? "taken" : "refused");
	if (is_number)
		assert_string_equal(number, row->number);
}

static void mobile_numbers_have_one_form(void **state)
{
	static const struct row rows[] = {
		{"13900000001", "13900000001"},
		{" 139 0000-0001 ", "13900000001"},
		{"+8613900000001", "13900000001"},
		{"+86 139-0000-0001", "13900000001"},
		{"8613900000001", "13900000001"},
		{"0086 19900000001", "19900000001"},
		{"", NULL},
		{"12900000001", NULL},
		{"1390000000", NULL},
		{"139000000011", NULL},
		{"+861390000000", NULL},
		{"868613900000001", NULL},
		{"+85291234567", NULL},
		{"010-12345678", NULL},
		{"1390000000a", NULL},
		{"１３９００００００１", NULL},
		{"13900000001 139000000011390000000113900000001", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char number[MOBILE_SIZE];
		bool is_number = mobile_normalise(rows[i].text, number);

		check(&rows[i], is_number, number);
	}
}

static void numbers_from_abroad_keep_their_country(void **state)
{
	static const struct row rows[] = {
		{"+86 139-0000-0001", "13900000001"},
		{"+852 9123-4567", "+85291234567"},
		{"0085291234567", "+85291234567"},
		{"+1 202 555 0123", "+12025550123"},
		{"+4912345678", "+4912345678"},
		{"+123456789012345", "+123456789012345"},
		{"00123456789012345", "+123456789012345"},
		{"+1234567890123456", NULL},
		{"001234567890123456", NULL},
		{"+1234567", NULL},
		{"+0123456789", NULL},
		{"+86 10 12345678", NULL},
		{"85291234567", NULL},
		{"01012345678", NULL},
		{"+", NULL},
		{"+8529123456x", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char number[MOBILE_ANYWHERE_SIZE];
		bool is_number = mobile_normalise_anywhere(rows[i].text, number);

		check(&rows[i], is_number, number);
	}
}

static void id_cards_are_checked(void **state)
{
	static const struct row rows[] = {
		{"11010519491231002X", "11010519491231002X"},
		{" 11010519491231002x\t", "11010519491231002X"},
		{"440524188001010014", "440524188001010014"},
		{"34052419800101001X", "34052419800101001X"},
		{"440524188001010015", NULL},
		{"34052419800101001x1", NULL},
		{"34052419800101 001X", NULL},
		{"3405241980010100X1", NULL},
		{"340524800101001", NULL},
		{"", NULL},
		/* Right but for one thing: the province, the month, the day, the century. */
		{"160105194912310029", NULL},
		{"110105194913310021", NULL},
		{"110105194902290037", NULL},
		{"110105179912310024", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char number[ID_CARD_SIZE];
		bool is_number = id_card_normalise(rows[i].text, number);

		check(&rows[i], is_number, number);
	}
}

/* Of all check characters one is right, if any. */
static int n_taken_of_day(const struct civil *day)
{
	int n_taken = 0;

	for (const char *check = "0123456789X"; *check != '\0'; check++) {
		char text[64], number[ID_CARD_SIZE];

		snprintf(text, sizeof(text), "110105%04d%02d%02d002%c", day->year, day->month,
			day->day, *check);
		n_taken += id_card_normalise(text, number);
	}
	return n_taken;
}

static void nobody_is_born_tomorrow(void **state)
{
	const int64_t day_us = INT64_C(86400) * 1000000;
	struct civil day;

	(void)state;
	clock_to_civil(clock_now_us(), CLOCK_LOCAL_OFFSET_S, &day);
	assert_int_equal(n_taken_of_day(&day), 1);
	clock_to_civil(clock_now_us() + 2 * day_us, CLOCK_LOCAL_OFFSET_S, &day);
	assert_int_equal(n_taken_of_day(&day), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mobile_numbers_have_one_form),
		cmocka_unit_test(numbers_from_abroad_keep_their_country),
		cmocka_unit_test(id_cards_are_checked),
		cmocka_unit_test(nobody_is_born_tomorrow),
	};

	return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
