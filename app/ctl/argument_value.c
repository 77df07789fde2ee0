#include <string.h>

#include "arena.h"
#include "argument_value.h"
#include "ask.h"
#include "ctl.h"
#include "date.h"
#include "str.h"

#define LINE_MAX_SIZE 512

bool argument_value_time(const struct argument *argument, const char *option, int64_t *at_us_r)
{
	struct date date;

	*at_us_r = 0;
	if (argument->text == NULL)
		return true;
	if (!date_parse_xsd(argument->text, &date))
		return ctl_fail("%s: a time is 2026-11-29, 2026-11-29T10:39:18 in UTC+8, or "
				"2026-11-29T10:39:18Z",
			       option) == EXIT_SUCCESS;
	*at_us_r = date_to_instant(&date);
	return true;
}

bool argument_value_text(struct arena *arena, const struct argument *argument, const char *option,
	const char **text_r)
{
	char line[LINE_MAX_SIZE];

	*text_r = argument->text;
	if (argument->text == NULL || strcmp(argument->text, "-") != 0)
		return true;
	if (!ask_secret(option, line, sizeof(line)) || str_is_empty(line))
		return ctl_fail("%s -: standard input must hold a line with the value", option) ==
			EXIT_SUCCESS;
	*text_r = arena_strdup(arena, line);
	return true;
}
