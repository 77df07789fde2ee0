#include "clock.h"
#include "str.h"

#define DAY_S 86400

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * CLOCK_SECOND_US + now.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_boot_us(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

int64_t clock_now_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

void clock_sleep_us(int64_t pause_us)
{
	const struct timespec pause = {
		.tv_sec = pause_us / CLOCK_SECOND_US,
		.tv_nsec = pause_us % CLOCK_SECOND_US * 1000,
	};

	nanosleep(&pause, NULL);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day ends one. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era =
		year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct civil *civil_r)
{
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	civil_r->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	civil_r->month = (int)(month < 10 ? month + 3 : month - 9);
	civil_r->year = (int)(year_of_era + era * 400 + (civil_r->month <= 2));
}

void clock_to_civil(int64_t instant_us, int offset_s, struct civil *civil_r)
{
	int64_t whole_s = floor_div(instant_us, CLOCK_SECOND_US);
	int64_t seconds = whole_s + offset_s;
	int64_t days = floor_div(seconds, DAY_S);
	int second_of_day = (int)(seconds - days * DAY_S);

	civil_from_days(days, civil_r);
	civil_r->hour = second_of_day / 3600;
	civil_r->minute = second_of_day / 60 % 60;
	civil_r->second = second_of_day % 60;
	civil_r->microsecond = (int)(instant_us - whole_s * CLOCK_SECOND_US);
}

int64_t clock_from_civil(const struct civil *civil, int offset_s)
{
	int64_t seconds = days_from_civil(civil->year, civil->month, civil->day) * DAY_S +
		civil->hour * 3600 + civil->minute * 60 + civil->second - offset_s;

	return seconds * CLOCK_SECOND_US + civil->microsecond;
}

/* Writes the separator and two digits. */
static char *clock_put_part(char *to, char separator, int value)
{
	*to = separator;
	return str_put_digits(to + 1, (unsigned)value, 2);
}

char *clock_put_day(char *to, const struct civil *civil)
{
	to = str_put_digits(to, (unsigned)civil->year, 4);
	to = clock_put_part(to, '-', civil->month);
	return clock_put_part(to, '-', civil->day);
}

char *clock_put_second(char *to, const struct civil *civil, char separator)
{
	to = clock_put_day(to, civil);
	to = clock_put_part(to, separator, civil->hour);
	to = clock_put_part(to, ':', civil->minute);
	return clock_put_part(to, ':', civil->second);
}

int clock_days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}
