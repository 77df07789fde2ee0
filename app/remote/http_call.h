/*
 * One HTTP call and its answer.
 */
#ifndef HTTP_CALL_H
#define HTTP_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_url.h"

#define HTTP_ANSWER_MAX 65536

enum http_outcome {
	HTTP_UNSENT,   /* nothing was sent: not reached, not trusted, or the breaker is open */
	HTTP_FAILED,   /* sent, perhaps acted upon, and no whole answer came */
	HTTP_ANSWERED, /* status and body are the server's */
};

struct http_answer {
	enum http_outcome outcome;
	bool is_late; /* FAILED, since the time was over */
	int status;
	/* size bytes and a NUL, for is_ok alone. They may be secret and are then wiped: NULL. */
	const char *body;
	size_t size;
};

struct http_call {
	const char *path; /* without leading '/'; "": none beyond the site's URL */
	const struct http_param *query; /* NULL: none */
	/* Further headers of the request, values without line breaks; NULL: none. */
	const struct http_param *headers;
	/* Of a POST; body has size bytes. */
	const char *content_type, *body;
	size_t size;
	int64_t deadline_us; /* clock_monotonic_us(); for all tries together */
	/* Idempotent: it is tried up to three times, on both servers in turn. Any other request is
	 * sent once at most. */
	bool is_repeatable;
	/* Reads an answer, and returns whether a healthy server answers so; none does with a status
	 * of 500 and above. A bad answer counts against the breaker, and a repeatable call is then
	 * tried again. */
	bool (*is_ok)(void *ctx, const struct http_answer *answer);
	void *ctx;
};

#endif
