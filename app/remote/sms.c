#include <errno.h>

#include "answer.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "counters.h"
#include "fold.h"
#include "heap.h"
#include "log.h"
#include "secret_file.h"
#include "shortage.h"
#include "sms.h"
#include "sms_driver.h"
#include "str.h"

struct sms {
	const struct conf *conf;
	const struct sms_driver *driver; /* NULL: none */
	struct http_client *http;
};

static const struct sms_driver *sms_find_driver(const char *name)
{
	static const struct sms_driver *const drivers[] = {
		&sms_aliyun,
		&sms_tencent,
		&sms_template,
	};

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}

const char *sms_base_url(const struct conf *conf, const struct sms_driver *driver)
{
	return str_is_empty(conf->sms_base_url) ? driver->base_url : conf->sms_base_url;
}

/* Blanks around the secret come from pasting; no gateway's has any. */
static bool read_secret(const struct conf *conf, char secret_r[SMS_SECRET_SIZE])
{
	if (!secret_file_read(conf->sms_secret, conf->sms_secret_file, secret_r, SMS_SECRET_SIZE))
		return false;
	fold_trim_here(secret_r);
	return true;
}

static const char *sms_find_problem(const struct conf *conf, const struct sms_driver *driver)
{
	static char text[PERMISSION_TEXT_SIZE];
	char secret[SMS_SECRET_SIZE];

	if (sms_base_url(conf, driver) == NULL)
		return "base_url is missing";
	if (!read_secret(conf, secret))
		return str_is_empty(conf->sms_secret_file)
			? "secret is too long"
			: secret_file_find_problem(conf->sms_secret_file, text);
	return driver->find_problem(conf);
}

static struct http_client *sms_open_client(const struct conf *conf, const struct sms_driver *driver,
	struct transfers *transfers, struct breaker_table *breakers)
{
	const char *problem = sms_find_problem(conf, driver);
	const struct http_site site = {
		.section = "sms",
		.url = sms_base_url(conf, driver),
		.ca_file = conf->sms_ca_file,
		.proxy = conf->sms_proxy,
		.connect_timeout_us = conf->sms_connect_timeout_ms * 1000,
		.transfers = transfers,
		.breakers = breakers,
		.waiting = ACTIVITY_SMS,
	};

	if (problem == NULL)
		return http_client_new(&site);
	log_event(LOG_LEVEL_ERROR, "the section [sms] is refused");
	log_str("driver", driver->name);
	log_str("reason", problem);
	log_end();
	return NULL;
}

struct sms *sms_new(const struct conf *conf, struct transfers *transfers,
	struct breaker_table *breakers)
{
	const struct sms_driver *driver = sms_find_driver(conf->sms_driver);
	struct http_client *http =
		driver == NULL ? NULL : sms_open_client(conf, driver, transfers, breakers);
	struct sms *sms;

	if (driver != NULL && http == NULL)
		return NULL;
	sms = heap_new_of(struct sms);
	sms->conf = conf;
	sms->driver = driver;
	sms->http = http;
	return sms;
}

void sms_free(struct sms *sms)
{
	if (sms == NULL)
		return;
	http_client_free(sms->http);
	free(sms);
}

bool sms_is_configured(const struct sms *sms)
{
	return sms != NULL && sms->driver != NULL;
}

int64_t sms_waited_us(const struct sms *sms)
{
	return sms == NULL || sms->http == NULL ? 0 : http_client_waited_us(sms->http);
}

struct sms_result sms_result_of(
	const struct sms_request *request, const struct sms_meaning *meanings, const char *code)
{
	if (code == NULL)
		return (struct sms_result){.err = ERR_UPSTREAM};
	while (!str_starts_with(code, meanings->prefix))
		meanings++;
	return (struct sms_result){
		.err = meanings->err,
		.lasts_all_day = meanings->lasts_all_day,
		.code = arena_strdup(request->arena, code),
	};
}

/* A message and what comes of it. */
struct sms_attempt {
	const struct sms_driver *driver;
	struct sms_request request;
	struct sms_result result;
};

static bool sms_read_answer(void *ctx, const struct http_answer *answer)
{
	struct sms_attempt *attempt = ctx;

	attempt->result = attempt->driver->read_answer(&attempt->request, answer);
	return attempt->result.err != ERR_UPSTREAM ||
		(attempt->result.code == NULL && answer_is_object(answer));
}

static void sms_log_failure(const struct sms_attempt *attempt, int status)
{
	const struct sms_result *result = &attempt->result;
	char phone[STR_MASKED_SIZE];

	str_mask(attempt->request.message->phone, phone);
	log_event(result->err == ERR_UPSTREAM_CONFIG ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		result->err == ERR_UPSTREAM ? "the SMS gateway fails" :
					      "the SMS gateway refuses");
	log_str("driver", attempt->driver->name);
	log_int("status", status);
	log_str("code", result->code);
	log_str("phone", phone);
	log_end();
}

static enum err sms_perform(struct sms *sms, struct sms_attempt *attempt)
{
	struct http_call call = {
		.path = "",
		.deadline_us = clock_monotonic_us() + sms->conf->sms_total_timeout_ms * 1000,
		.is_ok = sms_read_answer,
		.ctx = attempt,
	};
	struct http_answer answer;

	attempt->driver->write_call(&attempt->request, &call);
	if (call.body == NULL)
		http_get(sms->http, &call, &answer);
	else
		http_post(sms->http, &call, &answer);
	if (answer.outcome == HTTP_UNSENT)
		return ERR_UPSTREAM_UNSENT;
	if (answer.outcome == HTTP_FAILED)
		return ERR_UPSTREAM;
	if (answer.status >= 500)
		attempt->result = (struct sms_result){.err = ERR_UPSTREAM};
	if (attempt->result.err != ERR_NONE)
		sms_log_failure(attempt, answer.status);
	return attempt->result.err;
}

static enum counter sms_counter(enum err err)
{
	switch (err) {
	case ERR_NONE:
		return COUNTER_SMS_SENT;
	case ERR_SMS_RATE:
		return COUNTER_SMS_RATE;
	case ERR_SMS_REFUSED:
		return COUNTER_SMS_REFUSED;
	case ERR_UPSTREAM_CONFIG:
		return COUNTER_SMS_CONFIGURATION;
	case ERR_UPSTREAM_UNSENT:
		return COUNTER_SMS_UNREACHED;
	default:
		return COUNTER_SMS_FAILED;
	}
}

static const char *sms_reason(const struct sms_attempt *attempt, enum err err)
{
	if (attempt->result.code != NULL)
		return attempt->result.code;
	return err == ERR_UPSTREAM_UNSENT ? "the SMS gateway cannot be reached"
					  : "the SMS gateway does not answer as it should";
}

static enum err sms_refuse_secret(struct sms_told *told)
{
	const bool is_for_now = shortage_is_meant(errno);

	told->reason = "sms.secret_file cannot be read";
	log_error("%s", told->reason);
	return is_for_now ? ERR_UPSTREAM_UNSENT : ERR_UPSTREAM_CONFIG;
}

static int32_t sms_rest_of_day_s(void)
{
	enum { DAY_S = 24 * 3600 };
	const int64_t now_s = clock_now_us() / CLOCK_SECOND_US + CLOCK_LOCAL_OFFSET_S;

	return DAY_S - (int32_t)(now_s % DAY_S);
}

enum err sms_send_code(struct sms *sms, struct arena *arena, const struct sms_message *message,
	struct sms_told *told_r)
{
	const struct conf *conf = sms->conf;
	struct sms_attempt attempt = {
		.driver = sms->driver,
		.request = {.conf = conf, .arena = arena, .message = message},
	};
	char *secret = attempt.request.secret;
	enum err err = ERR_UPSTREAM_CONFIG;

	*told_r = (struct sms_told){.reason = "sms.driver is none"};
	if (sms->driver == NULL)
		return err;
	if (read_secret(conf, secret)) {
		err = sms_perform(sms, &attempt);
		told_r->reason = err == ERR_NONE ? NULL : sms_reason(&attempt, err);
	} else {
		err = sms_refuse_secret(told_r);
	}
	counter_add(sms_counter(err), 1);
	if (attempt.result.lasts_all_day)
		told_r->wait_s = sms_rest_of_day_s();
	return err;
}

static bool is_there(void *ctx, const struct http_answer *answer)
{
	(void)ctx, (void)answer;
	return true;
}

enum err sms_probe(struct sms *sms)
{
	const struct http_call call = {
		.path = "",
		.deadline_us = clock_monotonic_us() + sms->conf->sms_total_timeout_ms * 1000,
		.is_ok = is_there,
	};
	struct http_answer answer;

	http_get(sms->http, &call, &answer);
	if (answer.outcome == HTTP_UNSENT)
		return ERR_UPSTREAM_UNSENT;
	return answer.outcome == HTTP_FAILED ? ERR_UPSTREAM : ERR_NONE;
}
