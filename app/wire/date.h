/*
 * The date of a message: a wall-clock time, and what the sender said about its zone. Both are kept,
 * since the dialects answer differently for each. The formats are those of Json.NET, of .NET's
 * invariant culture and of xsd:dateTime.
 */
#ifndef DATE_H
#define DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"

struct arena;
struct buf;

enum date_zone {
	DATE_UNSPECIFIED, /* no offset was given: the service's local time, UTC+8 */
	DATE_LOCAL,       /* an offset was given; the clock is converted to UTC+8 */
	DATE_UTC,         /* Z was given */
};

struct date {
	int64_t ticks; /* 100 ns since 0001-01-01T00:00:00 of its wall clock, or 0: unset */
	enum date_zone zone;
};

#define DATE_TICKS_PER_US INT64_C(10)
#define DATE_TICKS_PER_S INT64_C(10000000)
#define DATE_LOCAL_TICKS (CLOCK_LOCAL_OFFSET_S * DATE_TICKS_PER_S)
/* The end of the year 9999. */
#define DATE_TICKS_END (INT64_C(315537897600) * DATE_TICKS_PER_S)
/* From 0001-01-01 to 1970-01-01. */
#define DATE_EPOCH_US INT64_C(62135596800000000)

/* Reads the forms of JSON that either known configuration of the original accepts. Like the two
 * below it returns false if the text has none of its forms. */
bool date_parse_json(const char *text, struct date *date_r);
/* Reads the forms of the invariant culture, for form bodies and queries. */
bool date_parse_invariant(const char *text, struct date *date_r);
/* Reads a date with time, a date, or a year and month of XML Schema. */
bool date_parse_xsd(const char *text, struct date *date_r);

/* Returns the local time of an instant (clock.h). */
struct date date_of_instant(int64_t us);
/* Returns 0 if the date is unset. */
int64_t date_to_instant(const struct date *date);
/* Returns the instant as a bound of a list, of which 0 means none: for the begin of 1970 it is a
 * microsecond later. */
int64_t date_to_bound(const struct date *date);

/* Appends yyyy-MM-dd HH:mm:ss of the date's own wall clock, without fraction. */
void date_write_plain(struct buf *buf, const struct date *date);
/* Returns the same in the service's local time, in the arena. No year is over 9999. */
const char *date_local_text(struct arena *arena, const struct date *date);
/* Appends xsd:dateTime with up to 7 digits of fraction and the zone's suffix. */
void date_write_xsd(struct buf *buf, const struct date *date);

#endif
