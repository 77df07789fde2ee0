#include "admin/admin_app.h"
#include "admin/dialect.h"
#include "app.h"
#include "app_push.h"
#include "request.h"
#include "v1/faults.h"
#include "wechat_push.h"

struct push_request {
	const char *token, *key;
	bool drops_previous;
};

static const struct field push_fields[] = {
	FIELD(struct push_request, token, STR, .name = "token", .max = 64,
		.text = {"消息推送的 Token，1 至 32 个字母或数字；不填保持不变",
			"Token of the message push, 1 to 32 letters and digits; absent: as it is"}),
	FIELD(struct push_request, key, STR, .name = "encoding_aes_key", .max = 64,
		.text = {"EncodingAESKey，43 个字母或数字；不填保持不变",
			"EncodingAESKey, 43 letters and digits; absent: as it is"}),
	FIELD(struct push_request, drops_previous, BOOL, .name = "drops_previous_key",
		.text = {"true：以前的 EncodingAESKey 不再有效",
			"true: the EncodingAESKey before the present one is no longer taken"}),
	FIELD_END
};

static const struct shape push_shape = {
	.name = "AppPush", .size = sizeof(struct push_request), .fields = push_fields,
};

static enum err check_push(struct request *req, const struct push_request *in)
{
	if (in->token != NULL && !app_push_is_token(in->token))
		return v1_refuse_member(req, "token",
			(struct text){"须为 1 至 32 个字母或数字，同微信后台。",
				"It must be 1 to 32 letters and digits, as at WeChat."});
	if (in->key != NULL && !wechat_push_is_key(in->key))
		return v1_refuse_member(req, "encoding_aes_key",
			(struct text){"须为 43 个字母或数字，同微信后台。",
				"It must be 43 letters and digits, as at WeChat."});
	return ERR_NONE;
}

static enum err apps_push_put(struct request *req)
{
	const struct push_request *in = req->in;
	struct app app;
	enum err err = admin_app_find(req, &app);

	if (err == ERR_NONE)
		err = check_push(req, in);
	if (err != ERR_NONE)
		return err;
	err = app_push_set(req->db,
		&(struct app_push_change){
			app.appid, in->token, in->key, .drops_previous = in->drops_previous});
	return admin_app_refuse_gone(req, err);
}

static const enum err errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_apps_push_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/apps/{appid}/push",
	.parameter = {"应用的 appid", "appid of the app"},
	.summary = {"设置消息推送的 Token 和 EncodingAESKey",
		"Set the Token and the key of an app's message push"},
	.details = {"只进不出，加密保存。换了 EncodingAESKey 之后，旧的仍有效，直到 drops_previous_key 或再换一次。"
		    "微信推送到 https://主机/wechat/push/APPID。本机立即生效，其他主机 5 秒之内。重复请求结果相同。",
		"They go in and never come out, and are stored encrypted. After a new "
		"EncodingAESKey the one before is still taken, until drops_previous_key or the "
		"next change. WeChat sends to https://HOST/wechat/push/APPID. It holds at once on "
		"this host, within 5 s on the others. A repetition has the same result."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &push_shape,
	.answer = ANSWER_EMPTY,
	.errors = errors,
	.run = apps_push_put,
};
