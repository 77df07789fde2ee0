#include <curl/curl.h>

#include "authorities.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "heap.h"
#include "http_call.h"
#include "str.h"
#include "transfers.h"
#include "transport.h"

#define IDLE_CONNECTION_MAX_S 30L
#define READ_SIZE 2048L /* at a time; most answers are shorter, and the buffer is wiped each time */

struct transport {
	struct transfers *transfers;
	CURL *curl; /* NULL between exchanges, since it would keep their secrets */
	const char *ca_file;
	struct http_proxy proxy;
	int64_t connect_timeout_us;
	struct buf url, line, body;
	int64_t waited_us;
	unsigned n_sent; /* how often the last request went out */
	char error[CURL_ERROR_SIZE];
};

/* ---- What depends on the version of libcurl. */

#if LIBCURL_VERSION_NUM >= 0x075500 /* 7.85 */

static CURLcode allow_scheme(CURL *curl, const char *scheme)
{
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, scheme);
}

#else

static CURLcode allow_scheme(CURL *curl, const char *scheme)
{
	const bool is_https = strcmp(scheme, "https") == 0;

	return curl_easy_setopt(
		curl, CURLOPT_PROTOCOLS, (long)(is_https ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
}

#endif

#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87 */

/* Else libcurl gives up a look-up that takes too long only at its end, and everybody waits. */
static CURLcode leave_look_ups(CURL *curl)
{
	return curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
}

#else

static CURLcode leave_look_ups(CURL *curl)
{
	(void)curl;
	return CURLE_OK;
}

#endif

#if LIBCURL_VERSION_NUM >= 0x075000 /* 7.80 */

/* Called when the connection stands, before the request goes out. */
static int before_request(void *ctx, char *remote, char *local, int remote_port, int local_port)
{
	unsigned *n_sent = ctx;

	(void)remote, (void)local, (void)remote_port, (void)local_port;
	return (*n_sent)++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static CURLcode send_once(CURL *curl, unsigned *n_sent)
{
	CURLcode refused = curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, before_request);

	return refused != CURLE_OK ? refused : curl_easy_setopt(curl, CURLOPT_PREREQDATA, n_sent);
}

static bool has_sent(CURL *curl, unsigned n_sent)
{
	(void)curl;
	return n_sent > 0;
}

#else

static CURLcode send_once(CURL *curl, unsigned *n_sent)
{
	(void)n_sent;
	return curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
}

static bool has_sent(CURL *curl, unsigned n_sent)
{
	curl_off_t began_us = 0;

	(void)n_sent;
	curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &began_us);
	return began_us > 0;
}

#endif

/* ---- What stays from one exchange to the next. */

/* The URL and the headers have the secret of the app or the gateway in them. */
static void close_curl(struct transport *transport)
{
	curl_easy_cleanup(transport->curl);
	transport->curl = NULL;
	buf_wipe(&transport->url, SIZE_MAX);
	buf_wipe(&transport->line, SIZE_MAX);
}

struct transport *transport_new(
	struct transfers *transfers, const char *ca_file, int64_t connect_timeout_us)
{
	struct transport *transport = heap_new_of(struct transport);

	transport->transfers = transfers;
	transport->ca_file = ca_file;
	transport->connect_timeout_us = connect_timeout_us;
	return transport;
}

void transport_free(struct transport *transport)
{
	http_url_release_proxy(&transport->proxy);
	buf_release(&transport->url);
	buf_release(&transport->line);
	buf_release(&transport->body);
	free(transport);
}

const char *transport_set_proxy(struct transport *transport, const char *url)
{
	return http_url_read_proxy(url, &transport->proxy);
}

const char *transport_proxy_to(const struct transport *transport, const struct http_server *server)
{
	return http_url_is_loopback(server->host) ? NULL : transport->proxy.address;
}

int64_t transport_waited_us(const struct transport *transport)
{
	return transport->waited_us;
}

/* ---- An exchange. */

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
		http_url_append_params(url, call->query);
	}
}

static struct curl_slist *add_header(
	struct transport *transport, struct curl_slist *headers, const struct http_param *header)
{
	buf_reset(&transport->line);
	buf_printf(&transport->line, "%s: %s", header->name, header->value);
	headers = curl_slist_append(headers, transport->line.data);
	if (headers == NULL)
		abort();
	return headers;
}

/* Returns NULL if there are none. The caller frees them. */
static struct curl_slist *build_headers(
	struct transport *transport, enum http_method method, const struct http_call *call)
{
	const struct http_param content_type = {"Content-Type", call->content_type};
	struct curl_slist *headers = NULL;

	if (method == HTTP_POST)
		headers = add_header(transport, headers, &content_type);
	for (const struct http_param *header = call->headers;
		header != NULL && header->name != NULL; header++)
		headers = add_header(transport, headers, header);
	return headers;
}

/* MAXFILESIZE would not stop a chunked body. */
static size_t take_body(char *bytes, size_t unit, size_t n_units, void *ctx)
{
	struct transport *transport = ctx;
	size_t size = unit * n_units;

	if (transport->body.size + size > HTTP_ANSWER_MAX)
		return 0;
	buf_append(&transport->body, bytes, size);
	return size;
}

static long at_least_1_ms(int64_t duration_us)
{
	return duration_us < 1000 ? 1 : (long)(duration_us / 1000);
}

/* An empty text keeps libcurl from using the proxy of the environment. */
static int set_proxy_to(struct transport *transport, const struct http_server *server)
{
	const struct http_proxy *proxy = &transport->proxy;
	const char *address = transport_proxy_to(transport, server);
	CURL *curl = transport->curl;
	int refused = curl_easy_setopt(curl, CURLOPT_PROXY, address == NULL ? "" : address);

	refused |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	refused |= curl_easy_setopt(curl, CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP);
	if (proxy->user != NULL)
		refused |= curl_easy_setopt(curl, CURLOPT_PROXYUSERNAME, proxy->user);
	if (proxy->password != NULL)
		refused |= curl_easy_setopt(curl, CURLOPT_PROXYPASSWORD, proxy->password);
	return refused;
}

static int set_authorities(struct transport *transport)
{
	struct authorities authorities = {.file = transport->ca_file};
	int refused;

	if (str_is_empty(transport->ca_file))
		authorities = *transfers_authorities(transport->transfers);
	refused = curl_easy_setopt(transport->curl, CURLOPT_CAINFO, authorities.file);
	refused |= curl_easy_setopt(transport->curl, CURLOPT_CAPATH, authorities.directory);
	return refused;
}

static void transport_set_options(
	struct transport *transport, const struct http_server *server, int64_t remaining_us)
{
	int64_t connect_us = transport->connect_timeout_us;
	CURL *curl = transport->curl;
	int refused = 0;

	refused |= curl_easy_setopt(curl, CURLOPT_URL, transport->url.data);
	refused |= allow_scheme(curl, server->scheme);
	refused |= send_once(curl, &transport->n_sent);
	refused |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	refused |= set_proxy_to(transport, server);
	refused |= curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	refused |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	refused |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	refused |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	refused |= set_authorities(transport);
	refused |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	refused |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	refused |= leave_look_ups(curl);
	refused |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, at_least_1_ms(remaining_us));
	refused |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		at_least_1_ms(connect_us < remaining_us ? connect_us : remaining_us));
	refused |= curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_MAX_S);
	refused |= curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, READ_SIZE);
	refused |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	refused |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, transport);
	refused |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transport->error);
	if (refused != 0)
		BUG("libcurl refuses an option");
}

static void set_message(struct transport *transport, enum http_method method,
	const struct http_call *call, const struct curl_slist *headers)
{
	CURL *curl = transport->curl;
	int refused = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);

	if (method == HTTP_POST) {
		refused |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
		refused |= curl_easy_setopt(
			curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->size);
	}
	if (refused != 0)
		BUG("libcurl refuses a message");
}

static CURLcode perform(struct transport *transport)
{
	curl_off_t took_us = 0;
	CURLcode failure;

	transport->n_sent = 0;
	transport->error[0] = '\0';
	failure = transfers_perform(transport->transfers, transport->curl);
	/* Not the time until this fiber had its turn. */
	curl_easy_getinfo(transport->curl, CURLINFO_TOTAL_TIME_T, &took_us);
	transport->waited_us += took_us;
	if (failure != CURLE_OK && transport->error[0] == '\0')
		snprintf(transport->error, sizeof(transport->error), "%s",
			curl_easy_strerror(failure));
	return failure;
}

const char *transport_exchange(struct transport *transport, const struct http_server *server,
	enum http_method method, const struct http_call *call, struct http_answer *answer_r)
{
	struct curl_slist *headers = build_headers(transport, method, call);
	CURLcode failure;
	bool is_sent;
	long status = 0;

	transport->curl = transfers_new_handle(transport->transfers);
	build_url(&transport->url, server, call);
	transport_set_options(transport, server, call->deadline_us - clock_monotonic_us());
	set_message(transport, method, call, headers);
	failure = perform(transport);
	curl_easy_getinfo(transport->curl, CURLINFO_RESPONSE_CODE, &status);
	is_sent = has_sent(transport->curl, transport->n_sent);
	curl_slist_free_all(headers);
	close_curl(transport);
	if (failure != CURLE_OK) {
		answer_r->outcome = is_sent ? HTTP_FAILED : HTTP_UNSENT;
		answer_r->is_late = is_sent && failure == CURLE_OPERATION_TIMEDOUT;
		return transport->error;
	}
	*answer_r = (struct http_answer){
		.outcome = HTTP_ANSWERED,
		.status = (int)status,
		.body = transport->body.size > 0 ? transport->body.data : "",
		.size = transport->body.size,
	};
	return NULL;
}

void transport_wipe_answer(struct transport *transport)
{
	buf_wipe(&transport->body, SIZE_MAX);
}
