#include <string.h>

#include "api_key.h"
#include "arena.h"
#include "argument_value.h"
#include "ask.h"
#include "ctl.h"
#include "date.h"
#include "str.h"

#define LINE_MAX_SIZE (ARGUMENT_OLD_ID_CHARS_MAX * 4 + sizeof("\r\n"))
#define DAYS_MAX 36500
#define NUMBER_SIZE sizeof("2147483647")
#define TIME_SIZE 40

/* When the day of an instant began, in UTC+8. */
static int64_t day_of(int64_t at_us)
{
	const int64_t offset_us = CLOCK_LOCAL_OFFSET_S * CLOCK_SECOND_US;

	return at_us - (at_us + offset_us) % CLOCK_DAY_US;
}

/* Reads today, yesterday, and 90s, 90m, 2h or 3d for so long ago. */
static bool read_time_ago(const char *text, int64_t *at_us_r)
{
	static const struct {
		char unit;
		int64_t us;
	} units[] = {{'s', CLOCK_SECOND_US}, {'m', 60 * CLOCK_SECOND_US},
		{'h', 3600 * CLOCK_SECOND_US}, {'d', CLOCK_DAY_US}};
	const int64_t now_us = clock_now_us();
	char number[NUMBER_SIZE];
	const size_t size = strlen(text);
	int32_t n;

	if (strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0) {
		*at_us_r = day_of(now_us) - (*text == 'y' ? CLOCK_DAY_US : 0);
		return true;
	}
	if (size < 2 || size > NUMBER_SIZE)
		return false;
	memcpy(number, text, size - 1);
	number[size - 1] = '\0';
	if (!str_parse_int32(number, &n) || n < 1)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == text[size - 1] &&
			n <= DAYS_MAX * (CLOCK_DAY_US / units[i].us)) {
			*at_us_r = now_us - n * units[i].us;
			return true;
		}
	return false;
}

/* Reads a time as XML Schema has it, and as the commands print it: with a blank for T, and perhaps
 * without seconds. */
static bool read_time(const char *text, int64_t *at_us_r)
{
	char line[TIME_SIZE + sizeof(":00")];
	const size_t size = strlen(text);
	struct date date;

	if (size > TIME_SIZE)
		return false;
	memcpy(line, text, size + 1);
	if (size > CLOCK_DAY_SIZE && line[CLOCK_DAY_SIZE] == ' ')
		line[CLOCK_DAY_SIZE] = 'T';
	if (size == CLOCK_DAY_SIZE + strlen("T10:39"))
		memcpy(line + size, ":00", sizeof(":00"));
	if (!date_parse_xsd(line, &date))
		return false;
	*at_us_r = date_to_bound(&date);
	return true;
}

int argument_value_time(const struct argument *argument, const char *option, int64_t *at_us_r)
{
	*at_us_r = 0;
	if (argument->text == NULL)
		return EXIT_SUCCESS;
	if (read_time_ago(argument->text, at_us_r) || read_time(argument->text, at_us_r))
		return EXIT_SUCCESS;
	return ctl_fail_usage("%s: a time is 2026-11-29, \"2026-11-29 10:39:18\" in UTC+8, "
			      "2026-11-29T10:39:18Z, today, yesterday, or 90m, 2h, 3d for so long "
			      "ago",
		option);
}

int argument_value_text(struct arena *arena, const struct argument *argument, const char *option,
	const char **text_r)
{
	char line[LINE_MAX_SIZE];

	*text_r = argument->text;
	if (argument->text == NULL || strcmp(argument->text, "-") != 0)
		return EXIT_SUCCESS;
	if (!ask_secret(option, line, sizeof(line)) || str_is_empty(line))
		return ctl_fail("%s -: standard input must hold a line with the value", option);
	*text_r = arena_strdup(arena, line);
	return EXIT_SUCCESS;
}

int argument_value_end(const struct argument *argument, const char *option, int64_t *expires_us_r)
{
	int64_t at_us;
	int32_t n_days;

	*expires_us_r = 0;
	if (argument->text == NULL)
		return EXIT_SUCCESS;
	if (strcmp(argument->text, "never") == 0) {
		*expires_us_r = API_KEY_NEVER;
	} else if (str_parse_int32(argument->text, &n_days) && n_days >= 1 && n_days <= DAYS_MAX) {
		*expires_us_r = clock_now_us() + n_days * CLOCK_DAY_US;
	} else if (strlen(argument->text) >= CLOCK_DAY_SIZE &&
		read_time(argument->text, &at_us)) {
		*expires_us_r = at_us +
			(strlen(argument->text) == CLOCK_DAY_SIZE ? CLOCK_DAY_US : 0);
	}
	return *expires_us_r != 0
		? EXIT_SUCCESS
		: ctl_fail_usage("%s: write the last day, as 2026-11-29, a time, as "
				 "\"2026-11-29 10:39:18\", a number of days, 1 to %d, or never",
			  option, DAYS_MAX);
}
