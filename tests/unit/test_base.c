#include "unit.h"

#ifdef HAVE_SANITIZERS
#include <sanitizer/asan_interface.h>
#endif

#include "activity.h"
#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "principal.h"
#include "str.h"
#include "uuid.h"


static jmp_buf exhausted_here;

static void jump(void *ctx)
{
	(void)ctx;
	longjmp(exhausted_here, 1);
}

static void arena_gives_zeroed_aligned_memory_again_and_again(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t size = 1; size < 40000; size = size * 3 + 1) {
			unsigned char *bytes = arena_alloc(arena, size);

			assert_int_equal((uintptr_t)bytes % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(bytes[i], 0);
			memset(bytes, 0xff, size);
		}
		arena_reset(arena);
	}
	arena_free(arena);
}

static void arena_stops_at_its_limit(void **state)
{
	struct arena *arena = arena_new(200000);
	volatile size_t out = 0;

	(void)state;
	arena_on_exhausted(arena, jump, NULL);
	if (setjmp(exhausted_here) == 0) {
		while (out < 1000000) {
			arena_alloc(arena, 10000);
			out += 10000;
		}
	}
	assert_in_range(out, 150000, 200000);
	if (setjmp(exhausted_here) == 0) {
		arena_alloc(arena, SIZE_MAX - 5);
		fail();
	}
	arena_free(arena);
}

static void arena_text(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_string_equal(arena_printf(arena, "%s-%d", "a", 7), "a-7");
	assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
	assert_null(arena_strdup(arena, NULL));
	arena_free(arena);
}

/* Whether it ends a block, begins one, or needs one of its own. */
static void arena_text_of_any_size_is_whole(void **state)
{
	static char wanted[40000];
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	memset(wanted, 'a', sizeof(wanted) - 1);
	for (size_t size = 1; size < sizeof(wanted); size += size < 3000 ? 13 : 9241) {
		const char *text = arena_printf(arena, "%.*s", (int)size, wanted);

		memset(arena_alloc(arena, 16), 'b', 16);
		assert_int_equal(strlen(text), size);
		assert_memory_equal(text, wanted, size);
		if (size % 64 == 0)
			arena_reset(arena);
	}
	arena_free(arena);
}

static void arena_poisons_what_is_not_handed_out(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char *bytes = arena_alloc(arena, 5);
	char *text = arena_printf(arena, "%s", "abc");

	(void)state, (void)bytes, (void)text;
#ifdef HAVE_SANITIZERS
	assert_false(__asan_address_is_poisoned(bytes + 4));
	assert_true(__asan_address_is_poisoned(bytes + 5));
	assert_false(__asan_address_is_poisoned(text + 3));
	assert_true(__asan_address_is_poisoned(text + 4));
	arena_reset(arena);
	assert_true(__asan_address_is_poisoned(bytes));
#endif
	arena_free(arena);
}

/* After a reset the memory is poisoned. */
__attribute__((no_sanitize_address)) static char peek(const volatile char *at)
{
	return *at;
}

/* Of a text that did not fit where it began, too. */
static void arena_reset_wipes(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char *secret = arena_strdup(arena, "secret");
	const char *end = (char *)arena_alloc(arena, 1000) + 1000;

	(void)state;
	arena_printf(arena, "%40000s", "secret");
	arena_reset(arena);
	for (const char *at = secret; at < end + 1000; at++)
		assert_int_equal(peek(at), 0);
	arena_free(arena);
}

static void buf_grows_and_ends_with_nul(void **state)
{
	struct buf buf = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		buf_append_str(&buf, "abc");
		buf_append_char(&buf, '-');
		buf_printf(&buf, "%03d", i);
		assert_int_equal(buf.size, (i + 1) * 7);
		assert_int_equal(buf.data[buf.size], 0);
	}
	assert_memory_equal(buf.data + 7 * 999, "abc-999", 8);
	buf_reset(&buf);
	assert_int_equal(buf.size, 0);
	assert_string_equal(buf.data, "");
	buf_release(&buf);
}

static void buf_wipe_wipes(void **state)
{
	static const char zeros[6];
	struct buf buf = {0};
	size_t capacity;

	(void)state;
	buf_wipe(&buf, 0);
	buf_append_str(&buf, "secret");
	capacity = buf.capacity;
	buf_wipe(&buf, capacity);
	assert_int_equal(buf.size, 0);
	assert_int_equal(buf.capacity, capacity);
	assert_memory_equal(buf.data, zeros, sizeof(zeros));
	buf_wipe(&buf, capacity - 1);
	assert_null(buf.data);
}

static void buf_has_room_for_text_of_any_size(void **state)
{
	static char wanted[3000];

	(void)state;
	memset(wanted, 'a', sizeof(wanted) - 1);
	for (int size = 0; size < (int)sizeof(wanted); size++) {
		struct buf buf = {0};

		buf_append_str(&buf, "b");
		buf_printf(&buf, "%.*s", size, wanted);
		buf_append_again(&buf, 0, buf.size);
		assert_int_equal(buf.size, 2 * (size + 1));
		assert_int_equal(strlen(buf.data), buf.size);
		assert_memory_equal(buf.data + 1, wanted, (size_t)size);
		assert_memory_equal(buf.data, buf.data + size + 1, (size_t)size + 1);
		buf_release(&buf);
	}
}

static void buf_grows_in_an_arena(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf buf = {.arena = arena};

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_append_char(&buf, (char)('a' + i % 26));
	assert_int_equal(strlen(buf.data), 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
	buf_release(&buf);
	buf_append_str(&buf, "again");
	assert_string_equal(buf.data, "again");
	assert_ptr_equal(buf.arena, arena);
	arena_free(arena);
}

static void what_is_not_unreserved_is_encoded(void **state)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	struct buf buf = {0};
	char expected[8];

	(void)state;
	for (int c = 1; c <= 0xff; c++) {
		const char text[] = {(char)c, '\0'};
		bool is_kept = strchr(unreserved, c) != NULL;

		snprintf(expected, sizeof(expected), is_kept ? "%c" : "%%%02X", c);
		buf_reset(&buf);
		buf_append_encoded(&buf, text);
		assert_string_equal(buf.data, expected);
	}
	buf_append_encoded(&buf, "");
	assert_string_equal(buf.data, "%FF");
	buf_release(&buf);
}

static void expect_int(int64_t value)
{
	struct buf buf = {0};
	char expected[32];

	snprintf(expected, sizeof(expected), "-%lld", (long long)value);
	buf_append_char(&buf, '-');
	buf_append_int(&buf, value);
	assert_string_equal(buf.data, expected);
	buf_release(&buf);
}

static void numbers_are_written(void **state)
{
	char digits[4];

	(void)state;
	expect_int(0);
	expect_int(INT32_MIN);
	expect_int(INT32_MAX);
	expect_int(INT64_MIN);
	expect_int(INT64_MAX);
	for (int64_t power = INT64_C(1000000000000000000); power > 0; power /= 10)
		for (int64_t value = power - 1; value <= power + 1; value++) {
			expect_int(value);
			expect_int(-value);
		}
	assert_ptr_equal(str_put_digits(digits, 7, 2), digits + 2);
	assert_memory_equal(digits, "07", 2);
	str_put_digits(digits, 1023, 3);
	assert_memory_equal(digits, "023", 3);
}

static void utf8_is_checked(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} cases[] = {
		{"", true}, {"abc", true}, {"\xe5\xbc\xa0\xe4\xb8\x89", true},
		{"\xf0\x9f\x98\x80", true}, {"\xf4\x8f\xbf\xbf", true}, {"\xed\x9f\xbf", true},
		{"\xc0\xaf", false}, {"\xe0\x80\xaf", false}, {"\xf0\x80\x80\xaf", false},
		{"\xed\xa0\x80", false}, {"\xf4\x90\x80\x80", false}, {"\x80", false},
		{"\xe5\xbc", false}, {"\xff", false}, {"\xc4\xe3", false},
		{"a\xf5\x80\x80\x80", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(
			str_is_utf8(cases[i].text, strlen(cases[i].text)), cases[i].is_valid);
	assert_true(str_is_utf8("a\0b", 3));
	assert_int_equal(str_n_chars("\xe5\xbc\xa0""a\xf0\x9f\x98\x80"), 3);
	assert_int_equal(str_size_of_chars("\xe5\xbc\xa0""a\xf0\x9f\x98\x80", 2), 4);
	assert_int_equal(str_size_of_chars("ab", 9), 2);
}

static void openids_are_recognised(void **state)
{
	char longest[66];

	(void)state;
	memset(longest, 'o', 65);
	longest[64] = 0;
	assert_true(str_is_openid(longest));
	longest[64] = 'o';
	longest[65] = 0;
	assert_false(str_is_openid(longest));
	assert_true(str_is_openid("oAb-_9"));
	assert_false(str_is_openid(""));
	assert_false(str_is_openid(NULL));
	assert_false(str_is_openid("o5 "));
	assert_false(str_is_openid("o\xe5\xbc\xa0"));
}

static void numbers_are_parsed_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *text;
		bool is_number;
		int32_t value;
	} cases[] = {
		{"0", true, 0}, {"-7", true, -7}, {"+7", true, 7}, {"007", true, 7},
		{"2147483647", true, INT32_MAX}, {"-2147483648", true, INT32_MIN},
		{"2147483648", false, 0}, {"", false, 0}, {"-", false, 0}, {" 1", false, 0},
		{"1 ", false, 0}, {"1.0", false, 0}, {"0x1", false, 0},
		{"99999999999999999999", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		int32_t value = 0;

		assert_int_equal(str_parse_int32(cases[i].text, &value), cases[i].is_number);
		assert_int_equal(value, cases[i].value);
	}
}

static void percent_escapes_are_decoded_in_place(void **state)
{
	static const struct {
		const char *text, *decoded;
	} cases[] = {
		{"a+b%2Bc", "a b+c"}, {"%zz", "%zz"}, {"%", "%"}, {"%4", "%4"}, {"%41", "A"},
		{"%u5f20", "%u5f20"}, {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[32];
		size_t size;

		snprintf(text, sizeof(text), "%s", cases[i].text);
		size = str_percent_decode(text, strlen(text), true);
		assert_int_equal(size, strlen(cases[i].decoded));
		assert_memory_equal(text, cases[i].decoded, size);
	}
}

static void letters_compare_without_case(void **state)
{
	(void)state;
	assert_true(str_equal_nocase("SaveWXUserInfo", "savewxuserinfo"));
	assert_false(str_equal_nocase("a", "ab"));
	assert_false(str_equal_nocase("ab", "a"));
	assert_false(str_equal_nocase("\xc3\x84", "\xc3\xa4"));
	assert_true(str_starts_with_nocase("Api/Get", "aPI/"));
	assert_true(str_starts_with_nocase("a", ""));
	assert_false(str_starts_with_nocase("api", "api/"));
	assert_false(str_starts_with_nocase("[pi", "{pi"));
}

static void a_word_has_a_place_in_its_list(void **state)
{
	(void)state;
	assert_int_equal(str_place_in("read,write", ",", "read", 4), 0);
	assert_int_equal(str_place_in("read,write", ",", "write", 5), 1);
	assert_int_equal(str_place_in("read,write", ",", "writer", 6), -1);
	assert_int_equal(str_place_in("read,write", ",", "writer", 5), 1);
	assert_int_equal(str_place_in("read,write", ",", "rea", 3), -1);
	assert_int_equal(str_place_in("read,write", "|", "write", 5), -1);
	assert_int_equal(str_place_in("a|,b", "|,", "b", 1), 2);
	assert_int_equal(str_place_in("a,", ",", "", 0), 1);
	assert_int_equal(str_place_in("", ",", "a", 1), -1);
}

static void calendar_round_trips(void **state)
{
	struct civil civil = {.year = 2024, .month = 2, .day = 29, .hour = 23, .microsecond = 5};
	struct civil again;

	(void)state;
	assert_int_equal(clock_from_civil(&civil, 0), INT64_C(1709247600000005));
	for (int64_t day = -700000; day < 800000; day += 13) {
		int64_t instant = day * 86400 * INT64_C(1000000) + 123456;

		clock_to_civil(instant, CLOCK_LOCAL_OFFSET_S, &again);
		assert_int_equal(again.hour, 8);
		assert_int_equal(again.microsecond, 123456);
		assert_in_range(again.day, 1, clock_days_in_month(again.year, again.month));
		assert_int_equal(clock_from_civil(&again, CLOCK_LOCAL_OFFSET_S), instant);
	}
	assert_int_equal(clock_days_in_month(1900, 2), 28);
	assert_int_equal(clock_days_in_month(2000, 2), 29);
}

static void times_are_written(void **state)
{
	static const struct civil civil = {
		.year = 987, .month = 6, .day = 5, .minute = 43, .second = 9};
	char text[CLOCK_SECOND_SIZE + 1] = "";

	(void)state;
	assert_ptr_equal(clock_put_second(text, &civil, 'T'), text + CLOCK_SECOND_SIZE);
	assert_string_equal(text, "0987-06-05T00:43:09");
	assert_ptr_equal(clock_put_day(text, &civil), text + CLOCK_DAY_SIZE);
}

static void a_phone_is_masked(void **state)
{
	char masked[STR_MASKED_SIZE];

	(void)state;
	str_mask("13900000001", masked);
	assert_string_equal(masked, "139****0001");
	str_mask("电话一三九零零一", masked);
	assert_string_equal(masked, "电话一****九零零一");
	str_mask("电话一三九零零", masked);
	assert_string_equal(masked, "*******");
	str_mask("1234567", masked);
	assert_string_equal(masked, "*******");
	str_mask("", masked);
	assert_string_equal(masked, "");
}

static void every_error_has_a_name(void **state)
{
	(void)state;
	for (int err = 0; err < ERR_N; err++)
		assert_non_null(err_name((enum err)err));
	assert_string_equal(err_name(ERR_CODE_USED), "CODE_USED");
}

static void an_activity_is_shown_and_gone_back_to(void **state)
{
	_Atomic uint64_t word = 0;
	uint64_t seen;

	(void)state;
	activity_begin(ACTIVITY_SMS); /* shown to nobody */
	activity_use(&word);
	assert_int_equal(activity_begin(ACTIVITY_RUNNING), ACTIVITY_NONE);
	seen = word;
	assert_int_equal(activity_in(seen), ACTIVITY_RUNNING);
	assert_int_equal(activity_begin(ACTIVITY_DATABASE), ACTIVITY_RUNNING);
	assert_int_equal(activity_in(word), ACTIVITY_DATABASE);
	assert_int_equal(activity_begin(ACTIVITY_RUNNING), ACTIVITY_DATABASE);
	assert_int_equal(activity_in(word), ACTIVITY_RUNNING);
	assert_int_not_equal(word, seen); /* it has moved meanwhile */
	assert_string_equal(activity_name(activity_in(word)), "running");
	assert_string_equal(activity_name(activity_in(255)), "nothing");
	seen = word;
	activity_use(NULL);
	activity_begin(ACTIVITY_SMS); /* shown to nobody again */
	assert_int_equal(word, seen);
}

static void a_principal_owns_rows_of_its_own(void **state)
{
	static const struct uuid own = {{1}}, other = {{2}}, nil = {{0}};
	static const struct {
		struct principal principal;
		bool owns_own, owns_other, owns_nil;
	} cases[] = {
		{{.kind = PRINCIPAL_API_KEY}, true, true, true},
		{{.kind = PRINCIPAL_ACCESS_TOKEN, .account_id = {{1}}}, true, false, false},
		{{.kind = PRINCIPAL_ACCESS_TOKEN}, false, false, false},
		{{.kind = PRINCIPAL_ANONYMOUS}, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct principal *principal = &cases[i].principal;

		assert_int_equal(principal_owns(principal, own), cases[i].owns_own);
		assert_int_equal(principal_owns(principal, other), cases[i].owns_other);
		assert_int_equal(principal_owns(principal, nil), cases[i].owns_nil);
	}
}

static void a_uuid_is_read_and_written(void **state)
{
	static const char *const bad[] = {
		"", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
		"001122334455-6677-8899-aabbccddeeff-", "00112233-4455-6677-8899-aabbccddeefg",
		"00112233x4455-6677-8899-aabbccddeeff",
	};
	const struct uuid nil = {{0}}, random = uuid_random();
	struct uuid uuid;
	char text[UUID_TEXT_SIZE];

	(void)state;
	assert_true(uuid_parse("00112233-4455-6677-8899-AABBccddeeff", &uuid));
	for (int i = 0; i < UUID_SIZE; i++)
		assert_int_equal(uuid.bytes[i], i * 0x11);
	uuid_format(uuid, text);
	assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_false(uuid_parse(bad[i], &uuid));
	assert_true(uuid_is_nil(nil));
	assert_false(uuid_is_nil(random));
	assert_false(uuid_is_equal(random, uuid_random()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_gives_zeroed_aligned_memory_again_and_again),
		cmocka_unit_test(arena_stops_at_its_limit),
		cmocka_unit_test(arena_text),
		cmocka_unit_test(arena_text_of_any_size_is_whole),
		cmocka_unit_test(arena_poisons_what_is_not_handed_out),
		cmocka_unit_test(arena_reset_wipes),
		cmocka_unit_test(buf_grows_and_ends_with_nul),
		cmocka_unit_test(buf_wipe_wipes),
		cmocka_unit_test(buf_has_room_for_text_of_any_size),
		cmocka_unit_test(buf_grows_in_an_arena),
		cmocka_unit_test(what_is_not_unreserved_is_encoded),
		cmocka_unit_test(numbers_are_written),
		cmocka_unit_test(utf8_is_checked),
		cmocka_unit_test(openids_are_recognised),
		cmocka_unit_test(numbers_are_parsed_whole_or_not_at_all),
		cmocka_unit_test(percent_escapes_are_decoded_in_place),
		cmocka_unit_test(letters_compare_without_case),
		cmocka_unit_test(a_word_has_a_place_in_its_list),
		cmocka_unit_test(calendar_round_trips),
		cmocka_unit_test(times_are_written),
		cmocka_unit_test(a_phone_is_masked),
		cmocka_unit_test(every_error_has_a_name),
		cmocka_unit_test(an_activity_is_shown_and_gone_back_to),
		cmocka_unit_test(a_principal_owns_rows_of_its_own),
		cmocka_unit_test(a_uuid_is_read_and_written),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
