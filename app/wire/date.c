#include "arena.h"
#include "buf.h"
#include "date.h"

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

static void write_clock(struct buf *buf, const struct date *date, char separator)
{
	struct civil civil;

	clock_to_civil(date->ticks / DATE_TICKS_PER_US - DATE_EPOCH_US, 0, &civil);
	buf_printf(buf, "%04d-%02d-%02d%c%02d:%02d:%02d", civil.year, civil.month, civil.day,
		separator, civil.hour, civil.minute, civil.second);
}

void date_write_plain(struct buf *buf, const struct date *date)
{
	write_clock(buf, date, ' ');
}

const char *date_local_text(struct arena *arena, const struct date *date)
{
	struct date local = *date;
	struct buf buf = {0};
	const char *text;

	if (date->zone == DATE_UTC)
		local.ticks += DATE_LOCAL_TICKS;
	if (local.ticks >= DATE_TICKS_END)
		local.ticks = DATE_TICKS_END - 1;
	date_write_plain(&buf, &local);
	text = arena_strdup(arena, buf.data);
	buf_release(&buf);
	return text;
}

void date_write_xsd(struct buf *buf, const struct date *date)
{
	static const char *const suffixes[] = {
		[DATE_UNSPECIFIED] = "", [DATE_LOCAL] = "+08:00", [DATE_UTC] = "Z"};
	int fraction = (int)(date->ticks % DATE_TICKS_PER_S);

	write_clock(buf, date, 'T');
	if (fraction != 0) {
		buf_printf(buf, ".%07d", fraction);
		while (buf->data[buf->size - 1] == '0')
			buf->data[--buf->size] = '\0';
	}
	buf_append_str(buf, suffixes[date->zone]);
}
