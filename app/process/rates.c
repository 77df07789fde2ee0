#include <stdio.h>

#include "clock.h"
#include "conf.h"
#include "rates.h"

#define FAILURE_FORGOTTEN_US (60 * CLOCK_SECOND_US)

/* Limits share the table; each has keys of its own in it. */
static void write_bucket_key(char key_r[BUCKET_KEY_MAX + 1], enum limit limit, const char *key)
{
	snprintf(key_r, BUCKET_KEY_MAX + 1, "%d %s", limit, key);
}

static bool take(void *ctx, enum limit limit, const char *key)
{
	struct rates *rates = ctx;
	char bucket_key[BUCKET_KEY_MAX + 1];

	write_bucket_key(bucket_key, limit, key);
	return bucket_take(
		rates->buckets, &rates->rates[limit], bucket_key, clock_monotonic_us());
}

static bool is_left(void *ctx, enum limit limit, const char *key)
{
	struct rates *rates = ctx;
	char bucket_key[BUCKET_KEY_MAX + 1];

	write_bucket_key(bucket_key, limit, key);
	return bucket_has(rates->buckets, &rates->rates[limit], bucket_key, clock_monotonic_us());
}

void rates_init(struct rates *rates, struct bucket_table *buckets, const struct conf *conf)
{
	*rates = (struct rates){
		.buckets = buckets,
		.rates = {
			[LIMIT_ANONYMOUS] = {
				.token_us = CLOCK_SECOND_US / conf->rates_login_per_s,
				.burst = conf->rates_login_burst,
			},
			[LIMIT_UNPROVEN] = {
				.token_us = CLOCK_SECOND_US / conf->rates_unproven_per_s,
				.burst = conf->rates_unproven_per_s,
			},
			[LIMIT_FAILURES] = {
				.token_us = FAILURE_FORGOTTEN_US,
				.burst = conf->rates_login_failures,
			},
		},
		.limiter = {.take = take, .is_left = is_left, .ctx = rates},
	};
}
