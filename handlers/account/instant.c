#include "account/instant.h"
#include "arena.h"
#include "clock.h"

const char *account_instant(struct arena *arena, int64_t instant_us)
{
	struct civil at;

	if (instant_us == 0)
		return NULL;
	clock_to_civil(instant_us, 0, &at);
	return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+00:00", at.year, at.month,
		at.day, at.hour, at.minute, at.second, at.microsecond / 1000);
}

const char *account_day(struct arena *arena, int64_t instant_us)
{
	struct civil at;

	if (instant_us == 0)
		return NULL;
	clock_to_civil(instant_us, CLOCK_LOCAL_OFFSET_S, &at);
	return arena_printf(arena, "%04d-%02d-%02d", at.year, at.month, at.day);
}
