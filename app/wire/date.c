#include "arena.h"
#include "buf.h"
#include "date.h"
#include "str.h"

struct date date_of_instant(int64_t us)
{
	return (struct date){
		.ticks = (us + DATE_EPOCH_US) * DATE_TICKS_PER_US + DATE_LOCAL_TICKS,
		.zone = DATE_LOCAL,
	};
}

int64_t date_to_instant(const struct date *date)
{
	int64_t offset_ticks = date->zone == DATE_UTC ? 0 : DATE_LOCAL_TICKS;

	if (date->ticks == 0)
		return 0;
	return (date->ticks - offset_ticks) / DATE_TICKS_PER_US - DATE_EPOCH_US;
}

int64_t date_to_bound(const struct date *date)
{
	const int64_t instant_us = date_to_instant(date);

	return instant_us == 0 ? 1 : instant_us;
}

static void write_clock(struct buf *buf, const struct date *date, char separator)
{
	char text[CLOCK_SECOND_SIZE];
	struct civil civil;

	clock_to_civil(date->ticks / DATE_TICKS_PER_US - DATE_EPOCH_US, 0, &civil);
	clock_put_second(text, &civil, separator);
	buf_append(buf, text, sizeof(text));
}

void date_write_plain(struct buf *buf, const struct date *date)
{
	write_clock(buf, date, ' ');
}

const char *date_local_text(struct arena *arena, const struct date *date)
{
	struct date local = *date;
	struct buf text = {.arena = arena};

	if (date->zone == DATE_UTC)
		local.ticks += DATE_LOCAL_TICKS;
	if (local.ticks >= DATE_TICKS_END)
		local.ticks = DATE_TICKS_END - 1;
	date_write_plain(&text, &local);
	return text.data;
}

void date_write_xsd(struct buf *buf, const struct date *date)
{
	static const char *const suffixes[] = {
		[DATE_UNSPECIFIED] = "", [DATE_LOCAL] = "+08:00", [DATE_UTC] = "Z"};
	unsigned fraction = (unsigned)(date->ticks % DATE_TICKS_PER_S);
	char text[sizeof(".1234567")] = ".";
	char *end = str_put_digits(text + 1, fraction, 7);

	write_clock(buf, date, 'T');
	while (end[-1] == '0')
		end--;
	if (fraction != 0)
		buf_append(buf, text, (size_t)(end - text));
	buf_append_str(buf, suffixes[date->zone]);
}
