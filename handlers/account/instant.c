#include "account/instant.h"
#include "arena.h"
#include "clock.h"
#include "str.h"

const char *account_instant(struct arena *arena, int64_t instant_us)
{
	static const char form[] = "2026-11-29T10:39:18.754+00:00";
	struct civil at;
	char *text;

	if (instant_us == 0)
		return NULL;
	clock_to_civil(instant_us, 0, &at);
	text = arena_strdup(arena, form);
	clock_put_second(text, &at, 'T');
	str_put_digits(text + CLOCK_SECOND_SIZE + 1, (unsigned)at.microsecond / 1000, 3);
	return text;
}

const char *account_day(struct arena *arena, int64_t instant_us)
{
	struct civil at;
	char *text;

	if (instant_us == 0)
		return NULL;
	clock_to_civil(instant_us, CLOCK_LOCAL_OFFSET_S, &at);
	text = arena_alloc(arena, CLOCK_DAY_SIZE + 1);
	clock_put_day(text, &at);
	return text;
}
