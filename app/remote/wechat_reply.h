/*
 * One call of WeChat's API and what it says: a JSON object, mended as answer.h says, whose errcode,
 * 0 where there is none, becomes an error. For the files wechat*.c only.
 *
 * HTTP's status and Content-Type mean nothing (200 and text/plain also for errors). What the user
 * did wrong is not logged, what the operator must put right is, with the address that a whitelist
 * lacks.
 */
#ifndef WECHAT_REPLY_H
#define WECHAT_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "wechat.h"

struct arena;
struct http_call;
struct http_client;
struct http_param;
struct json_t;

struct wechat {
	struct http_client *http;
	struct breaker_table *breakers; /* NULL: none */
	int64_t total_timeout_us;
	struct wechat_refusal refusal; /* of the last call */
};

struct reply {
	struct json_t *json; /* NULL: it was none */
	int64_t errcode;
};

/* What an API's errcodes mean; all others are the operator's matter. Ends with errcode 0. */
struct errcode_meaning {
	int64_t errcode;
	enum err err;
};

/* A GET, or a POST where the call has a body. ERR_UPSTREAM, ERR_UPSTREAM_UNSENT,
 * ERR_UPSTREAM_BUSY, ERR_UPSTREAM_CONFIG and what the meanings say; meanings NULL: ERR_NONE for any
 * reply. The total time-out holds unless the call has a deadline. reply_release() in any case. */
enum err reply_ask(struct wechat *wechat, struct http_call *call,
	const struct errcode_meaning *meanings, struct reply *reply_r);
/* The members go as a JSON object. */
enum err reply_post(struct wechat *wechat, struct http_call *call, const struct http_param *members,
	const struct errcode_meaning *meanings, struct reply *reply_r);
void reply_release(struct reply *reply);

/* The reply's own; NULL: absent or empty. */
const char *reply_text(const struct reply *reply, const char *key);
/* A number, or, as some of WeChat's older parts send it, a string of one; 0: absent. */
int64_t reply_number(const struct reply *reply, const char *key);
/* An array as JSON text; "[]": absent or longer than max_size. */
const char *reply_array(
	struct arena *arena, const struct reply *reply, const char *key, size_t max_size);

#endif
