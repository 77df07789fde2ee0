/*
 * One call of WeChat's API and its reply: a JSON object, sanitized as answer.h says, whose errcode
 * (0 if there is none) is translated into an error. For wechat.c and wechat_phone.c only.
 *
 * WeChat sends errors with status 200, too, and everything as text/plain, so neither means
 * anything. A user's mistake is not logged. What the operator must put right is logged, with the
 * address that an app's IP whitelist lacks, and with WeChat's own number of the request (rid).
 */
#ifndef WECHAT_REPLY_H
#define WECHAT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "wechat_refusal.h"

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
	bool logs_no_refusals;         /* with ERR_UPSTREAM_CONFIG */
};

struct reply {
	struct json_t *json; /* NULL: no object */
	int64_t errcode;
};

/* What an API's errcodes mean. Any other errcode is the operator's matter. Ends with errcode 0. */
struct errcode_meaning {
	int64_t errcode;
	enum err err;
};

/* Makes a GET, or a POST if the call has a body; the total time-out holds unless the call has a
 * deadline. Returns ERR_NONE, ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT,
 * ERR_UPSTREAM_BUSY, ERR_UPSTREAM_CONFIG or an error of the meanings; with meanings NULL, ERR_NONE
 * for any reply. The caller calls reply_release() in any case. */
enum err reply_ask(struct wechat *wechat, struct http_call *call,
	const struct errcode_meaning *meanings, struct reply *reply_r);
/* Does the same, with the members as a JSON object for a body. A value of NULL is true. */
enum err reply_post(struct wechat *wechat, struct http_call *call, const struct http_param *members,
	const struct errcode_meaning *meanings, struct reply *reply_r);
void reply_release(struct reply *reply);

/* Returns an object within the reply, which keeps it. */
struct reply reply_within(const struct reply *reply, const char *key);
/* Returns a string of the reply, valid until its release, or NULL if it is absent or empty. */
const char *reply_text(const struct reply *reply, const char *key);
/* Returns a number, also from a string, as some of WeChat's older APIs send it; 0 if absent. */
int64_t reply_number(const struct reply *reply, const char *key);
/* Returns an array as JSON text, or "[]" if it is absent or longer than max_size. */
const char *reply_array(
	struct arena *arena, const struct reply *reply, const char *key, size_t max_size);

#endif
