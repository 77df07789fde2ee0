#include <jansson.h>

#include "arena.h"
#include "clock.h"
#include "control.h"
#include "crypto.h"
#include "db.h"
#include "endpoints.h"
#include "hex.h"
#include "http_client.h"
#include "random_id.h"
#include "request.h"
#include "store.h"
#include "str.h"
#include "transfers.h"
#include "wechat_push.h"

#define N_TRIES 3
#define PATIENCE_US (5 * 1000000)

struct push {
	const char *appid, *event, *openid, *mode, *format;
	const char *revoke_info; /* NULL: everything */
	const char *bytes;       /* put in at the message's end as they are; NULL: none */
	int64_t create_time, timestamp; /* 0: now */
};

static const struct text *check_mode(const char *value)
{
	static const struct text no_mode = {"mode 为 plain、compatible 或 encrypted。",
		"The mode is plain, compatible or encrypted."};

	return str_place_in("plain compatible encrypted", " ", value, strlen(value)) < 0
		? &no_mode
		: NULL;
}

static const struct text *check_format(const char *value)
{
	static const struct text no_format = {
		"format 为 xml 或 json。", "The format is xml or json."};

	return str_place_in("xml json", " ", value, strlen(value)) < 0 ? &no_format : NULL;
}

static const struct field push_fields[] = {
	FIELD(struct push, appid, STR, .name = "appid", .max = 64, .is_required = true),
	FIELD(struct push, event, STR, .name = "event", .max = 128, .is_required = true),
	FIELD(struct push, openid, STR, .name = "openid", .max = 128, .is_required = true),
	FIELD(struct push, create_time, INT64, .name = "create_time"),
	FIELD(struct push, timestamp, INT64, .name = "timestamp"),
	FIELD(struct push, mode, STR, .name = "mode", .max = 16, .check = check_mode),
	FIELD(struct push, format, STR, .name = "format", .max = 16, .check = check_format),
	FIELD(struct push, revoke_info, STR, .name = "revoke_info", .max = 256),
	FIELD(struct push, bytes, STR, .name = "bytes", .max = 16384, .check = hex_check),
	FIELD_END
};

static const struct shape push_shape = {
	.name = "NewPush", .size = sizeof(struct push), .fields = push_fields,
};

/* What came back for the last try. */
struct delivery {
	int32_t status; /* 0: no answer */
	const char *body;
	int32_t n_tries;
	bool is_taken;
};

static const struct field delivery_fields[] = {
	FIELD(struct delivery, status, INT32, .name = "status"),
	FIELD(struct delivery, body, STR, .name = "body"),
	FIELD(struct delivery, n_tries, INT32, .name = "tries"),
	FIELD(struct delivery, is_taken, BOOL, .name = "taken"),
	FIELD_END
};

static const struct shape delivery_shape = {
	.name = "Delivery", .size = sizeof(struct delivery), .fields = delivery_fields,
};

struct push_text {
	const char *bytes;
	size_t size;
};

/* One push at work. */
struct courier {
	struct arena *arena;
	const struct push *push;
	const struct sandbox_app *app;
	bool is_json;
	const char *timestamp, *nonce;
	const char *encrypted; /* NULL: plain */
};

static bool is_mode(const struct push *push, const struct sandbox_app *app, const char *mode)
{
	const char *preset = wechat_push_is_key(app->aes_key) ? "encrypted" : "plain";

	return strcmp(push->mode == NULL ? preset : push->mode, mode) == 0;
}

static void add(json_t *message, const char *name, const char *value)
{
	json_object_set_new(message, name, json_string(value));
}

static json_t *make_message(const struct push *push)
{
	json_t *message = json_object();

	add(message, "ToUserName", "gh_sandbox");
	add(message, "FromUserName", push->openid);
	json_object_set_new(message, "CreateTime",
		json_integer(push->create_time != 0 ? push->create_time
						    : clock_now_us() / 1000000));
	add(message, "MsgType", "event");
	add(message, "Event", push->event);
	if (!str_starts_with(push->event, "user_"))
		return message;
	add(message, "OpenID", push->openid);
	add(message, "AppID", push->appid);
	add(message, "RevokeInfo", push->revoke_info == NULL ? "301" : push->revoke_info);
	return message;
}

static const char *write_xml(struct arena *arena, const json_t *message)
{
	const char *text = "<xml>", *name;
	json_t *value;

	json_object_foreach((json_t *)message, name, value) {
		if (json_is_integer(value))
			text = arena_printf(arena, "%s<%s>%lld</%s>", text, name,
				(long long)json_integer_value(value), name);
		else
			text = arena_printf(arena, "%s<%s><![CDATA[%s]]></%s>", text, name,
				json_string_value(value), name);
	}
	return arena_printf(arena, "%s</xml>", text);
}

static const char *write_text(const struct courier *courier, const json_t *message)
{
	char *json;
	const char *text;

	if (!courier->is_json)
		return write_xml(courier->arena, message);
	json = json_dumps(message, JSON_COMPACT);
	text = arena_strdup(courier->arena, json);
	free(json);
	return text;
}

static struct push_text write_message(
	const struct courier *courier, const json_t *message, const char *hex)
{
	const char *text = write_text(courier, message), *end = courier->is_json ? "}" : "</xml>";
	size_t size = strlen(text) - strlen(end), n_bytes;
	const char *bytes = hex_bytes(courier->arena, hex, &n_bytes);
	size_t whole_size = size + n_bytes + strlen(end);
	char *whole = arena_alloc(courier->arena, whole_size), *at = mempcpy(whole, text, size);

	at = mempcpy(at, bytes, n_bytes);
	memcpy(at, end, strlen(end));
	return (struct push_text){whole, whole_size};
}

static void encrypt(struct courier *courier, const struct push_text *message)
{
	const struct wechat_push_key key = {
		.text = courier->app->aes_key, .appid = courier->app->appid,
	};
	uint8_t random[WECHAT_PUSH_RANDOM_SIZE];

	crypto_random(random, sizeof(random));
	courier->encrypted = wechat_push_seal(
		&key, random, courier->arena, message->bytes, message->size);
}

/* The body; in compatible mode with both forms. */
static struct push_text make_body(struct courier *courier)
{
	const char *bytes = courier->push->bytes;
	json_t *message = make_message(courier->push);
	struct push_text text = write_message(courier, message, bytes);

	if (!is_mode(courier->push, courier->app, "plain")) {
		encrypt(courier, &text);
		if (is_mode(courier->push, courier->app, "encrypted")) {
			json_object_clear(message);
			bytes = NULL;
		}
		add(message, "ToUserName", "gh_sandbox");
		add(message, "Encrypt", courier->encrypted);
		text = write_message(courier, message, bytes);
	}
	json_decref(message);
	return text;
}

/* What a courier's call comes to. */
struct attempt {
	struct arena *arena;
	struct delivery *delivery;
};

static bool note_answer(void *ctx, const struct http_answer *answer)
{
	struct attempt *attempt = ctx;
	struct delivery *delivery = attempt->delivery;

	delivery->status = answer->status;
	delivery->body = arena_strdup(attempt->arena, answer->body);
	delivery->is_taken = answer->status == 200 &&
		(answer->size == 0 || strcmp(answer->body, "success") == 0);
	return true;
}

static void deliver(const struct courier *courier, struct http_client *client,
	const struct push_text *body, struct delivery *delivery)
{
	char signature[WECHAT_PUSH_SIGNATURE_SIZE], of_message[WECHAT_PUSH_SIGNATURE_SIZE];
	struct wechat_push_params params = {
		.token = courier->app->push_token, .timestamp = courier->timestamp,
		.nonce = courier->nonce,
	};
	bool is_plain = courier->encrypted == NULL;
	struct attempt attempt = {courier->arena, delivery};
	const struct http_param query[] = {
		{"signature", signature}, {"timestamp", courier->timestamp},
		{"nonce", courier->nonce}, {"openid", courier->push->openid},
		{"encrypt_type", is_plain ? NULL : "aes"},
		{"msg_signature", is_plain ? NULL : of_message}, {NULL, NULL},
	};
	const struct http_call call = {
		.path = "", .query = query, .body = body->bytes, .size = body->size,
		.content_type = courier->is_json ? "application/json" : "text/xml",
		.deadline_us = clock_monotonic_us() + PATIENCE_US,
		.is_ok = note_answer,
		.ctx = &attempt,
	};
	struct http_answer answer;

	wechat_push_sign(&params, signature);
	params.encrypted = courier->encrypted;
	wechat_push_sign(&params, of_message);
	*delivery = (struct delivery){.n_tries = delivery->n_tries + 1};
	http_post(client, &call, &answer);
}

/* The worker's own, which it watches while a push waits for its answer. */
static struct transfers *transfers;

void push_open(void)
{
	transfers = transfers_new(1);
}

void push_close(void)
{
	transfers_free(transfers);
}

int push_fd(void *state)
{
	(void)state;
	return transfers_fd(transfers);
}

void push_resume(void *state)
{
	(void)state;
	transfers_run(transfers);
}

static enum err send_push(struct courier *courier, struct delivery *delivery)
{
	const struct http_site site = {
		.url = courier->app->url,
		.connect_timeout_us = PATIENCE_US,
		.transfers = transfers,
	};
	const struct push_text body = make_body(courier);
	struct http_client *client = http_client_new(&site);

	while (client != NULL && !delivery->is_taken && delivery->n_tries < N_TRIES)
		deliver(courier, client, &body, delivery);
	http_client_free(client);
	return client == NULL ? ERR_PARAMETER : ERR_NONE;
}

static enum err find_app(struct request *req, struct sandbox_app *app_r)
{
	const struct push *push = req->in;
	enum err err = store_find_app(req->db, push->appid, app_r);

	if (err == ERR_ABSENT)
		return request_fail(req, ERR_PARAMETER, "no such app: POST /sandbox/apps first");
	if (err != ERR_NONE)
		return err;
	if (str_is_empty(app_r->url) || str_is_empty(app_r->push_token))
		return request_fail(req, ERR_PARAMETER, "the app has no url or no push_token");
	if (!is_mode(push, app_r, "plain") && !wechat_push_is_key(app_r->aes_key))
		return request_fail(req, ERR_PARAMETER, "the app's aes_key is none");
	return ERR_NONE;
}

/* As Tencent's servers do: up to three times, until somebody says success within 5 s. */
static enum err push(struct request *req)
{
	const struct push *in = req->in;
	struct sandbox_app app;
	struct courier courier = {
		.arena = req->arena, .push = in, .app = &app,
		.is_json = in->format != NULL && strcmp(in->format, "json") == 0,
		.nonce = random_text(req->arena, "", 10),
	};
	enum err err = find_app(req, &app);

	if (err != ERR_NONE)
		return err;
	courier.timestamp = arena_printf(req->arena, "%lld",
		(long long)(in->timestamp != 0 ? in->timestamp : clock_now_us() / 1000000));
	db_close_idle(req->db, 0);
	return send_push(&courier, req->out);
}

const struct sandbox_endpoint control_push = CONTROL("POST", "sandbox/push",
	"Delivers an event to the app's url", push, .source = FROM_BODY, .request = &push_shape,
	.answer = ANSWER_PLAIN, .response = &delivery_shape);
