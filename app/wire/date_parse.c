#include "ascii.h"
#include "date.h"

#define TICKS_PER_MS (1000 * DATE_TICKS_PER_US)
#define TICKS_PER_MINUTE (60 * DATE_TICKS_PER_S)
#define TICKS_PER_DAY (24 * 60 * TICKS_PER_MINUTE)

/* The parts of a date before they are checked. */
struct reading {
	const char *at;
	int year, month, day;
	int hour, minute, second;
	int64_t fraction_ticks;
	bool has_offset, is_utc;
	int offset_minutes;
};

static void date_skip_spaces(struct reading *in)
{
	while (ascii_is_space(*in->at))
		in->at++;
}

/* Skips text, which is in lower case, in any case. */
static bool date_take_text(struct reading *in, const char *text)
{
	const char *at = in->at;

	for (; *text != '\0'; text++, at++) {
		if (ascii_lower(*at) != *text)
			return false;
	}
	in->at = at;
	return true;
}

/* Reads a number of at most most digits. Returns the number of digits, or 0 if there is none or a
 * longer one. */
static int take_number(struct reading *in, int most, int *value_r)
{
	int n = 0;
	int value = 0;

	while (n < most && ascii_is_digit(in->at[n]))
		value = value * 10 + (in->at[n++] - '0');
	if (n == 0 || ascii_is_digit(in->at[n]))
		return 0;
	in->at += n;
	*value_r = value;
	return n;
}

/* Digits beyond a tick round it, as in .NET. */
static bool take_fraction(struct reading *in)
{
	int64_t unit = DATE_TICKS_PER_S / 10;

	if (!ascii_is_digit(*in->at))
		return false;
	for (; unit > 0 && ascii_is_digit(*in->at); unit /= 10)
		in->fraction_ticks += (*in->at++ - '0') * unit;
	if (*in->at >= '5' && *in->at <= '9')
		in->fraction_ticks++;
	while (ascii_is_digit(*in->at))
		in->at++;
	return true;
}

/* Reads Z, GMT, +08:00, +0800, +8 or nothing. */
static bool take_zone(struct reading *in)
{
	int sign = *in->at == '-' ? -1 : 1;
	int hours;
	int minutes = 0;
	int n;

	in->is_utc = date_take_text(in, "z") || date_take_text(in, "gmt");
	in->has_offset = in->is_utc || *in->at == '+' || *in->at == '-';
	if (in->is_utc || !in->has_offset)
		return true;
	in->at++;
	n = take_number(in, 4, &hours);
	if (n > 2) {
		minutes = hours % 100;
		hours /= 100;
	} else if (n == 0 || (date_take_text(in, ":") && take_number(in, 2, &minutes) == 0)) {
		return false;
	}
	in->offset_minutes = sign * (hours * 60 + minutes);
	return hours <= 14 && minutes < 60;
}

/* Reads AM, PM or neither. */
static bool take_half_day(struct reading *in)
{
	bool is_pm = ascii_lower(*in->at) == 'p';

	if ((!is_pm && ascii_lower(*in->at) != 'a') || ascii_lower(in->at[1]) != 'm')
		return true;
	in->at += 2;
	if (in->hour < 1 || in->hour > 12)
		return false;
	in->hour = in->hour % 12 + (is_pm ? 12 : 0);
	return true;
}

static bool take_time(struct reading *in)
{
	if (take_number(in, 2, &in->hour) == 0 || !date_take_text(in, ":") ||
		take_number(in, 2, &in->minute) == 0)
		return false;
	if (date_take_text(in, ":")) {
		if (take_number(in, 2, &in->second) == 0)
			return false;
		if (date_take_text(in, ".") && !take_fraction(in))
			return false;
	}
	date_skip_spaces(in);
	if (!take_half_day(in))
		return false;
	date_skip_spaces(in);
	return take_zone(in);
}

/* Reads a name, of which at least three letters are there. Returns its number from 1, or 0 if it is
 * none of names. */
static int date_take_name(struct reading *in, const char *const names[], int n_names)
{
	for (int i = 0; i < n_names; i++) {
		int n = 0;

		while (names[i][n] != '\0' && ascii_lower(in->at[n]) == names[i][n])
			n++;
		if (n == 3 || (n > 3 && names[i][n] == '\0')) {
			in->at += n;
			return i + 1;
		}
	}
	return 0;
}

static int take_month(struct reading *in)
{
	static const char *const months[12] = {"january", "february", "march", "april", "may",
		"june", "july", "august", "september", "october", "november", "december"};

	return date_take_name(in, months, 12);
}

static void skip_weekday(struct reading *in)
{
	static const char *const days[7] = {
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

	if (date_take_name(in, days, 7) != 0) {
		date_take_text(in, ",");
		date_skip_spaces(in);
	}
}

static void skip_separator(struct reading *in)
{
	date_skip_spaces(in);
	if (*in->at == '-' || *in->at == '/' || *in->at == '.' || *in->at == ',')
		in->at++;
	date_skip_spaces(in);
}

/* As .NET by default: years up to 29 are of this century. */
static int whole_year(int year, int n_digits)
{
	if (n_digits > 2)
		return year;
	return year + (year < 30 ? 2000 : 1900);
}

/* The year comes first if it has over two digits, else the order is month, day, year. The name of a
 * month may stand anywhere. */
static bool take_date(struct reading *in)
{
	int values[3];
	int n_digits[3];
	int n_values = 0;
	int year_at;
	bool is_year_first;

	skip_weekday(in);
	for (int i = 0; i < 3; i++) {
		int month = in->month == 0 ? take_month(in) : 0;

		if (month != 0) {
			in->month = month;
		} else {
			n_digits[n_values] = take_number(in, 4, &values[n_values]);
			if (n_digits[n_values] == 0)
				return false;
			n_values++;
		}
		if (i < 2)
			skip_separator(in);
	}
	is_year_first = n_digits[0] > 2;
	year_at = is_year_first ? 0 : n_values - 1;

	in->year = whole_year(values[year_at], n_digits[year_at]);
	if (n_values == 3)
		in->month = values[is_year_first ? 1 : 0];
	in->day = values[is_year_first ? n_values - 1 : n_values - 2];
	return true;
}

static bool take_whole(struct reading *in)
{
	date_skip_spaces(in);
	if (!take_date(in))
		return false;
	if (*in->at == '\0')
		return true;
	if (!ascii_is_space(*in->at) && ascii_lower(*in->at) != 't')
		return false;
	date_take_text(in, "t");
	date_skip_spaces(in);
	if (*in->at != '\0' && !take_time(in))
		return false;
	date_skip_spaces(in);
	return *in->at == '\0';
}

static bool is_in_calendar(const struct reading *in)
{
	bool is_midnight_after =
		in->hour == 24 && in->minute == 0 && in->second == 0 && in->fraction_ticks == 0;

	return in->year >= 0 && in->year <= 9999 && in->month >= 1 && in->month <= 12 &&
		in->day >= 1 && in->day <= clock_days_in_month(in->year, in->month) &&
		(in->hour < 24 || is_midnight_after) && in->minute < 60 && in->second < 60;
}

static int64_t to_ticks(const struct reading *in)
{
	struct civil civil = {
		.year = in->year,
		.month = in->month,
		.day = in->day,
		.hour = in->hour,
		.minute = in->minute,
		.second = in->second,
	};

	return (clock_from_civil(&civil, 0) + DATE_EPOCH_US) * DATE_TICKS_PER_US +
		in->fraction_ticks;
}

/* .NET's DateTime.MinValue means unset: the first day, at midnight of any zone. */
static bool set(int64_t ticks, enum date_zone zone, struct date *date_r)
{
	if (ticks <= -TICKS_PER_DAY || ticks >= DATE_TICKS_END)
		return false;
	if (ticks < TICKS_PER_DAY)
		ticks = 0;
	*date_r = (struct date){.ticks = ticks, .zone = zone};
	return true;
}

/* 0000-00-00 is how MySQL writes an unset date. */
static bool is_zero(const struct reading *in)
{
	return in->year == 0 && in->month == 0 && in->day == 0;
}

static bool finish(const struct reading *in, bool keeps_utc, struct date *date_r)
{
	int64_t ticks;

	if (is_zero(in))
		return set(0, DATE_UNSPECIFIED, date_r);
	if (!is_in_calendar(in))
		return false;
	ticks = to_ticks(in);
	if (!in->has_offset)
		return set(ticks, DATE_UNSPECIFIED, date_r);
	if (in->is_utc && keeps_utc)
		return set(ticks, DATE_UTC, date_r);
	ticks += DATE_LOCAL_TICKS - in->offset_minutes * TICKS_PER_MINUTE;
	return set(ticks, DATE_LOCAL, date_r);
}

static bool parse(const char *text, bool keeps_utc, struct date *date_r)
{
	struct reading in = {.at = text};

	return take_whole(&in) && finish(&in, keeps_utc, date_r);
}

/* "/Date(1759267892000)/" is UTC. With an offset, whose value Json.NET ignores, it is local
 * time. */
static bool parse_epoch(const char *text, struct date *date_r)
{
	bool is_negative = *text == '-';
	int64_t ms = 0;
	int n = 0;
	enum date_zone zone = DATE_UTC;

	text += is_negative;
	for (; n < 15 && ascii_is_digit(*text); n++)
		ms = ms * 10 + (*text++ - '0');
	if (n == 0)
		return false;
	if (*text == '+' || *text == '-') {
		zone = DATE_LOCAL;
		for (n = 0, text++; n < 4 && ascii_is_digit(*text); n++)
			text++;
		if (n != 4)
			return false;
	}
	if (strcmp(text, ")/") != 0)
		return false;
	ms = (is_negative ? -ms : ms) + DATE_EPOCH_US / 1000;
	if (ms <= -TICKS_PER_DAY / TICKS_PER_MS || ms >= DATE_TICKS_END / TICKS_PER_MS)
		return false;
	return set(ms * TICKS_PER_MS + (zone == DATE_LOCAL ? DATE_LOCAL_TICKS : 0), zone, date_r);
}

bool date_parse_json(const char *text, struct date *date_r)
{
	static const char epoch[] = "/Date(";

	if (strncmp(text, epoch, sizeof(epoch) - 1) == 0)
		return parse_epoch(text + sizeof(epoch) - 1, date_r);
	return parse(text, true, date_r);
}

bool date_parse_invariant(const char *text, struct date *date_r)
{
	return parse(text, false, date_r);
}

static bool take_char(struct reading *in, char c)
{
	if (*in->at != c)
		return false;
	in->at++;
	return true;
}

/* Reads c and two digits. */
static bool take_pair(struct reading *in, char c, int *value_r)
{
	return take_char(in, c) && take_number(in, 2, value_r) == 2;
}

static bool take_xsd_time(struct reading *in)
{
	return take_pair(in, 'T', &in->hour) && take_pair(in, ':', &in->minute) &&
		take_pair(in, ':', &in->second) && (!take_char(in, '.') || take_fraction(in)) &&
		in->hour < 24;
}

/* Reads Z, +08:00 or nothing. */
static bool take_xsd_zone(struct reading *in)
{
	char sign = *in->at;
	int hours, minutes;

	in->is_utc = take_char(in, 'Z');
	in->has_offset = in->is_utc || sign == '+' || sign == '-';
	if (in->is_utc || !in->has_offset)
		return true;
	if (!take_pair(in, sign, &hours) || !take_pair(in, ':', &minutes))
		return false;
	in->offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
	return minutes < 60 && hours * 60 + minutes <= 14 * 60;
}

/* Reads xsd:dateTime, xsd:date or xsd:gYearMonth. */
static bool take_xsd(struct reading *in)
{
	in->day = 1;
	date_skip_spaces(in);
	if (take_number(in, 4, &in->year) != 4 || !take_pair(in, '-', &in->month))
		return false;
	if (*in->at == '-' && !take_pair(in, '-', &in->day))
		return false;
	if (*in->at == 'T' && !take_xsd_time(in))
		return false;
	if (!take_xsd_zone(in))
		return false;
	date_skip_spaces(in);
	return *in->at == '\0';
}

bool date_parse_xsd(const char *text, struct date *date_r)
{
	struct reading in = {.at = text};

	return take_xsd(&in) && finish(&in, true, date_r);
}
