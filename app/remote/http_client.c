#include <errno.h>

#include "breaker.h"
#include "clock.h"
#include "heap.h"
#include "http_client.h"
#include "log.h"
#include "regular_file.h"
#include "str.h"
#include "transfers.h"
#include "transport.h"

#define N_TRIES 3
#define PAUSE_LEAST_US 100000
#define PAUSE_MOST_US 300000

struct http_client {
	struct transfers *transfers;
	struct transport *transport;
	struct breaker_table *breakers; /* NULL: none */
	enum activity waiting;
	_Atomic int64_t *success_us;
	struct http_server servers[2];
	unsigned n_servers;
};

/* key is the one in the site's section that is wrong, host that of its URL. */
static bool refuse_site(
	const struct http_site *site, const char *key, const char *host, const char *problem)
{
	log_event(LOG_LEVEL_ERROR, "a remote site is refused");
	log_str("section", site->section);
	log_str("key", key);
	log_str("host", host);
	log_str("reason", problem);
	log_end();
	return false;
}

static bool add_server(struct http_client *client, const struct http_site *site,
	const char *key, const char *url)
{
	struct http_server *server = &client->servers[client->n_servers++];
	const char *problem = http_url_read_server(url, server);

	return problem == NULL || refuse_site(site, key, server->host, problem);
}

static bool set_proxy(struct http_client *client, const struct http_site *site)
{
	const char *problem = transport_set_proxy(client->transport, site->proxy);

	return problem == NULL || refuse_site(site, "proxy", NULL, problem);
}

static bool check_authorities(const struct http_site *site)
{
	return str_is_empty(site->ca_file) || !regular_file_is_other(site->ca_file) ||
		refuse_site(site, "ca_file", NULL, regular_file_error(ENXIO));
}

struct http_client *http_client_new(const struct http_site *site)
{
	struct http_client *client = heap_new_of(struct http_client);

	client->transfers = site->transfers;
	client->transport =
		transport_new(site->transfers, site->ca_file, site->connect_timeout_us);
	client->breakers = site->breakers;
	client->waiting = site->waiting;
	client->success_us = site->success_us;
	if (!add_server(client, site, "base_url", site->url) ||
		(!str_is_empty(site->second_url) &&
			!add_server(client, site, "second_url", site->second_url)) ||
		!set_proxy(client, site) || !check_authorities(site)) {
		http_client_free(client);
		return NULL;
	}
	return client;
}

void http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	for (unsigned i = 0; i < client->n_servers; i++)
		http_url_release_server(&client->servers[i]);
	transport_free(client->transport);
	free(client);
}

int64_t http_client_waited_us(const struct http_client *client)
{
	return transport_waited_us(client->transport);
}

static void log_failed_try(const struct http_client *client, const struct http_server *server,
	const struct http_call *call, enum http_outcome outcome, const char *error)
{
	log_event(LOG_LEVEL_WARNING,
		outcome == HTTP_UNSENT ? "remote host not reached" : "remote call cut off");
	log_str("host", server->host);
	log_str("path", call->path);
	log_str("proxy", transport_proxy_to(client->transport, server));
	log_str("error", error);
	log_end();
}

static enum call_outcome outcome_of(const struct http_call *call, const struct http_answer *answer)
{
	if (answer->outcome == HTTP_UNSENT)
		return CALL_UNSENT;
	if (answer->outcome == HTTP_FAILED)
		return CALL_FAILED;
	return call->is_ok(call->ctx, answer) && answer->status < 500 ? CALL_OK : CALL_BAD_ANSWER;
}

/* Makes a call that the breaker has admitted. */
static enum call_outcome make_call(struct http_client *client, const struct http_server *server,
	enum http_method method, const struct http_call *call, struct http_answer *answer_r)
{
	const char *error = transport_exchange(client->transport, server, method, call, answer_r);
	enum call_outcome outcome = outcome_of(call, answer_r);

	if (error != NULL)
		log_failed_try(client, server, call, answer_r->outcome, error);
	transport_wipe_answer(client->transport);
	answer_r->body = NULL;
	if (outcome == CALL_OK && client->success_us != NULL)
		atomic_store(client->success_us, clock_now_us());
	return outcome;
}

static enum call_outcome try_once(struct http_client *client, const struct http_server *server,
	enum http_method method, const struct http_call *call, struct http_answer *answer_r)
{
	int64_t began_us = clock_monotonic_us(), waited_us = http_client_waited_us(client);
	struct breaker_call guarded;
	enum call_outcome outcome;

	*answer_r = (struct http_answer){.outcome = HTTP_UNSENT};
	if (began_us >= call->deadline_us) {
		log_failed_try(client, server, call, HTTP_UNSENT, "no time left");
		return CALL_UNSENT;
	}
	if (!breaker_admit(client->breakers, server->host, call->path, began_us, &guarded)) {
		log_failed_try(client, server, call, HTTP_UNSENT, "breaker open");
		return CALL_BREAKER_OPEN;
	}
	outcome = make_call(client, server, method, call, answer_r);
	breaker_report(&guarded, outcome, clock_monotonic_us(),
		http_client_waited_us(client) - waited_us);
	return outcome;
}

/* Returns false if the deadline leaves no time for another try. */
static bool pause_before_retry(
	struct http_client *client, const struct http_call *call, enum call_outcome last)
{
	int64_t now_us = clock_monotonic_us();
	int64_t pause_us = 0;

	if (last != CALL_BREAKER_OPEN) /* a server that was not called needs no rest */
		pause_us = PAUSE_LEAST_US + now_us % (PAUSE_MOST_US - PAUSE_LEAST_US);
	if (now_us + pause_us >= call->deadline_us)
		return false;
	transfers_sleep_us(client->transfers, pause_us);
	return true;
}

static void try_all(struct http_client *client, enum http_method method,
	const struct http_call *call, struct http_answer *answer_r)
{
	enum activity before = activity_begin(client->waiting);
	unsigned n_tries = call->is_repeatable ? N_TRIES : 1;
	enum call_outcome last = CALL_UNSENT;

	for (unsigned i = 0; i < n_tries && last != CALL_OK; i++) {
		const struct http_server *server = &client->servers[i % client->n_servers];

		if (i > 0 && !pause_before_retry(client, call, last))
			break;
		last = try_once(client, server, method, call, answer_r);
	}
	activity_begin(before);
}

void http_get(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r)
{
	try_all(client, HTTP_GET, call, answer_r);
}

void http_post(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r)
{
	try_all(client, HTTP_POST, call, answer_r);
}
