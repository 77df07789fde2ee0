#include "app.h"
#include "app_kind.h"
#include "app_token.h"
#include "request.h"
#include "v1/dialect.h"
#include "wechat_token.h"
#include "wechat_token_reader.h"

#define TOKEN_MAX 1024

struct access_token_request {
	const char *refused;
};

static const struct field request_fields[] = {
	FIELD(struct access_token_request, refused, STR, .name = "refused", .max = TOKEN_MAX,
		.is_id = true,
		.text = {"微信拒绝（40001、40014、42001）的令牌",
			"the token that WeChat has refused with 40001, 40014 or 42001"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "AppTokenRequest", .size = sizeof(struct access_token_request),
	.fields = request_fields,
};

struct app_access_token {
	const char *access_token;
	int32_t expires_in;
};

#define TOLD(member, type, ...) FIELD(struct app_access_token, member, type, __VA_ARGS__)

static const struct field token_fields[] = {
	TOLD(access_token, STR, .name = "access_token", .max = TOKEN_MAX,
		.text = {"应用调用微信接口的令牌", "the token with which the app calls WeChat's API"}),
	TOLD(expires_in, INT32, .name = "expires_in",
		.text = {"有效秒数，到期后重新获取", "seconds until it is to be asked for again"}),
	FIELD_END
};

static const struct shape token_shape = {
	.name = "AppToken", .size = sizeof(struct app_access_token), .fields = token_fields,
};

/* Finds an app that the key may ask for. */
static enum err access_token_app(struct request *req, struct app *app_r)
{
	enum err err = app_find(req->db, req->path_parameter, app_r);

	if (err == ERR_APP_UNKNOWN ||
		(err == ERR_NONE && app_r->tenant_id != req->principal.tenant_id))
		return request_fail(req, ERR_NOT_FOUND, "no such app of the tenant");
	if (err == ERR_NONE && !app_kind_has_token(app_r->kind))
		return request_fail(req, ERR_APP_KIND, "an app of this kind has no token");
	if (err == ERR_NONE)
		err = wechat_token_note_reader(req->db, &req->principal, app_r);
	return err == ERR_ABSENT ? request_fail(req, ERR_NOT_FOUND, "not an app of the key") : err;
}

static enum err access_token_get(struct request *req)
{
	const struct access_token_request *in = req->in;
	struct app_access_token *out = req->out;
	struct kept_token token;
	struct app app;
	enum err err = access_token_app(req, &app);

	if (err == ERR_NONE)
		err = app_token_other(req, &app, in->refused, &token);
	if (err != ERR_NONE)
		return err;
	out->access_token = token.text;
	out->expires_in = token.left_s;
	return ERR_NONE;
}

static const enum err errors[] = {
	ERR_NOT_FOUND, ERR_PARAMETER, ERR_APP_KIND,
	ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,
	ERR_UPSTREAM_CONFIG, ERR_UPSTREAM_TOKEN,
	ERR_NONE,
};

const struct endpoint v1_apps_access_token = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/apps/{appid}/access-token",
	.parameter = {"微信应用的 appid", "appid of the WeChat app"},
	.summary = {"取得应用的微信 access_token", "Get WeChat's token of an app"},
	.details = {"供同一应用的其他程序（如 EasyWeChat、WxJava）使用：令牌只有一个，微信的 IP 白名单只需登记本服务。"
		    "小程序和公众号可用。API key 须有 wechat 权限，只能从它的 --networks 调用。令牌被微信拒绝时放在 refused "
		    "中再请求一次：若已有更新的令牌就返回它，否则向微信取新的。多个请求同时到来只问微信一次。重复请求得到同一个令牌。",
		"For other programs of the app, as EasyWeChat and WxJava: there is one token, and "
		"WeChat's IP whitelist needs this service alone. For mini programs and official "
		"accounts. The API key has the scope wechat and works from its --networks alone. "
		"If WeChat refuses the token, send it as refused: the answer is the newer one if "
		"there is one, else WeChat is asked for another. Many requests at once ask WeChat "
		"once. Repeated it gives the same token."},
	.access = ACCESS_KEY_WECHAT,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &token_shape,
	.errors = errors,
	.run = access_token_get,
};
