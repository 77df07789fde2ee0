/*
 * Calls of one site of the outside world over HTTPS, with tries, breakers and a log. A client makes
 * one call at a time. Each request that a worker holds has its own; the transfers are the worker's.
 *
 * Certificates are verified, redirects are not followed, and an answer has at most HTTP_ANSWER_MAX
 * bytes. http:// is for loopback alone. Calls go through the site's proxy unless they are to
 * loopback; the proxy of the environment is not used. Queries carry secrets, so that only host and
 * path of a URL reach the log.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdint.h>

#include "activity.h"
#include "http_call.h"

struct breaker_table;
struct http_client;
struct transfers;

/* Where to call. What it points to must outlive the client. */
struct http_site {
	const char *section;    /* of the configuration, which names the site; for the log */
	const char *url;        /* https://host or https://host/prefix */
	const char *second_url; /* for calls that may be repeated; NULL or "": none */
	const char *ca_file;    /* NULL or "": the system's */
	const char *proxy;      /* as http_url.h says; NULL or "": none */
	int64_t connect_timeout_us;
	struct transfers *transfers;
	struct breaker_table *breakers; /* NULL: every call is admitted */
	enum activity waiting; /* during a call */
	_Atomic int64_t *success_us; /* set at each good answer to clock_now_us(); or NULL */
};

/* Returns NULL and logs the reason if a URL is refused, or ca_file is a pipe. The caller frees it.
 */
struct http_client *http_client_new(const struct http_site *site);
void http_client_free(struct http_client *client);
/* Returns the time that all calls so far have waited for their answers. */
int64_t http_client_waited_us(const struct http_client *client);

/* The answer is that of the last try. UNSENT and FAILED are logged here. */
void http_get(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r);
void http_post(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r);

#endif
