#include "app_push.h"
#include "clock.h"
#include "push/dialect.h"
#include "push/signed.h"
#include "push_event.h"
#include "request.h"
#include "str.h"

/* A later event than any to come would make all of those void. */
static bool is_past(int64_t created_s)
{
	return created_s > 0 &&
		created_s <= clock_now_us() / CLOCK_SECOND_US + PUSH_TOLERANCE_S;
}

/* An event is about the openid that it names, otherwise about its sender. */
static const char *openid_of(const struct push_message *message)
{
	return str_is_empty(message->open_id) ? message->from_user_name : message->open_id;
}

/* Other messages are ignored, and so are events of another app or about a plug-in's consent. */
static bool is_event_of(const struct push_message *message, const struct app_push *app)
{
	return message->msg_type != NULL && str_equal_nocase(message->msg_type, "event") &&
		message->event != NULL && push_event_is_known(message->event) &&
		openid_of(message) != NULL &&
		(str_is_empty(message->app_id) || strcmp(message->app_id, app->appid) == 0) &&
		str_is_empty(message->plugin_id) && str_is_empty(message->open_pid);
}

static enum err take_event(
	struct request *req, const struct app_push *app, const struct push_message *message)
{
	struct push_event event = {
		.tenant_id = app->tenant_id,
		.app_id = app->app_id,
		.appid = app->appid,
		.openid = openid_of(message),
		.name = message->event,
		.revoke_info = message->revoke_info,
		.is_covered = message->is_covered,
	};
	int64_t created_s;

	if (!is_event_of(message, app))
		return ERR_NONE;
	if (message->create_time == NULL || !str_parse_int64(message->create_time, &created_s) ||
		!is_past(created_s))
		return request_fail(req, ERR_BAD_REQUEST, "CreateTime");
	event.happened_us = CLOCK_SECOND_US * created_s;
	return push_event_take(req->db, &event);
}

static enum err receive_event(struct request *req)
{
	struct push_message message;
	struct app_push app;
	enum err err = push_find_app(req, &app);

	if (err == ERR_NONE)
		err = push_read(req, &app, &message);
	if (err == ERR_NONE)
		err = take_event(req, &app, &message);
	if (err == ERR_NONE)
		push_write(req, 200, "success");
	return err;
}

static const enum err errors[] = {ERR_FORBIDDEN, ERR_RATE, ERR_BAD_REQUEST, ERR_NONE};

const struct endpoint push_receive = {
	.dialect = &push_dialect,
	.method = "POST",
	.path = "wechat/push/{appid}",
	.summary = {"微信消息推送：接收事件", "WeChat delivers an event"},
	.details = {"正文是微信的 XML 或 JSON 消息，明文、兼容或加密；应用有 EncodingAESKey 时拒收明文。有作用的事件是 subscribe、"
		    "unsubscribe、user_info_modified、user_authorization_revoke 和 "
		    "user_authorization_cancellation；其他消息和重复的事件应答 success，不作处理。",
		"The body is WeChat's message in XML or JSON, plain, compatible or encrypted; a "
		"plain one is refused if the app has an EncodingAESKey. The "
		"events subscribe, unsubscribe, user_info_modified, user_authorization_revoke and "
		"user_authorization_cancellation have an effect; another message, and an event "
		"that comes again, is answered with success and does nothing."},
	.parameter = {"应用的 appid", "appid of the app"},
	.access = ACCESS_SIGNED,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &push_query_shape,
	.answer = ANSWER_BY_RUN,
	.errors = errors,
	.run = receive_event,
};
