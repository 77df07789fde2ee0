/*
 * A date as a message carries it: a wall clock and what the sender said about its zone, both
 * kept, since the dialects answer differently for each. Sources: the formats of Json.NET, .NET's
 * invariant culture and xsd:dateTime.
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
	int64_t ticks; /* 100 ns since 0001-01-01T00:00:00 of its own wall clock; 0: unset */
	enum date_zone zone;
};

#define DATE_TICKS_PER_US INT64_C(10)
#define DATE_TICKS_PER_S INT64_C(10000000)
#define DATE_LOCAL_TICKS (CLOCK_LOCAL_OFFSET_S * DATE_TICKS_PER_S)
/* At the end of the year 9999. */
#define DATE_TICKS_END (INT64_C(315537897600) * DATE_TICKS_PER_S)
/* From 0001-01-01 to 1970-01-01. */
#define DATE_EPOCH_US INT64_C(62135596800000000)

/* False: none of the accepted forms, which are those of both known server configurations. */
bool date_parse_json(const char *text, struct date *date_r);
/* Forms and queries: whatever the invariant culture parses. */
bool date_parse_invariant(const char *text, struct date *date_r);
/* XML: a date with time, a date, or a year and month, as XML Schema writes them. */
bool date_parse_xsd(const char *text, struct date *date_r);

/* The local time of an instant in microseconds since 1970. */
struct date date_of_instant(int64_t us);
/* 0: unset. */
int64_t date_to_instant(const struct date *date);

/* yyyy-MM-dd HH:mm:ss, the date's own clock, fraction dropped. */
void date_write_plain(struct buf *buf, const struct date *date);
/* The same in the arena, by the service's clock; no year is over 9999. */
const char *date_local_text(struct arena *arena, const struct date *date);
/* xsd:dateTime with up to 7 digits of fraction and its zone's suffix. */
void date_write_xsd(struct buf *buf, const struct date *date);

#endif
