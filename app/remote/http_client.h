/*
 * The outside world over HTTPS, one call at a time; with http_url the only door to libcurl.
 *
 * Certificates are verified, redirects are not followed, an answer has at most HTTP_ANSWER_MAX
 * bytes. http:// is for loopback alone. Calls go through the site's proxy, but for those to
 * loopback; the environment's proxies are not used. Queries carry secrets: of a URL only host and
 * path reach a log.
 *
 * A worker makes one for each site after it was forked and keeps it, so that connections, TLS
 * sessions and addresses are used again.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "activity.h"

#define HTTP_ANSWER_MAX 65536

struct breaker_table;
struct buf;
struct http_client;

/* Where to call. The texts must outlive the client. */
struct http_site {
	const char *section;    /* of the configuration, which names it; for the log */
	const char *url;        /* https://host or https://host/prefix */
	const char *second_url; /* for calls that may be repeated; NULL or "": none */
	const char *ca_file;    /* NULL or "": the system's */
	const char *proxy;      /* as http_url.h says; NULL or "": none */
	int64_t connect_timeout_us;
	enum activity waiting; /* what a call of it is at */
	_Atomic int64_t *ok_us; /* set to clock_now_us() at each good answer; NULL: nothing is */
};

enum http_outcome {
	HTTP_UNSENT,   /* not reached, not trusted, or the breaker is open: nothing was asked */
	HTTP_FAILED,   /* asked, perhaps done, and no whole answer came */
	HTTP_ANSWERED, /* status and body are the server's */
};

/* Valid until the client's next call. */
struct http_answer {
	enum http_outcome outcome;
	int status;
	const char *body; /* size bytes and a NUL */
	size_t size;
};

/* Ends with a NULL name; a NULL value leaves its parameter out. */
struct http_param {
	const char *name, *value;
};

/* name=value&…, encoded, for a query or a form. */
void http_append_params(struct buf *out, const struct http_param *params);

struct http_call {
	const char *path; /* without leading '/'; "": none beyond the site's URL */
	const struct http_param *query; /* NULL: none */
	/* Further ones of the request, values without line breaks; NULL: none. */
	const struct http_param *headers;
	/* Of a POST; body has size bytes. */
	const char *content_type, *body;
	size_t size;
	int64_t deadline_us; /* clock_monotonic_us(); for all tries together */
	/* Idempotent: tried up to three times, on both hosts in turn. Otherwise the request is on
	 * the wire once at most. */
	bool is_repeatable;
	/* Whether a healthy server says such a thing, called for each answer under 500. What is not
	 * sound counts against the breaker and makes a repeatable call try again. */
	bool (*is_ok)(void *ctx, const struct http_answer *answer);
	void *ctx;
};

/* Returns NULL and logs the reason if a URL is refused. breakers NULL: every call is admitted. The
 * caller frees it. */
struct http_client *http_client_new(const struct http_site *site, struct breaker_table *breakers);
void http_client_free(struct http_client *client);
/* Waited for answers in all. */
int64_t http_client_waited_us(const struct http_client *client);

/* The outcome of the last try. UNSENT and FAILED are logged here. */
void http_get(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r);
void http_post(
	struct http_client *client, const struct http_call *call, struct http_answer *answer_r);

#endif
