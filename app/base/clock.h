/*
 * Time. An instant is a number of microseconds since 1970-01-01 UTC; the name of a duration ends
 * with its unit. The service's local time is UTC+8 whatever TZ says, since the original's answers
 * carry +08:00.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define CLOCK_LOCAL_OFFSET_S (8 * 3600)
#define CLOCK_SECOND_US INT64_C(1000000)
#define CLOCK_DAY_US (24 * 3600 * CLOCK_SECOND_US)

/* Returns a time that never goes back. Only differences of it mean something. */
int64_t clock_monotonic_us(void);
/* The same, and it goes on while the machine sleeps. */
int64_t clock_boot_us(void);
/* Returns the current instant. */
int64_t clock_now_us(void);

/* Sleeps, for a loop that polls or retries. */
void clock_sleep_us(int64_t pause_us);

/* A date and time of the proleptic Gregorian calendar. Months and days count from 1. */
struct civil {
	int year, month, day;
	int hour, minute, second;
	int microsecond;
};

/* offset_s is the offset from UTC of the clock that civil shows. */
void clock_to_civil(int64_t instant_us, int offset_s, struct civil *civil_r);
int64_t clock_from_civil(const struct civil *civil, int offset_s);

#define CLOCK_DAY_SIZE 10
#define CLOCK_SECOND_SIZE 19
/* Write 2026-11-29, and 2026-11-29T10:39:18 with the separator for T, of years to 9999 and without
 * NUL. Return the end. */
char *clock_put_day(char *to, const struct civil *civil);
char *clock_put_second(char *to, const struct civil *civil, char separator);
/* Returns 28 to 31. */
int clock_days_in_month(int year, int month);

#endif
