#include <string.h>

#include "api_key.h"
#include "arena.h"
#include "argument_value.h"
#include "ask.h"
#include "ctl.h"
#include "date.h"
#include "str.h"

#define LINE_MAX_SIZE 512
#define DAYS_MAX 36500

int argument_value_time(const struct argument *argument, const char *option, int64_t *at_us_r)
{
	struct date date;

	*at_us_r = 0;
	if (argument->text == NULL)
		return EXIT_SUCCESS;
	if (!date_parse_xsd(argument->text, &date))
		return ctl_fail_usage("%s: a time is 2026-11-29, 2026-11-29T10:39:18 in UTC+8, or "
				      "2026-11-29T10:39:18Z",
			option);
	*at_us_r = date_to_instant(&date);
	return EXIT_SUCCESS;
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
	struct date day;
	int32_t n_days;

	*expires_us_r = 0;
	if (argument->text == NULL)
		return EXIT_SUCCESS;
	if (strcmp(argument->text, "never") == 0) {
		*expires_us_r = API_KEY_NEVER;
	} else if (str_parse_int32(argument->text, &n_days) && n_days >= 1 && n_days <= DAYS_MAX) {
		*expires_us_r = clock_now_us() + n_days * CLOCK_DAY_US;
	} else if (strlen(argument->text) == CLOCK_DAY_SIZE &&
		date_parse_xsd(argument->text, &day)) {
		*expires_us_r = date_to_instant(&day) + CLOCK_DAY_US;
	}
	return *expires_us_r != 0
		? EXIT_SUCCESS
		: ctl_fail_usage("%s: write the last day, as 2026-11-29, a number of days, 1 to "
				 "%d, or never",
			  option, DAYS_MAX);
}
