#include "answer.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "fold.h"
#include "heap.h"
#include "log.h"
#include "counters.h"
#include "secret_file.h"
#include "sms_driver.h"
#include "str.h"

#define MEMORY_MAX (1 << 20)

struct sms {
	const struct conf *conf;
	const struct sms_driver *driver; /* NULL: none */
	struct http_client *http;
	struct arena *arena;
};

static const struct sms_driver *find_driver(const char *name)
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

/* It is pasted from a web page, and no gateway's has blanks around it. */
static bool read_secret(const struct conf *conf, char secret_r[SMS_SECRET_SIZE])
{
	if (!secret_file_read(conf->sms_secret, conf->sms_secret_file, secret_r, SMS_SECRET_SIZE))
		return false;
	fold_trim_here(secret_r);
	return true;
}

static const char *find_problem(const struct conf *conf, const struct sms_driver *driver)
{
	static char text[PLACE_TEXT_SIZE];
	char secret[SMS_SECRET_SIZE];

	if (sms_base_url(conf, driver) == NULL)
		return "base_url is missing";
	if (!read_secret(conf, secret))
		return str_is_empty(conf->sms_secret_file)
			? "secret is too long"
			: secret_file_find_problem(conf->sms_secret_file, text);
	return driver->find_problem(conf);
}

static struct http_client *open_site(const struct conf *conf, const struct sms_driver *driver,
	struct breaker_table *breakers)
{
	const char *problem = find_problem(conf, driver);
	const struct http_site site = {
		.section = "sms",
		.url = sms_base_url(conf, driver),
		.ca_file = conf->sms_ca_file,
		.proxy = conf->sms_proxy,
		.connect_timeout_us = conf->sms_connect_timeout_ms * 1000,
		.waiting = ACTIVITY_SMS,
	};

	if (problem == NULL)
		return http_client_new(&site, breakers);
	log_event(LOG_LEVEL_ERROR, "the section [sms] is refused");
	log_str("driver", driver->name);
	log_str("reason", problem);
	log_end();
	return NULL;
}

struct sms *sms_new(const struct conf *conf, struct breaker_table *breakers)
{
	const struct sms_driver *driver = find_driver(conf->sms_driver);
	struct http_client *http = driver == NULL ? NULL : open_site(conf, driver, breakers);
	struct sms *sms;

	if (driver != NULL && http == NULL)
		return NULL;
	sms = heap_new_of(struct sms);
	sms->conf = conf;
	sms->driver = driver;
	sms->http = http;
	sms->arena = arena_new(MEMORY_MAX);
	return sms;
}

void sms_free(struct sms *sms)
{
	if (sms == NULL)
		return;
	if (sms->http != NULL)
		http_client_free(sms->http);
	arena_free(sms->arena);
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

struct sms_verdict sms_verdict_of(
	const struct sms_order *order, const struct sms_word *words, const char *code)
{
	if (code == NULL)
		return (struct sms_verdict){.err = ERR_UPSTREAM};
	while (!str_starts_with(code, words->begin))
		words++;
	return (struct sms_verdict){.err = words->err, .code = arena_strdup(order->arena, code)};
}

/* A message under way. */
struct sending {
	const struct sms_driver *driver;
	struct sms_order order;
	struct sms_verdict verdict;
};

static bool read_answer(void *ctx, const struct http_answer *answer)
{
	struct sending *sending = ctx;

	sending->verdict = sending->driver->read(&sending->order, answer);
	return sending->verdict.err != ERR_UPSTREAM ||
		(sending->verdict.code == NULL && answer_is_object(answer));
}

static void log_failure(const struct sending *sending, int status)
{
	const struct sms_verdict *verdict = &sending->verdict;
	char phone[STR_MASKED_SIZE];

	str_mask(sending->order.message->phone, phone);
	log_event(verdict->err == ERR_UPSTREAM_CONFIG ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		verdict->err == ERR_UPSTREAM ? "the SMS gateway fails" :
					       "the SMS gateway refuses");
	log_str("driver", sending->driver->name);
	log_int("status", status);
	log_str("code", verdict->code);
	log_str("phone", phone);
	log_end();
}

static enum err perform(struct sms *sms, struct sending *sending)
{
	struct http_call call = {
		.path = "",
		.deadline_us = clock_monotonic_us() + sms->conf->sms_total_timeout_ms * 1000,
		.is_ok = read_answer,
		.ctx = sending,
	};
	struct http_answer answer;

	sending->driver->write(&sending->order, &call);
	if (call.body == NULL)
		http_get(sms->http, &call, &answer);
	else
		http_post(sms->http, &call, &answer);
	if (answer.outcome == HTTP_UNSENT)
		return ERR_UPSTREAM_UNSENT;
	if (answer.outcome == HTTP_FAILED)
		return ERR_UPSTREAM;
	if (answer.status >= 500)
		sending->verdict = (struct sms_verdict){.err = ERR_UPSTREAM};
	if (sending->verdict.err != ERR_NONE)
		log_failure(sending, answer.status);
	return sending->verdict.err;
}

static enum counter counter_of(enum err err)
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

enum err sms_send_code(struct sms *sms, const struct sms_message *message)
{
	const struct conf *conf = sms->conf;
	struct sending sending = {
		.driver = sms->driver,
		.order = {.conf = conf, .arena = sms->arena, .message = message},
	};
	char *secret = sending.order.secret;
	enum err err = ERR_UPSTREAM_CONFIG;

	if (sms->driver == NULL)
		return err;
	if (read_secret(conf, secret))
		err = perform(sms, &sending);
	else
		log_error("sms.secret_file cannot be read");
	counter_add(counter_of(err), 1);
	arena_reset(sms->arena);
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
