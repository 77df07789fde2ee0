#include "ascii.h"
#include "clock.h"
#include "fold.h"
#include "id_card.h"
#include "str.h"

#define N_CHARS (ID_CARD_SIZE - 1)
#define N_CHARS_OF_2017 15
#define N_LETTERS_OF_2017 3
#define YEAR_MIN 1800

static int number_at(const char *digits, int n)
{
	int number = 0;

	while (n-- > 0)
		number = number * 10 + (*digits++ - '0');
	return number;
}

static bool are_digits(const char *text, size_t n)
{
	return strspn(text, "0123456789") >= n;
}

static bool is_province(const char *code)
{
	static const char codes[] =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
		"50 51 52 53 54 61 62 63 64 65 71 81 82 83";

	return str_place_in(codes, " ", code, 2) >= 0;
}

/* month_and_day has four digits. */
static bool is_day_until_today(int year, const char *month_and_day)
{
	int month = number_at(month_and_day, 2), day = number_at(month_and_day + 2, 2);
	struct civil today;

	if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 ||
		day > clock_days_in_month(year, month))
		return false;
	clock_to_civil(clock_now_us(), CLOCK_LOCAL_OFFSET_S, &today);
	return (year * 100 + month) * 100 + day <=
		(today.year * 100 + today.month) * 100 + today.day;
}

/* ISO 7064, MOD 11-2. */
static char check_character(const char *number)
{
	int sum = 0;

	for (int i = 0; i < N_CHARS - 1; i++)
		sum = (sum + number[i] - '0') * 2 % 11;
	return "10X98765432"[sum];
}

static bool is_number(const char *number)
{
	const char *province = number[0] == '9' ? number + 1 : number;

	return are_digits(number, N_CHARS - 1) && is_province(province) &&
		is_day_until_today(number_at(number + 6, 4), number + 10) &&
		number[N_CHARS - 1] == check_character(number);
}

/* As in passports, ICAO 9303: A is 10, and the weights are 7, 3, 1. */
static char check_digit_of_2017(const char *number)
{
	int sum = 0;

	for (int i = 0; i < N_CHARS_OF_2017 - 1; i++) {
		int value = number[i] - (ascii_is_digit(number[i]) ? '0' : 'A' - 10);

		sum += value * "\7\3\1"[i % 3];
	}
	return (char)('0' + sum % 10);
}

static bool is_number_of_2017(const char *number)
{
	const char *division = number + N_LETTERS_OF_2017, *birth = division + 4;

	for (int i = 0; i < N_LETTERS_OF_2017; i++)
		if (!ascii_is_letter(number[i]))
			return false;
	if (!are_digits(division, N_CHARS_OF_2017 - N_LETTERS_OF_2017) || !is_province(division))
		return false;
	return (is_day_until_today(1900 + number_at(birth, 2), birth + 2) ||
		       is_day_until_today(2000 + number_at(birth, 2), birth + 2)) &&
		number[N_CHARS_OF_2017 - 1] == check_digit_of_2017(number);
}

bool id_card_normalise(const char *text, char number_r[ID_CARD_SIZE])
{
	char number[ID_CARD_SIZE];
	size_t size;

	if (!fold_text(text, "-", number, sizeof(number)))
		return false;
	for (char *at = number; *at != '\0'; at++)
		*at = ascii_upper(*at);
	size = strlen(number);
	if (!(size == N_CHARS && is_number(number)) &&
		!(size == N_CHARS_OF_2017 && is_number_of_2017(number)))
		return false;
	memcpy(number_r, number, size + 1);
	return true;
}
