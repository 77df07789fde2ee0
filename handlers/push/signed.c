#include "app_push.h"
#include "clock.h"
#include "db.h"
#include "push/dialect.h"
#include "push/push_sender.h"
#include "push/signed.h"
#include "request.h"
#include "setting.h"
#include "str.h"
#include "wechat_push.h"

/* The members have no maximum, since one that is too long would pass for absent. RevokeInfo alone
 * has one: the list that it becomes is stored, and without it nothing is erased. */
static const struct field message_fields[] = {
	FIELD(struct push_message, from_user_name, STR, .name = "FromUserName"),
	FIELD(struct push_message, create_time, STR, .name = "CreateTime"),
	FIELD(struct push_message, msg_type, STR, .name = "MsgType"),
	FIELD(struct push_message, event, STR, .name = "Event"),
	FIELD(struct push_message, open_id, STR, .name = "OpenID"),
	FIELD(struct push_message, app_id, STR, .name = "AppID"),
	FIELD(struct push_message, encrypted, STR, .name = "Encrypt"),
	FIELD(struct push_message, revoke_info, STR, .name = "RevokeInfo", .max = 256),
	FIELD(struct push_message, plugin_id, STR, .name = "PluginID"),
	FIELD(struct push_message, open_pid, STR, .name = "OpenPID"),
	FIELD_END
};

static const struct shape message_shape = {
	.name = "Push", .size = sizeof(struct push_message), .fields = message_fields,
	.xml_root = "xml",
};

static const char *or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static bool is_fresh(const char *timestamp)
{
	int64_t now_s = clock_now_us() / CLOCK_SECOND_US, then_s;

	return timestamp != NULL && str_parse_int64(timestamp, &then_s) &&
		then_s >= now_s - PUSH_TOLERANCE_S && then_s <= now_s + PUSH_TOLERANCE_S;
}

enum err push_find_app(struct request *req, struct app_push *app_r)
{
	const struct push_query *query = req->in;
	enum err err = push_sender_find_app(req, app_r);

	if (err != ERR_NONE)
		return err;
	if (str_is_empty(app_r->token))
		return request_fail(req, ERR_FORBIDDEN, "the app has no push token");
	if (!is_fresh(query->timestamp))
		return request_fail(req, ERR_FORBIDDEN, "the timestamp is not of these minutes");
	return push_sender_check(req, app_r);
}

static struct wechat_push_params signed_params(
	const struct push_query *query, const struct app_push *app, const char *encrypted)
{
	return (struct wechat_push_params){
		.token = app->token,
		.timestamp = query->timestamp,
		.nonce = or_empty(query->nonce),
		.encrypted = encrypted,
	};
}

/* Checks one signature. reason: for the log. */
static enum err push_check_signature(struct request *req, const struct app_push *app,
	const char *encrypted, const char *signature, const char *reason)
{
	const struct wechat_push_params params = signed_params(req->in, app, encrypted);
	const bool is_right = wechat_push_is_signed(&params, signature);

	push_sender_note(req, app, is_right);
	return is_right ? ERR_NONE : request_fail(req, ERR_FORBIDDEN, reason);
}

enum err push_check_url(struct request *req, const struct app_push *app)
{
	const struct push_query *query = req->in;

	return push_check_signature(req, app, NULL, query->signature, "signature");
}

/* A message is XML, or JSON if the app's owner has chosen it. */
static enum err push_parse(
	struct request *req, const struct body *body, struct push_message *message_r)
{
	struct binding binding;

	bind_loosely(&message_shape, req->arena, body, &binding);
	if (binding.model == NULL)
		return request_fail(req, ERR_BAD_REQUEST, "the message cannot be read");
	*message_r = *(const struct push_message *)binding.model;
	return ERR_NONE;
}

/* Returns NULL bytes if the key does not open it. */
static struct body push_decrypt(
	struct request *req, const struct app_push *app, const char *key, const char *encrypted)
{
	const struct wechat_push_key push_key = {.text = key, .appid = app->appid};
	struct body body = {0};

	if (!str_is_empty(key))
		body.bytes = wechat_push_open(&push_key, req->arena, encrypted, &body.size);
	return body;
}

static enum err push_decrypt_message(
	struct request *req, const struct app_push *app, struct push_message *message)
{
	const struct push_query *query = req->in;
	struct body body;
	enum err err = push_check_signature(
		req, app, message->encrypted, query->msg_signature, "msg_signature");

	if (err != ERR_NONE)
		return err;
	body = push_decrypt(req, app, app->key, message->encrypted);
	if (body.bytes == NULL)
		body = push_decrypt(req, app, app->previous_key, message->encrypted);
	if (body.bytes == NULL)
		return request_fail(req, ERR_FORBIDDEN, "an encrypted message does not open");
	err = push_parse(req, &body, message);
	message->is_covered = true;
	return err;
}

/* The signature of a plain message does not cover it: whoever has seen one may send others. */
static enum err push_check_plain(struct request *req, const struct app_push *app)
{
	bool is_taken = str_is_empty(app->key);
	enum err err = ERR_NONE;

	if (!is_taken)
		err = setting_bool(req->db, app->tenant_id, SETTING_push_takes_plain, &is_taken);
	return err != ERR_NONE || is_taken
		? err
		: request_fail(req, ERR_FORBIDDEN,
			  "a plain message, though the app has a key; to take it run: wxuserctl "
			  "tenant set TENANT push_takes_plain true");
}

enum err push_read(
	struct request *req, const struct app_push *app, struct push_message *message_r)
{
	const struct push_query *query = req->in;
	/* A message without any signature is not read. */
	enum err err = query->msg_signature == NULL ? push_check_url(req, app) : ERR_NONE;

	if (err == ERR_NONE)
		err = push_parse(req, &req->body, message_r);
	if (err == ERR_BAD_REQUEST && push_check_url(req, app) != ERR_NONE)
		return ERR_FORBIDDEN;
	if (err != ERR_NONE)
		return err;
	if (message_r->encrypted != NULL)
		return push_decrypt_message(req, app, message_r);
	err = push_check_url(req, app);
	return err == ERR_NONE ? push_check_plain(req, app) : err;
}
