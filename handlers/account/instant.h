/*
 * Points in time as Jackson writes them by default.
 */
#ifndef ACCOUNT_INSTANT_H
#define ACCOUNT_INSTANT_H

#include <stdint.h>

struct arena;

/* 2024-08-27T07:06:41.256+00:00; 0: NULL. */
const char *account_instant(struct arena *arena, int64_t instant_us);
/* 2024-08-27, the day in UTC+8; 0: NULL. */
const char *account_day(struct arena *arena, int64_t instant_us);

#endif
