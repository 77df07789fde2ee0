/*
 * Time: instants are microseconds since 1970-01-01 UTC, durations carry their unit in the name.
 * The service's wall clock is UTC+8, whatever TZ says (the sample answers carry +08:00).
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define CLOCK_LOCAL_OFFSET_S (8 * 3600)
#define CLOCK_SECOND_US INT64_C(1000000)

/* Never goes back; only differences mean something. */
int64_t clock_monotonic_us(void);
int64_t clock_now_us(void);

/* For a pause between two looks, or two tries, at what others do. */
void clock_sleep_us(int64_t pause_us);

/* Proleptic Gregorian calendar; month 1 to 12, day 1 to 31. */
struct civil {
	int year, month, day;
	int hour, minute, second;
	int microsecond;
};

void clock_to_civil(int64_t instant_us, int offset_s, struct civil *civil_r);
int64_t clock_from_civil(const struct civil *civil, int offset_s);
/* 28 to 31. */
int clock_days_in_month(int year, int month);

#endif
