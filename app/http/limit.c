#include "bucket.h"
#include "clock.h"
#include "conf.h"
#include "counters.h"
#include "limit.h"
#include "log.h"
#include "request.h"
#include "scoreboard.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)
#define HOUR_US (60 * MINUTE_US)

static struct bucket_rate rate_per_s(int64_t n, int64_t burst)
{
	return (struct bucket_rate){.token_us = CLOCK_SECOND_US / n, .burst = burst};
}

static struct bucket_rate rate_every(int64_t token_us, int64_t burst)
{
	return (struct bucket_rate){.token_us = token_us, .burst = burst};
}

static struct bucket_rate limit_rate(const struct request *req, enum limit limit)
{
	const struct conf *conf = req->conf;
	const int32_t n_of_key = req->principal.rate_per_s > 0 ? req->principal.rate_per_s : 1;

	switch (limit) {
	case LIMIT_LOGIN:
		return rate_per_s(conf->rates_login_per_s, conf->rates_login_burst);
	case LIMIT_RENEWAL:
		return rate_per_s(1, 5);
	case LIMIT_UNPROVEN:
		return rate_per_s(conf->rates_unproven_per_s, conf->rates_unproven_per_s);
	case LIMIT_UNPROVEN_ADDRESS:
		return rate_per_s(conf->rates_unproven_address_per_s,
			conf->rates_unproven_address_per_s);
	case LIMIT_UNPROVEN_NETWORK:
		return rate_every(10 * MINUTE_US, 3);
	case LIMIT_LOGIN_FAILURES:
		return rate_every(MINUTE_US, conf->rates_login_failures);
	case LIMIT_KEY:
		return rate_per_s(n_of_key, n_of_key);
	case LIMIT_CREDENTIALS:
	case LIMIT_PUSH_APPS:
		return rate_per_s(
			conf->rates_credentials_per_s, 10 * conf->rates_credentials_per_s);
	case LIMIT_KNOWN:
		return rate_every(12 * HOUR_US, 2);
	case LIMIT_PUSH_SIGNATURES:
		return rate_every(MINUTE_US, 10);
	case LIMIT_REFUSALS:
		return rate_per_s(1, 60);
	case LIMIT_ROWS_WARNING:
		return rate_every(HOUR_US, 1);
	default:
		return rate_per_s(1, 1);
	}
}

/* Limits share the buckets; each has keys of its own there. */
static uint64_t limit_hash(const struct request *req, enum limit limit, const char *key)
{
	char bucket_key[BUCKET_KEY_MAX + 1];

	snprintf(bucket_key, sizeof(bucket_key), "%d %s", limit, key);
	return bucket_hash_text(req->board->buckets, bucket_key);
}

/* The same, for the request's API key. */
static uint64_t limit_hash_of_api_key(const struct request *req, enum limit limit)
{
	const uint64_t number = (uint64_t)limit << 32 | (uint32_t)req->principal.key_id;

	return bucket_hash_number(req->board->buckets, number);
}

static enum err limit_refuse(struct request *req, enum limit limit)
{
	static const struct {
		int32_t retry_after_s;
		enum counter counter;
		const char *name; /* as the label of the counter */
	} refusals[LIMIT_N] = {
		[LIMIT_LOGIN] = {1, COUNTER_LIMITED_LOGIN, "login"},
		[LIMIT_RENEWAL] = {1, COUNTER_LIMITED_LOGIN, "login"},
		[LIMIT_UNPROVEN] = {1, COUNTER_LIMITED_UNPROVEN, "unproven"},
		[LIMIT_UNPROVEN_ADDRESS] =
			{1, COUNTER_LIMITED_UNPROVEN_ADDRESS, "unproven_address"},
		[LIMIT_LOGIN_FAILURES] = {60, COUNTER_LIMITED_LOGIN_FAILURES, "login_failures"},
		[LIMIT_KEY] = {1, COUNTER_LIMITED_KEY, "key"},
		[LIMIT_CREDENTIALS] = {1, COUNTER_LIMITED_CREDENTIALS, "credentials"},
		[LIMIT_PUSH_APPS] = {1, COUNTER_LIMITED_PUSH_APPS, "push_apps"},
		[LIMIT_PUSH_SIGNATURES] =
			{60, COUNTER_LIMITED_PUSH_SIGNATURES, "push_signatures"},
	};

	counter_add(refusals[limit].counter, 1);
	req->retry_after_s = refusals[limit].retry_after_s;
	return request_fail(req, ERR_RATE, refusals[limit].name);
}

static bool limit_ask(const struct request *req, enum limit limit, uint64_t hash,
	bool (*ask)(struct bucket_table *, const struct bucket_rate *, uint64_t, int64_t))
{
	const struct bucket_rate rate = limit_rate(req, limit);

	return ask(req->board->buckets, &rate, hash, clock_monotonic_us());
}

enum err limit_take(struct request *req, enum limit limit, const char *key)
{
	const uint64_t hash = limit_hash(req, limit, key);

	return limit_ask(req, limit, hash, bucket_take) ? ERR_NONE : limit_refuse(req, limit);
}

enum err limit_take_reserved(struct request *req, enum limit limit, const char *key)
{
	struct bucket_rate rate = limit_rate(req, limit);

	rate.burst *= 2;
	return bucket_take(req->board->buckets, &rate, limit_hash(req, limit, key),
		       clock_monotonic_us())
		? ERR_NONE
		: limit_refuse(req, limit);
}

enum err limit_take_of_api_key(struct request *req)
{
	const uint64_t hash = limit_hash_of_api_key(req, LIMIT_KEY);

	return limit_ask(req, LIMIT_KEY, hash, bucket_take) ? ERR_NONE
							    : limit_refuse(req, LIMIT_KEY);
}

enum err limit_look(struct request *req, enum limit limit, const char *key)
{
	return limit_is_reached(req, limit, key) ? limit_refuse(req, limit) : ERR_NONE;
}

void limit_give_back(const struct request *req, enum limit limit, const char *key)
{
	const struct bucket_rate rate = limit_rate(req, limit);

	bucket_give_back(req->board->buckets, &rate, limit_hash(req, limit, key));
}

bool limit_note(struct request *req, enum limit limit, const char *key)
{
	return limit_ask(req, limit, limit_hash(req, limit, key), bucket_take);
}

bool limit_is_noted(const struct request *req, enum limit limit, const char *key)
{
	struct bucket_rate rate = limit_rate(req, limit);

	rate.burst = 1;
	return !bucket_has(req->board->buckets, &rate, limit_hash(req, limit, key),
		clock_monotonic_us());
}

bool limit_is_reached(const struct request *req, enum limit limit, const char *key)
{
	return !limit_ask(req, limit, limit_hash(req, limit, key), bucket_has);
}

/* Counts n_rows of the key's rows an hour. Returns false if it has read as many already. */
static bool limit_take_rows(const struct request *req, int64_t n_rows)
{
	const int64_t most = req->conf->rates_key_rows_per_hour;
	const struct bucket_rate rate = {
		.token_us = HOUR_US * n_rows / most,
		.burst = n_rows < most ? most / n_rows : 1,
	};

	return bucket_take(req->board->buckets, &rate, limit_hash_of_api_key(req, LIMIT_ROWS),
		clock_monotonic_us());
}

static bool limit_warns_of_rows(const struct request *req, size_t n_rows)
{
	return n_rows > 0 && req->conf->rates_key_rows_per_hour > 0 &&
		!limit_take_rows(req, (int64_t)n_rows) &&
		limit_ask(req, LIMIT_ROWS_WARNING,
			limit_hash_of_api_key(req, LIMIT_ROWS_WARNING), bucket_take);
}

void limit_note_rows(struct request *req, size_t n_rows)
{
	if (req->principal.kind != PRINCIPAL_API_KEY)
		return;
	counter_add(COUNTER_LIST_ROWS, n_rows);
	if (!limit_warns_of_rows(req, n_rows))
		return;
	counter_add(COUNTER_ROWS_WARNINGS, 1);
	log_event(LOG_LEVEL_WARNING, "an API key reads very many users");
	log_int("tenant", req->principal.tenant_id);
	log_str("principal", req->principal.name);
	log_int("rows_per_hour", req->conf->rates_key_rows_per_hour);
	log_end();
}
