#include "unit.h"

#include "clock.h"
#include "id_card.h"
#include "mobile.h"
#include "str.h"

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
		{"13900000001.0", NULL},
		{"1.39E+10", NULL},
		{"+86 0139 0000 0001", NULL},
		{"013900000001", NULL},
		{"(((((((((((((((((((((((((((((((((((((((((((((((((((((139000000011", NULL},
		{"13900000001/13900000002", NULL},
		{"138****0001", NULL},
		{"13900000001a", NULL},
		{"tel:", NULL},
		{"tel", NULL},
		{"tel:tel:13900000001", NULL},
		{"hotel:13900000001", NULL},
		{"１３９００００００１a", NULL},
		{"\u2460\u2462900000001", NULL},
		{"13900000001 139000000011390000000113900000001", NULL},
		/* As they are pasted. */
		{"\u202d13900000001\u202c", "13900000001"},
		{"\u202a+86 139 0000 0001\u202c", "13900000001"},
		{"\u2066+86\u00a0139\u00a00000\u00a00001\u2069", "13900000001"},
		{"\ufeff139\u200b0000\u20600001\u00ad", "13900000001"},
		{"139\u30000000\u20090001", "13900000001"},
		{"139\u20110000\u20130001", "13900000001"},
		{"139\u22120000\uff0d0001", "13900000001"},
		{"139.0000.0001", "13900000001"},
		{"139·0000·0001", "13900000001"},
		{"１３９０００００００１", "13900000001"},
		{"＋８６　１３９　００００　０００１", "13900000001"},
		{"(+86)13900000001", "13900000001"},
		{"（+86）139-0000-0001", "13900000001"},
		{"（＋８６）13900000001", "13900000001"},
		{"(86) 139 0000 0001", "13900000001"},
		{"+86 (0)139 0000 0001", "13900000001"},
		{"+86 (139) 0000 0001", "13900000001"},
		{"tel:13900000001", "13900000001"},
		{"Tel: 139 0000 0001", "13900000001"},
		{"TEL：１３９０００００００１", "13900000001"},
		{"tel:+86-139-0000-0001", "13900000001"},
		{"tel://13900000001", "13900000001"},
		{"电话：13900000001", "13900000001"},
		{"手机号码 13900000001", "13900000001"},
		{"手机号: 13900000001", "13900000001"},
		{"电话号码：13900000001", "13900000001"},
		{"移动电话：13900000001", "13900000001"},
		{"联系方式：13900000001", "13900000001"},
		{"Telephone: 139 0000 0001", "13900000001"},
		{"\u0661\u0663\u0669\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661",
			"13900000001"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char number[MOBILE_SIZE];
		bool is_number = mobile_normalise(rows[i].text, number);

		check(&rows[i], is_number, number);
	}
}

static void each_blank_may_stand_in_a_number(void **state)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{'\t', '\r'}, {' ', ' '}, {'-', '.'}, {'(', ')'}, {0x85, 0x85}, {0xa0, 0xa0},
		{0xad, 0xad}, {0x61c, 0x61c}, {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x2015},
		{0x2028, 0x202f}, {0x205f, 0x206f}, {0x2212, 0x2212}, {0x3000, 0x3000},
		{0xfe0e, 0xfe0f}, {0xfeff, 0xfeff}, {0xff08, 0xff09}, {0xff0d, 0xff0e},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(ranges); i++)
		for (uint32_t point = ranges[i].first; point <= ranges[i].last; point++) {
			char blank[5] = "", text[64], number[MOBILE_SIZE];
			const struct row row = {text, "13900000001"};

			str_put_utf8(blank, point);
			snprintf(text, sizeof(text), "%s+86%s139%s0000%s0001%s", blank, blank,
				blank, blank, blank);
			check(&row, mobile_normalise(text, number), number);
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
		{"+8529123456x", NULL},
		{"\u202a+852 9123 4567\u202c", "+85291234567"},
		{"（＋８５２）９１２３-４５６７", "+85291234567"},
		{"tel:+1-202-555-0123", "+12025550123"},
		{"+49 (0)151 1234567", "+491511234567"},
		{"+44 (0) 7700 900123", "+447700900123"},
		{"+", NULL},
		{"+()", NULL},
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
		{"34052419800101 001X", "34052419800101001X"},
		{"340524-19800101-001x", "34052419800101001X"},
		{"３４０５２４１９８００１０１００１Ｘ", "34052419800101001X"},
		{"\u202d340524\u00a019800101\u3000001\u200bX\ufeff", "34052419800101001X"},
		{"34052419800101001×", "34052419800101001X"},
		{"34052419800101001Ⅹ", "34052419800101001X"},
		{"×34052419800101001", NULL},
		{"500112199003071016", "500112199003071016"},
		{"500112202402291010", "500112202402291010"},
		{"500112202302291013", NULL},
		{"500112200002291012", "500112200002291012"},
		{"500112190002291016", NULL},
		{"3405241980010100X1", NULL},
		{"340524800101001", NULL},
		{"", NULL},
		/* Right but for one thing: the province, the month, the day, the century. */
		{"160105194912310029", NULL},
		{"110105194913310021", NULL},
		{"110105194902290037", NULL},
		{"110105179912310024", NULL},
		/* Residence permits. */
		{"810000199003071018", "810000199003071018"},
		{"82000019900307101x", "82000019900307101X"},
		{"830000199003071011", "830000199003071011"},
		/* Foreigners, since 2023. */
		{"911840199003071017", "911840199003071017"},
		{"950156199003071024", "950156199003071024"},
		{"911840199003071018", NULL},
		{"910840199003071016", NULL},
		{"999840199003071019", NULL},
		/* Foreigners, before. */
		{"KAZ110090123105", "KAZ110090123105"},
		{"kaz 1100 901231 05", "KAZ110090123105"},
		{"ＫＡＺ１１００９０１２３１０５", "KAZ110090123105"},
		{"CAN110070022909", NULL},
		{"USA110004022912", "USA110004022912"},
		{"USA110099022914", NULL},
		{"USA500190030714", "USA500190030714"},
		{"KAZ110090123104", NULL},
		{"USA100190030716", NULL},
		{"USA110090130719", NULL},
		{"USA110090023013", NULL},
		{"KA1110090123105", NULL},
		{"KAZ11009012310", NULL},
		{"KAZ1100901231055", NULL},
		{"张三丰110090123105", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char number[ID_CARD_SIZE];
		bool is_number = id_card_normalise(rows[i].text, number);

		check(&rows[i], is_number, number);
	}
}

/* Of all check characters one is right, if any. */
static int n_taken(const char *digits)
{
	int n = 0;

	for (const char *check = "0123456789X"; *check != '\0'; check++) {
		char text[64], number[ID_CARD_SIZE];

		snprintf(text, sizeof(text), "%s%c", digits, *check);
		n += id_card_normalise(text, number);
	}
	return n;
}

static void each_province_has_cards(void **state)
{
	static const char provinces[] =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
		"61 62 63 64 65 71 81 82 83";
	static const struct {
		const char *before, *after;
	} forms[] = {{"", "990119900307101"}, {"9", "15619900307101"}, {"CHN", "019003071"}};

	(void)state;
	for (int i = 0; i < 100; i++)
		for (size_t k = 0; k < N_OF(forms); k++) {
			const char code[] = {(char)('0' + i / 10), (char)('0' + i % 10), '\0'};
			char digits[32];

			snprintf(digits, sizeof(digits), "%s%s%s", forms[k].before, code,
				forms[k].after);
			if (n_taken(digits) != (strstr(provinces, code) != NULL))
				fail_msg("%s", digits);
		}
}

static int n_taken_of_day(const struct civil *day)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "110105%04d%02d%02d002", day->year, day->month, day->day);
	return n_taken(digits);
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
		cmocka_unit_test(each_blank_may_stand_in_a_number),
		cmocka_unit_test(numbers_from_abroad_keep_their_country),
		cmocka_unit_test(id_cards_are_checked),
		cmocka_unit_test(each_province_has_cards),
		cmocka_unit_test(nobody_is_born_tomorrow),
	};

	return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
