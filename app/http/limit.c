#include "bucket.h"
#include "clock.h"
#include "conf.h"
#include "counters.h"
#include "limit.h"
#include "request.h"
#include "scoreboard.h"

#define FAILURE_FORGOTTEN_US (60 * CLOCK_SECOND_US)

static struct bucket_rate limit_rate(const struct request *req, enum limit limit)
{
	const struct conf *conf = req->conf;
	const int32_t n_of_key = req->principal.rate_per_s > 0 ? req->principal.rate_per_s : 1;
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
		[LIMIT_KEY] =
			{
				.token_us = CLOCK_SECOND_US / n_of_key,
				.burst = n_of_key,
			},
		[LIMIT_CREDENTIALS] =
			{
				.token_us = CLOCK_SECOND_US / conf->rates_credentials_per_s,
				.burst = 10 * conf->rates_credentials_per_s,
			},
		[LIMIT_UNKNOWN] = {.token_us = CLOCK_SECOND_US, .burst = 1},
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
		int32_t retry_after_s;
		enum counter counter;
	} refusals[LIMIT_N] = {
		[LIMIT_LOGIN] = {1, COUNTER_LIMITED_LOGIN},
		[LIMIT_UNPROVEN] = {1, COUNTER_LIMITED_UNPROVEN},
		[LIMIT_LOGIN_FAILURES] = {60, COUNTER_LIMITED_LOGIN_FAILURES},
		[LIMIT_KEY] = {1, COUNTER_LIMITED_KEY},
		[LIMIT_CREDENTIALS] = {1, COUNTER_LIMITED_CREDENTIALS},
	};

	counter_add(refusals[limit].counter, 1);
	req->retry_after_s = refusals[limit].retry_after_s;
	return ERR_RATE;
}

static bool limit_ask(const struct request *req, enum limit limit, const char *key,
	bool (*ask)(struct bucket_table *, const struct bucket_rate *, const char *, int64_t))
{
	const struct bucket_rate rate = limit_rate(req, limit);
	char bucket_key[BUCKET_KEY_MAX + 1];

	write_bucket_key(bucket_key, limit, key);
	return ask(req->board->buckets, &rate, bucket_key, clock_monotonic_us());
}

enum err limit_take(struct request *req, enum limit limit, const char *key)
{
	return limit_ask(req, limit, key, bucket_take) ? ERR_NONE : limit_refuse(req, limit);
}

enum err limit_look(struct request *req, enum limit limit, const char *key)
{
	return limit_ask(req, limit, key, bucket_has) ? ERR_NONE : limit_refuse(req, limit);
}

void limit_note(struct request *req, enum limit limit, const char *key)
{
	limit_ask(req, limit, key, bucket_take);
}

bool limit_is_reached(const struct request *req, enum limit limit, const char *key)
{
	return !limit_ask(req, limit, key, bucket_has);
}
