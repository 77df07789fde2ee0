#include <curl/curl.h>

#include "authorities.h"
#include "breaker.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "heap.h"
#include "http_client.h"
#include "http_url.h"
#include "log.h"
#include "str.h"
#include "transport.h"

#define N_TRIES 3
#define PAUSE_LEAST_US 100000
#define PAUSE_MOST_US 300000
#define IDLE_CONNECTION_MAX_S 30L

struct http_client {
	CURL *curl; /* NULL: nothing was asked yet */
	struct breaker_table *breakers; /* NULL: none */
	const char *ca_file;
	struct authorities authorities;
	struct http_proxy proxy;
	int64_t connect_timeout_us;
	enum activity waiting;
	_Atomic int64_t *ok_us;
	struct http_server servers[2];
	unsigned n_servers;
	bool is_post;
	struct buf url, line, body;
	int64_t waited_us;
	unsigned n_sent; /* of one try: see transport.h */
	char error[CURL_ERROR_SIZE];
};

/* key: of the site's section. */
static bool refuse(const struct http_site *site, const char *key, const char *host,
	const char *offence)
{
	log_event(LOG_LEVEL_ERROR, "a remote site's URL is refused");
	log_str("section", site->section);
	log_str("key", key);
	log_str("host", host);
	log_str("reason", offence);
	log_end();
	return false;
}

static bool add_server(struct http_client *client, const struct http_site *site,
	const char *key, const char *url)
{
	struct http_server *server = &client->servers[client->n_servers++];
	const char *offence = http_url_read_server(url, server);

	return offence == NULL || refuse(site, key, server->host, offence);
}

static bool set_proxy(struct http_client *client, const struct http_site *site)
{
	const char *offence = http_url_read_proxy(site->proxy, &client->proxy);

	return offence == NULL || refuse(site, "proxy", NULL, offence);
}

static struct authorities choose_authorities(const char *ca_file)
{
	const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);

	return authorities_choose(
		ca_file, &(struct authorities){built->cainfo, built->capath});
}

/* At the first call: most workers of the core pool never make one. */
static void open_curl(struct http_client *client)
{
	if (client->curl != NULL)
		return;
	unsetenv("SSLKEYLOGFILE"); /* libcurl would write down what opens its connections */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	client->curl = curl_easy_init();
	if (client->curl == NULL)
		abort();
	client->authorities = choose_authorities(client->ca_file);
}

struct http_client *http_client_new(const struct http_site *site, struct breaker_table *breakers)
{
	struct http_client *client = heap_new_of(struct http_client);

	client->breakers = breakers;
	client->ca_file = site->ca_file;
	client->connect_timeout_us = site->connect_timeout_us;
	client->waiting = site->waiting;
	client->ok_us = site->ok_us;
	if (!add_server(client, site, "base_url", site->url) ||
		(!str_is_empty(site->second_url) &&
			!add_server(client, site, "second_url", site->second_url)) ||
		!set_proxy(client, site)) {
		http_client_free(client);
		return NULL;
	}
	return client;
}

void http_client_free(struct http_client *client)
{
	curl_easy_cleanup(client->curl);
	for (unsigned i = 0; i < client->n_servers; i++)
		http_url_release_server(&client->servers[i]);
	http_url_release_proxy(&client->proxy);
	buf_release(&client->url);
	buf_release(&client->line);
	buf_release(&client->body);
	free(client);
}

int64_t http_client_waited_us(const struct http_client *client)
{
	return client->waited_us;
}

void http_append_params(struct buf *out, const struct http_param *params)
{
	const char *separator = "";

	for (const struct http_param *param = params; param->name != NULL; param++) {
		if (param->value == NULL)
			continue;
		buf_append_str(out, separator);
		buf_append_encoded(out, param->name);
		buf_append_char(out, '=');
		buf_append_encoded(out, param->value);
		separator = "&";
	}
}

static void build_url(
	struct buf *url, const struct http_server *server, const struct http_call *call)
{
	size_t size = strlen(server->url);

	while (*call->path != '\0' && size > 0 && server->url[size - 1] == '/')
		size--;
	buf_reset(url);
	buf_append(url, server->url, size);
	if (*call->path != '\0')
		buf_printf(url, "/%s", call->path);
	if (call->query != NULL && call->query[0].name != NULL) {
		buf_append_char(url, '?');
		http_append_params(url, call->query);
	}
}

static struct curl_slist *add_header(
	struct http_client *client, struct curl_slist *headers, const struct http_param *header)
{
	buf_reset(&client->line);
	buf_printf(&client->line, "%s: %s", header->name, header->value);
	headers = curl_slist_append(headers, client->line.data);
	if (headers == NULL)
		abort();
	return headers;
}

/* NULL: none; else the caller frees them. */
static struct curl_slist *build_headers(struct http_client *client, const struct http_call *call)
{
	const struct http_param content_type = {"Content-Type", call->content_type};
	struct curl_slist *headers = NULL;

	if (client->is_post)
		headers = add_header(client, headers, &content_type);
	for (const struct http_param *header = call->headers;
		header != NULL && header->name != NULL; header++)
		headers = add_header(client, headers, header);
	return headers;
}

/* MAXFILESIZE would not stop a chunked body. */
static size_t take_body(char *bytes, size_t unit, size_t n_units, void *ctx)
{
	struct http_client *client = ctx;
	size_t size = unit * n_units;

	if (client->body.size + size > HTTP_ANSWER_MAX)
		return 0;
	buf_append(&client->body, bytes, size);
	return size;
}

static long at_least_1_ms(int64_t duration_us)
{
	return duration_us < 1000 ? 1 : (long)(duration_us / 1000);
}

/* NULL: the call goes straight to the server. */
static const char *proxy_to(const struct http_client *client, const struct http_server *server)
{
	return http_url_is_loopback(server->host) ? NULL : client->proxy.address;
}

/* An empty text keeps libcurl from the environment's. */
static int set_way(struct http_client *client, const struct http_server *server)
{
	const struct http_proxy *proxy = &client->proxy;
	const char *address = proxy_to(client, server);
	CURL *curl = client->curl;
	int refused = curl_easy_setopt(curl, CURLOPT_PROXY, address == NULL ? "" : address);

	refused |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	refused |= curl_easy_setopt(curl, CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP);
	if (proxy->user != NULL)
		refused |= curl_easy_setopt(curl, CURLOPT_PROXYUSERNAME, proxy->user);
	if (proxy->password != NULL)
		refused |= curl_easy_setopt(curl, CURLOPT_PROXYPASSWORD, proxy->password);
	return refused;
}

/* All of them each time: curl_easy_reset() keeps connections and forgets options. */
static void set_transport(
	struct http_client *client, const struct http_server *server, int64_t remaining_us)
{
	int64_t connect_us = client->connect_timeout_us;
	CURL *curl = client->curl;
	int refused = 0;

	curl_easy_reset(curl);
	refused |= curl_easy_setopt(curl, CURLOPT_URL, client->url.data);
	refused |= transport_allow(curl, server->scheme);
	refused |= transport_send_once(curl, &client->n_sent);
	refused |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	refused |= set_way(client, server);
	refused |= curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	refused |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	refused |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	refused |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	refused |= curl_easy_setopt(curl, CURLOPT_CAINFO, client->authorities.file);
	refused |= curl_easy_setopt(curl, CURLOPT_CAPATH, client->authorities.directory);
	refused |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	refused |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	refused |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, at_least_1_ms(remaining_us));
	refused |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		at_least_1_ms(connect_us < remaining_us ? connect_us : remaining_us));
	refused |= curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_MAX_S);
	refused |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	refused |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
	refused |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->error);
	if (refused != 0)
		BUG("libcurl refuses an option");
}

static void set_message(struct http_client *client, const struct http_call *call,
	const struct curl_slist *headers)
{
	CURL *curl = client->curl;
	int refused = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);

	if (client->is_post) {
		refused |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
		refused |= curl_easy_setopt(
			curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->size);
	}
	if (refused != 0)
		BUG("libcurl refuses a message");
}

static void log_failure(const struct http_client *client, const struct http_server *server,
	const struct http_call *call, const struct http_answer *answer)
{
	log_event(LOG_LEVEL_WARNING,
		answer->outcome == HTTP_UNSENT ? "remote host not reached" : "remote call cut off");
	log_str("host", server->host);
	log_str("path", call->path);
	if (proxy_to(client, server) != NULL)
		log_str("proxy", client->proxy.address);
	log_str("error", client->error);
	log_end();
}

static void perform(struct http_client *client, const struct http_server *server,
	const struct http_call *call, struct http_answer *answer_r)
{
	struct curl_slist *headers = build_headers(client, call);
	CURLcode failure;
	long status = 0;

	open_curl(client);
	client->n_sent = 0;
	client->error[0] = '\0';
	buf_reset(&client->body);
	build_url(&client->url, server, call);
	set_transport(client, server, call->deadline_us - clock_monotonic_us());
	set_message(client, call, headers);
	client->waited_us -= clock_monotonic_us();
	failure = curl_easy_perform(client->curl);
	client->waited_us += clock_monotonic_us();
	curl_slist_free_all(headers);
	if (failure != CURLE_OK) {
		if (client->error[0] == '\0')
			snprintf(client->error, sizeof(client->error), "%s",
				curl_easy_strerror(failure));
		answer_r->outcome =
			transport_has_sent(client->curl, client->n_sent) ? HTTP_FAILED
									 : HTTP_UNSENT;
		return;
	}
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	*answer_r = (struct http_answer){
		.outcome = HTTP_ANSWERED,
		.status = (int)status,
		.body = client->body.size > 0 ? client->body.data : "",
		.size = client->body.size,
	};
}

static enum call_outcome judge(const struct http_call *call, const struct http_answer *answer)
{
	if (answer->outcome == HTTP_UNSENT)
		return CALL_UNSENT;
	if (answer->outcome == HTTP_FAILED)
		return CALL_FAILED;
	return answer->status < 500 && call->is_ok(call->ctx, answer) ? CALL_OK : CALL_BAD_ANSWER;
}

static void log_not_called(struct http_client *client, const struct http_server *server,
	const struct http_call *call, const struct http_answer *answer, const char *reason)
{
	snprintf(client->error, sizeof(client->error), "%s", reason);
	log_failure(client, server, call, answer);
}

static enum call_outcome try_once(struct http_client *client, const struct http_server *server,
	const struct http_call *call, struct http_answer *answer_r)
{
	int64_t now_us = clock_monotonic_us(), took_us;
	struct breaker_call guarded;
	enum call_outcome outcome;

	*answer_r = (struct http_answer){.outcome = HTTP_UNSENT};
	if (now_us >= call->deadline_us) {
		log_not_called(client, server, call, answer_r, "no time left");
		return CALL_UNSENT;
	}
	if (!breaker_admit(client->breakers, server->host, call->path, now_us, &guarded)) {
		log_not_called(client, server, call, answer_r, "breaker open");
		return CALL_BREAKER_OPEN;
	}
	took_us = -client->waited_us;
	perform(client, server, call, answer_r);
	took_us += client->waited_us;
	if (answer_r->outcome != HTTP_ANSWERED)
		log_failure(client, server, call, answer_r);
	outcome = judge(call, answer_r);
	breaker_report(&guarded, outcome, clock_monotonic_us(), took_us);
	if (outcome == CALL_OK && client->ok_us != NULL)
		atomic_store(client->ok_us, clock_now_us());
	return outcome;
}

/* Returns false if the deadline does not leave time for another try. */
static bool pause_before_retry(const struct http_call *call, enum call_outcome last)
{
	int64_t now_us = clock_monotonic_us();
	int64_t pause_us = 0;

	if (last != CALL_BREAKER_OPEN) /* a server that was not called needs no rest */
		pause_us = PAUSE_LEAST_US + now_us % (PAUSE_MOST_US - PAUSE_LEAST_US);
	if (now_us + pause_us >= call->deadline_us)
		return false;
	clock_sleep_us(pause_us);
	return true;
}

static void try_all(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r)
{
	enum activity before = activity_begin(client->waiting);
	unsigned n_tries = call->is_repeatable ? N_TRIES : 1;
	enum call_outcome last = CALL_UNSENT;

	for (unsigned i = 0; i < n_tries && last != CALL_OK; i++) {
		if (i > 0 && !pause_before_retry(call, last))
			break;
		last = try_once(client, &client->servers[i % client->n_servers], call, answer_r);
	}
	activity_begin(before);
}

void http_get(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r)
{
	client->is_post = false;
	try_all(client, call, answer_r);
}

void http_post(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r)
{
	client->is_post = true;
	try_all(client, call, answer_r);
}
