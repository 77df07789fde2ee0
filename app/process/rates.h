/*
 * The limits of the configuration, counted in the buckets that the workers of a machine share.
 */
#ifndef RATES_H
#define RATES_H

#include "bucket.h"
#include "limit.h"

struct conf;

struct rates {
	struct bucket_table *buckets;
	struct bucket_rate rates[LIMIT_N];
	struct limiter limiter; /* what requests ask */
};

/* Not to be moved afterwards. */
void rates_init(struct rates *rates, struct bucket_table *buckets, const struct conf *conf);

#endif
