/*
 * Instants as Jackson writes them by default. 0 gives NULL.
 */
#ifndef ACCOUNT_INSTANT_H
#define ACCOUNT_INSTANT_H

#include <stdint.h>

struct arena;

/* As 2024-08-27T07:06:41.256+00:00. */
const char *account_instant(struct arena *arena, int64_t instant_us);
/* As 2024-08-27, the day in UTC+8. */
const char *account_day(struct arena *arena, int64_t instant_us);

#endif
