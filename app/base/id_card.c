#include "ascii.h"
#include "clock.h"
#include "id_card.h"

#define N_CHARS (ID_CARD_SIZE - 1)
#define YEAR_MIN 1800

/* Without the spaces around it. */
static bool take(const char *text, char number_r[ID_CARD_SIZE])
{
	size_t size = 0;

	while (ascii_is_space(*text))
		text++;
	for (; *text != '\0' && !ascii_is_space(*text); text++) {
		if (size == N_CHARS)
			return false;
		number_r[size++] = *text;
	}
	while (ascii_is_space(*text))
		text++;
	number_r[size] = '\0';
	return *text == '\0' && size == N_CHARS;
}

static int number_at(const char *digits, int n)
{
	int number = 0;

	while (n-- > 0)
		number = number * 10 + (*digits++ - '0');
	return number;
}

static bool is_province(int code)
{
	/* The last one of each region of the country, by the first digit. */
	static const int last[] = {0, 15, 23, 37, 46, 54, 65, 71, 83};
	int region = code / 10;

	return region >= 1 && region <= 8 && code % 10 >= 1 && code <= last[region];
}

static bool is_day_until_today(int year, int month, int day)
{
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

bool id_card_normalise(const char *text, char number_r[ID_CARD_SIZE])
{
	char number[ID_CARD_SIZE];

	if (!take(text, number))
		return false;
	for (int i = 0; i < N_CHARS - 1; i++)
		if (!ascii_is_digit(number[i]))
			return false;
	if (number[N_CHARS - 1] == 'x')
		number[N_CHARS - 1] = 'X';
	if (number[N_CHARS - 1] != check_character(number) || !is_province(number_at(number, 2)) ||
		!is_day_until_today(number_at(number + 6, 4), number_at(number + 10, 2),
			number_at(number + 12, 2)))
		return false;
	memcpy(number_r, number, sizeof(number));
	return true;
}
