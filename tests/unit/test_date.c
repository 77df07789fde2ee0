#include "unit.h"

#include "arena.h"
#include "buf.h"
#include "date.h"

struct reading {
	const char *text;
	const char *xsd; /* NULL: refused */
};

static void check(bool (*parse)(const char *, struct date *), const struct reading *reading)
{
	struct date date = {.ticks = 42};
	struct buf buf = {0};
	bool is_read = parse(reading->text, &date);

	if (is_read != (reading->xsd != NULL))
		fail_msg("'%s' is %s", reading->text, is_read ? "read" : "refused");
	if (is_read) {
		date_write_xsd(&buf, &date);
		assert_string_equal(buf.data, reading->xsd);
	} else {
		assert_int_equal(date.ticks, 42);
	}
	buf_release(&buf);
}

static void json_reads_what_either_configuration_reads(void **state)
{
	static const struct reading readings[] = {
		{"2025-10-01 05:31:32", "2025-10-01T05:31:32"},
		{"2025-10-01T05:31:32", "2025-10-01T05:31:32"},
		{"2025-10-01T05:31:32.123", "2025-10-01T05:31:32.123"},
		{"2025-10-01T05:31:32.1234567", "2025-10-01T05:31:32.1234567"},
		{"2025-10-01T05:31:32.12345678", "2025-10-01T05:31:32.1234568"},
		{"2025-10-01T05:31:32Z", "2025-10-01T05:31:32Z"},
		{"2025-10-01T05:31:32+08:00", "2025-10-01T05:31:32+08:00"},
		{"2025-10-01T05:31:32+0800", "2025-10-01T05:31:32+08:00"},
		{"2025-10-01T05:31:32-05:30", "2025-10-01T19:01:32+08:00"},
		{"2025-10-01T24:00:00", "2025-10-02T00:00:00"},
		{"/Date(1759267892000)/", "2025-09-30T21:31:32Z"},
		{"/Date(1759267892000+0800)/", "2025-10-01T05:31:32+08:00"},
		{"/Date(1759267892000+0000)/", "2025-10-01T05:31:32+08:00"},
		{"/Date(-1)/", "1969-12-31T23:59:59.999Z"},
		{"/Date(253402300799999)/", "9999-12-31T23:59:59.999Z"},
		{"2025-10-01", "2025-10-01T00:00:00"},
		{"2025/10/01", "2025-10-01T00:00:00"},
		{"10/01/2025", "2025-10-01T00:00:00"},
		{"01 Oct 2025", "2025-10-01T00:00:00"},
		{"2025-10-01 5:31", "2025-10-01T05:31:00"},
		{"2024-02-29", "2024-02-29T00:00:00"},
		{"0001-01-01 00:00:00", "0001-01-01T00:00:00"},
		{"20251001", NULL},
		{"", NULL},
		{" ", NULL},
		{"garbage", NULL},
		{"2025-13-01 00:00:00", NULL},
		{"2025-02-29", NULL},
		{"2025-10-00", NULL},
		{"2025-10-01 24:00:01", NULL},
		{"2025-10-01 05:60:00", NULL},
		{"2025-10-01 05", NULL},
		{"2025-10-01 05:31:32.", NULL},
		{"2025-10-01 05:31:32 x", NULL},
		{"2025-10-01T05:31:32+15:00", NULL},
		{"9999-12-31T23:59:59-01:00", NULL},
		{"1759267892", NULL},
		{"/Date(1759267892000/", NULL},
		{"/Date(1759267892000)/x", NULL},
		{"/Date()/", NULL},
		{"/Date(1+08)/", NULL},
		{"/Date(253402300800000)/", NULL},
		{"/Date(9999999999999999)/", NULL},
		{"0001-01-02 00:00:00", "0001-01-02T00:00:00"},
		{"0000-12-31 00:00:00", NULL},
		{"0000-00-01 00:00:00", NULL},
		{"0000-01-00 00:00:00", NULL},
		{"/Date(-62135683200000)/", NULL},
		{"/Date(-999999999999999)/", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(readings); i++)
		check(date_parse_json, &readings[i]);
}

/* DateTime.MinValue of .NET stands for no date, whatever zone it went through; so does MySQL's. */
static void marks_of_no_date_are_unset(void **state)
{
	static const struct {
		bool (*parse)(const char *text, struct date *date_r);
		const char *text;
	} readings[] = {
		{date_parse_json, "/Date(-62135596800000)/"},
		{date_parse_json, "/Date(-62135596800000+0800)/"},
		{date_parse_json, "/Date(-62135596800000+0000)/"},
		{date_parse_json, "/Date(-62135596800000-0500)/"},
		{date_parse_json, "/Date(-62135625600000)/"},
		{date_parse_json, "/Date(-62135625600000+0800)/"},
		{date_parse_json, "/Date(-62135625943000+0805)/"},
		{date_parse_json, "0001-01-01 00:00:00"},
		{date_parse_json, "0001-01-01T00:00:00"},
		{date_parse_json, "0001-01-01T00:00:00Z"},
		{date_parse_json, "0001-01-01T00:00:00+00:00"},
		{date_parse_json, "0001-01-01T00:00:00+08:00"},
		{date_parse_json, "0001-01-01T00:00:00+14:00"},
		{date_parse_json, "0001-01-01T00:00:00-12:00"},
		{date_parse_json, "0001-01-01T08:00:00"},
		{date_parse_json, "1/1/0001"},
		{date_parse_json, "0000-12-31T15:54:17.000Z"},
		{date_parse_json, "0000-12-31T16:00:00Z"},
		{date_parse_json, "0000-12-31 16:00:00 -08:00"},
		{date_parse_invariant, "0000-12-31T16:00:00Z"},
		{date_parse_xsd, "0000-12-31T16:00:00Z"},
		{date_parse_json, "0000-00-00"},
		{date_parse_json, "0000-00-00 00:00:00"},
		{date_parse_invariant, "0000-00-00"},
		{date_parse_invariant, "0000-00-00 00:00:00"},
		{date_parse_invariant, "0001-01-01"},
		{date_parse_invariant, "0001-01-01T00:00:00Z"},
		{date_parse_invariant, "01/01/0001 00:00:00"},
		{date_parse_invariant, "1/1/0001 12:00:00 AM"},
		{date_parse_invariant, "0001-01-01T00:00:00-05:00"},
		{date_parse_xsd, "0001-01-01"},
		{date_parse_xsd, "0001-01-01Z"},
		{date_parse_xsd, "0001-01-01T00:00:00"},
		{date_parse_xsd, "0001-01-01T00:00:00Z"},
		{date_parse_xsd, "0001-01-01T00:00:00+14:00"},
		{date_parse_xsd, "0001-01-01T00:00:00-05:00"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(readings); i++) {
		struct date date = {.ticks = 42};

		if (!readings[i].parse(readings[i].text, &date) || date.ticks != 0)
			fail_msg("'%s': %lld", readings[i].text, (long long)date.ticks);
	}
}

static void forms_read_what_the_invariant_culture_reads(void **state)
{
	static const struct reading readings[] = {
		{"2025-10-01 05:31:32", "2025-10-01T05:31:32"},
		{"2025-10-01T05:31:32Z", "2025-10-01T13:31:32+08:00"},
		{"2025-10-01T05:31:32+08:00", "2025-10-01T05:31:32+08:00"},
		{"2025/10/1", "2025-10-01T00:00:00"},
		{"10/1/2025 5:31 PM", "2025-10-01T17:31:00"},
		{"10/1/2025 12:31 AM", "2025-10-01T00:31:00"},
		{"10-1-25", "2025-10-01T00:00:00"},
		{"10-1-30", "1930-10-01T00:00:00"},
		{"Wed, 01 Oct 2025 05:31:32 GMT", "2025-10-01T13:31:32+08:00"},
		{"Wednesday, 01 October 2025", "2025-10-01T00:00:00"},
		{"October 1, 2025", "2025-10-01T00:00:00"},
		{"2025 Oct 1", "2025-10-01T00:00:00"},
		{" 2025-10-01 ", "2025-10-01T00:00:00"},
		{"13/1/2025", NULL},
		{"10/1/2025 13:31 PM", NULL},
		{"31/10/2025", NULL},
		{"Octopus 1 2025", NULL},
		{"Wed", NULL},
		{"05:31", NULL},
		{"/Date(1759267892000)/", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(readings); i++)
		check(date_parse_invariant, &readings[i]);
}

static void xml_reads_what_xml_schema_writes(void **state)
{
	static const struct reading readings[] = {
		{"2026-01-29T15:00:34", "2026-01-29T15:00:34"},
		{"2026-01-29T15:00:34.1406325+08:00", "2026-01-29T15:00:34.1406325+08:00"},
		{"2026-01-29T15:00:34.12345678", "2026-01-29T15:00:34.1234568"},
		{"2026-01-29T07:00:34Z", "2026-01-29T07:00:34Z"},
		{"2026-01-29T07:00:34-05:30", "2026-01-29T20:30:34+08:00"},
		{" 2026-01-29T15:00:34\n", "2026-01-29T15:00:34"},
		{"2026-01-29", "2026-01-29T00:00:00"},
		{"2026-01-29Z", "2026-01-29T00:00:00Z"},
		{"2026-01-29+08:00", "2026-01-29T00:00:00+08:00"},
		{"2026-01", "2026-01-01T00:00:00"},
		{"2026-01-29 15:00:34", NULL},
		{"2026-01-29t15:00:34", NULL},
		{"2026-01-29T15:00", NULL},
		{"2026-01-29T15:00:34.", NULL},
		{"2026-01-29T15:00:34z", NULL},
		{"2026-01-29T15:00:34+0800", NULL},
		{"2026-01-29T15:00:34+14:01", NULL},
		{"2026-01-29T15:00:34+08:60", NULL},
		{"2026-01-29T15:00:34+08:00x", NULL},
		{"2026-01-29T24:00:00", NULL},
		{"2026-01-29T15:60:34", NULL},
		{"2026-01-32", NULL},
		{"2026-1-29", NULL},
		{"2026-01-29T", NULL},
		{"2026-01-", NULL},
		{"2026-13", NULL},
		{"2026", NULL},
		{"1769670034", NULL},
		{"20260129", NULL},
		{"01/29/2026", NULL},
		{"", NULL},
		{" ", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(readings); i++)
		check(date_parse_xsd, &readings[i]);
}

static void an_instant_is_shown_in_local_time(void **state)
{
	const struct date date = date_of_instant(INT64_C(1759267892140632));
	struct buf buf = {0};

	(void)state;
	date_write_xsd(&buf, &date);
	assert_string_equal(buf.data, "2025-10-01T05:31:32.140632+08:00");
	buf_release(&buf);
}

static void local_text_is_of_this_calendar(void **state)
{
	static const char *const readings[][2] = {
		{"2025-10-01T05:31:32Z", "2025-10-01 13:31:32"},
		{"9999-12-31T15:59:59Z", "9999-12-31 23:59:59"},
		{"9999-12-31T16:00:00Z", "9999-12-31 23:59:59"},
		{"9999-12-31T23:59:59.9999999Z", "9999-12-31 23:59:59"},
	};
	struct arena *arena = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < N_OF(readings); i++) {
		struct date date;

		assert_true(date_parse_json(readings[i][0], &date));
		assert_string_equal(date_local_text(arena, &date), readings[i][1]);
	}
	arena_free(arena);
}

static void plain_text_is_the_dates_own_clock(void **state)
{
	static const struct reading readings[] = {
		{"2025-10-01T05:31:32.999", "2025-10-01 05:31:32"},
		{"2025-10-01T05:31:32Z", "2025-10-01 05:31:32"},
		{"2025-10-01T00:00:00+00:00", "2025-10-01 08:00:00"},
	};
	const struct date unset = {0};
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < N_OF(readings); i++) {
		struct date date;

		assert_true(date_parse_json(readings[i].text, &date));
		buf_reset(&buf);
		date_write_plain(&buf, &date);
		assert_string_equal(buf.data, readings[i].xsd);
	}
	buf_reset(&buf);
	date_write_plain(&buf, &unset);
	assert_string_equal(buf.data, "0001-01-01 00:00:00");
	buf_release(&buf);
}

static void every_date_is_a_bound(void **state)
{
	struct date date;

	(void)state;
	assert_true(date_parse_xsd("1970-01-01T00:00:00Z", &date));
	assert_true(date_to_bound(&date) == 1);
	assert_true(date_parse_xsd("1970-01-01T08:00:00", &date));
	assert_true(date_to_bound(&date) == 1);
	assert_true(date_parse_xsd("1970-01-02T00:00:00Z", &date));
	assert_true(date_to_bound(&date) == INT64_C(86400000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_reads_what_either_configuration_reads),
		cmocka_unit_test(marks_of_no_date_are_unset),
		cmocka_unit_test(forms_read_what_the_invariant_culture_reads),
		cmocka_unit_test(xml_reads_what_xml_schema_writes),
		cmocka_unit_test(an_instant_is_shown_in_local_time),
		cmocka_unit_test(local_text_is_of_this_calendar),
		cmocka_unit_test(plain_text_is_the_dates_own_clock),
		cmocka_unit_test(every_date_is_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
