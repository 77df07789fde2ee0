#include "bucket.h"
#include "clock.h"
#include "conf.h"
#include "counters.h"
#include "limit.h"
#include "request.h"
#include "scoreboard.h"

#define FAILURE_FORGOTTEN_US (60 * CLOCK_SECOND_US)

static struct bucket_rate limit_rate(const struct conf *conf, enum limit limit)
{
	const struct bucket_rate rates[LIMIT_N] = {
		[LIMIT_LOGIN] =
			{
				.token_us = CLOCK_SECOND_US / conf->rates_login_per_s,
				.burst = conf->rates_login_burst,
			},
		[LIMIT_UNPROVEN] =
			{
				.token_us = CLOCK_SECOND_US / conf->rates_unproven_per_s,
				.burst = conf->rates_unproven_per_s,
			},
		[LIMIT_LOGIN_FAILURES] =
			{
				.token_us = FAILURE_FORGOTTEN_US,
				.burst = conf->rates_login_failures,
			},
	};

	return rates[limit];
}

/* Limits share the buckets; each has keys of its own there. */
static void write_bucket_key(char key_r[BUCKET_KEY_MAX + 1], enum limit limit, const char *key)
{
	snprintf(key_r, BUCKET_KEY_MAX + 1, "%d %s", limit, key);
}

static enum err limit_refuse(struct request *req, enum limit limit)
{
	static const struct {
		const char *retry_after_s;
		enum counter counter;
	} refusals[LIMIT_N] = {
		[LIMIT_LOGIN] = {"1", COUNTER_LIMITED_LOGIN},
		[LIMIT_UNPROVEN] = {"1", COUNTER_LIMITED_UNPROVEN},
		[LIMIT_LOGIN_FAILURES] = {"60", COUNTER_LIMITED_LOGIN_FAILURES},
	};

	counter_add(refusals[limit].counter, 1);
	response_header(req, "Retry-After", refusals[limit].retry_after_s);
	return ERR_RATE;
}

static enum err limit_ask(struct request *req, enum limit limit, const char *key,
	bool (*ask)(struct bucket_table *, const struct bucket_rate *, const char *, int64_t))
{
	const struct bucket_rate rate = limit_rate(req->conf, limit);
	char bucket_key[BUCKET_KEY_MAX + 1];

	write_bucket_key(bucket_key, limit, key);
	return ask(req->board->buckets, &rate, bucket_key, clock_monotonic_us())
		? ERR_NONE
		: limit_refuse(req, limit);
}

enum err limit_take(struct request *req, enum limit limit, const char *key)
{
	return limit_ask(req, limit, key, bucket_take);
}

enum err limit_look(struct request *req, enum limit limit, const char *key)
{
	return limit_ask(req, limit, key, bucket_has);
}
