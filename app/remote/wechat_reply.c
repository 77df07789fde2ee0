#include <arpa/inet.h>
#include <jansson.h>

#include "answer.h"
#include "arena.h"
#include "breaker.h"
#include "clock.h"
#include "counters.h"
#include "crypto.h"
#include "http_client.h"
#include "log.h"
#include "str.h"
#include "wechat_reply.h"

#define NUMBER_MAX 1e15

#define ERRCODE_SYSTEM_BUSY -1

/* WeChat sends an integer; some of its older APIs send a float or a string. */
static bool reply_read_number(const json_t *value, int64_t *number_r)
{
	double number = json_number_value(value);

	if (json_is_string(value))
		return str_parse_int64(json_string_value(value), number_r);
	if (!json_is_number(value) || number < -NUMBER_MAX || number > NUMBER_MAX)
		return false;
	*number_r = (int64_t)number;
	return true;
}

/* Ignores the Content-Type, which says text/plain. */
static void reply_parse(struct reply *reply, const struct http_answer *answer)
{
	json_t *json = answer_json(answer);
	json_t *errcode = json_object_get(json, "errcode");

	reply->errcode = 0;
	if (json_is_object(json) &&
		(errcode == NULL || reply_read_number(errcode, &reply->errcode)))
		reply->json = json;
	else
		json_decref(json);
}

/* An object that cannot be read is no reason to try again: the same would come. */
static bool is_ok(void *ctx, const struct http_answer *answer)
{
	struct reply *reply = ctx;

	json_decref(reply->json);
	reply->json = NULL;
	if (answer->status != 200)
		return false;
	reply_parse(reply, answer);
	return reply->json == NULL ? answer_is_object(answer)
				   : reply->errcode != ERRCODE_SYSTEM_BUSY;
}

static void log_unreadable(const struct http_call *call, const struct http_answer *answer)
{
	log_event(LOG_LEVEL_WARNING, "WeChat's answer cannot be read");
	log_str("path", call->path);
	log_int("status", answer->status);
	log_int("size", (int64_t)answer->size);
	log_end();
}

/* Returns ERR_NONE if there is a reply, whatever it says. */
static enum err reply_receive(struct wechat *wechat, struct http_call *call, struct reply *reply_r)
{
	struct http_answer answer;

	*reply_r = (struct reply){0};
	call->is_ok = is_ok;
	call->ctx = reply_r;
	if (call->deadline_us == 0)
		call->deadline_us = clock_monotonic_us() + wechat->total_timeout_us;
	if (call->body == NULL)
		http_get(wechat->http, call, &answer);
	else
		http_post(wechat->http, call, &answer);
	if (answer.outcome == HTTP_UNSENT)
		return ERR_UPSTREAM_UNSENT;
	if (answer.outcome == HTTP_ANSWERED && reply_r->json != NULL)
		return ERR_NONE;
	if (answer.outcome == HTTP_ANSWERED) {
		wechat->refusal.status = answer.status;
		log_unreadable(call, &answer);
	}
	return answer.is_late ? ERR_UPSTREAM_SILENT : ERR_UPSTREAM;
}

/* What any API may answer. */
static const struct errcode_meaning common_meanings[] = {
	{ERRCODE_SYSTEM_BUSY, ERR_UPSTREAM_BUSY},
	{45009, ERR_UPSTREAM_BUSY},
	{45011, ERR_UPSTREAM_BUSY},
	{0, ERR_NONE},
};

static enum err meaning_of(const struct errcode_meaning *meanings, int64_t errcode, enum err other)
{
	for (; meanings->errcode != 0; meanings++) {
		if (meanings->errcode == errcode)
			return meanings->err;
	}
	return errcode == 0 ? ERR_NONE : other;
}

/* Finds the refused address, which is the first word of the text that is one. */
static bool find_address(const char *text, char address_r[WHITELIST_ADDRESS_SIZE])
{
	static const char digits[] = "0123456789abcdefABCDEF.:";
	unsigned char binary[16];

	while (*text != '\0') {
		size_t size = strspn(text, digits);

		if (size > 0 && size < WHITELIST_ADDRESS_SIZE) {
			memcpy(address_r, text, size);
			address_r[size] = '\0';
			if (inet_pton(AF_INET, address_r, binary) == 1 ||
				inet_pton(AF_INET6, address_r, binary) == 1)
				return true;
		}
		text += size > 0 ? size : 1;
	}
	return false;
}

static const char *reply_errmsg(const struct reply *reply)
{
	return json_string_value(json_object_get(reply->json, "errmsg"));
}

static void wechat_note_refusal(struct wechat *wechat, const struct reply *reply)
{
	const char *errmsg = reply_errmsg(reply);
	struct wechat_refusal *refusal = &wechat->refusal;

	*refusal = (struct wechat_refusal){.errcode = reply->errcode};
	if (reply->errcode != WECHAT_ADDRESS_REFUSED || errmsg == NULL)
		return;
	if (!find_address(errmsg, refusal->address))
		refusal->address[0] = '\0';
	else if (wechat->breakers != NULL)
		whitelist_refusal_note(&wechat->breakers->whitelist_refusal, refusal->address);
}

/* WeChat's number of the request, "rid: 66aabbcc-0123abcd-0a1b2c3d" at the end of the text. The
 * rest of the text is not logged: it may quote the request. */
static void log_rid(const char *errmsg)
{
	static const char mark[] = "rid: ";
	const char *found = errmsg == NULL ? NULL : strstr(errmsg, mark);
	char rid[sizeof("66aabbcc-0123abcd-0a1b2c3d")];

	if (found == NULL)
		return;
	found += strlen(mark);
	if (strspn(found, "0123456789abcdef-") != sizeof(rid) - 1)
		return;
	memcpy(rid, found, sizeof(rid) - 1);
	rid[sizeof(rid) - 1] = '\0';
	log_str("rid", rid);
}

static void log_refusal(const char *path, const struct wechat_refusal *refusal,
	const struct reply *reply, enum err err)
{
	counter_add(err == ERR_UPSTREAM_CONFIG ? COUNTER_WECHAT_CONFIGURATION :
						 COUNTER_WECHAT_BUSY, 1);
	log_event(err == ERR_UPSTREAM_CONFIG ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		err == ERR_UPSTREAM_CONFIG ? "WeChat refuses this app's configuration" :
					     "WeChat is busy or limits the rate");
	log_str("path", path);
	log_int("errcode", refusal->errcode);
	if (refusal->address[0] != '\0')
		log_str("address", refusal->address);
	log_rid(reply_errmsg(reply));
	log_end();
}

enum err reply_ask(struct wechat *wechat, struct http_call *call,
	const struct errcode_meaning *meanings, struct reply *reply_r)
{
	enum err err;

	wechat->refusal = (struct wechat_refusal){0};
	err = reply_receive(wechat, call, reply_r);
	if (err != ERR_NONE || meanings == NULL)
		return err;
	err = meaning_of(common_meanings, reply_r->errcode, ERR_UPSTREAM_CONFIG);
	err = meaning_of(meanings, reply_r->errcode, err);
	if (err != ERR_NONE)
		wechat_note_refusal(wechat, reply_r);
	if (err == ERR_UPSTREAM_BUSY ||
		(err == ERR_UPSTREAM_CONFIG && !wechat->logs_no_refusals))
		log_refusal(call->path, &wechat->refusal, reply_r, err);
	return err;
}

enum err reply_post(struct wechat *wechat, struct http_call *call, const struct http_param *members,
	const struct errcode_meaning *meanings, struct reply *reply_r)
{
	static const struct http_param none[] = {{NULL, NULL}};
	json_t *object = json_object();
	char *body;
	enum err err;

	for (; members->name != NULL; members++)
		json_object_set_new(object, members->name,
			members->value == NULL ? json_true() : json_string(members->value));
	body = json_dumps(object, JSON_COMPACT);
	if (call->query == NULL)
		call->query = none;
	call->content_type = "application/json";
	call->body = body;
	call->size = strlen(body);
	err = reply_ask(wechat, call, meanings, reply_r);
	crypto_free_text(body);
	json_decref(object);
	return err;
}

void reply_release(struct reply *reply)
{
	json_decref(reply->json);
}

struct reply reply_within(const struct reply *reply, const char *key)
{
	return (struct reply){.json = json_object_get(reply->json, key)};
}

const char *reply_text(const struct reply *reply, const char *key)
{
	const char *text = json_string_value(json_object_get(reply->json, key));

	return str_is_empty(text) ? NULL : text;
}

int64_t reply_number(const struct reply *reply, const char *key)
{
	int64_t number;

	return reply_read_number(json_object_get(reply->json, key), &number) ? number : 0;
}

const char *reply_array(
	struct arena *arena, const struct reply *reply, const char *key, size_t max_size)
{
	const json_t *array = json_object_get(reply->json, key);
	char *text = arena_alloc(arena, max_size + 1);
	size_t size = 0;

	if (json_is_array(array))
		size = json_dumpb(array, text, max_size, JSON_COMPACT);
	if (size == 0 || size > max_size)
		return "[]";
	text[size] = '\0';
	return text;
}
