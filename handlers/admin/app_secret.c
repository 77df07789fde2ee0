#include "admin/dialect.h"
#include "app.h"
#include "app_kind.h"
#include "arena.h"
#include "request.h"
#include "v1/faults.h"
#include "wechat.h"

struct secret_request {
	const char *secret;
	bool is_untried;
};

static const struct field secret_fields[] = {
	FIELD(struct secret_request, secret, STR, .name = "secret", .max = 128, .is_required = true,
		.text = {"新的 AppSecret，加密保存", "the new AppSecret, which is stored encrypted"}),
	FIELD(struct secret_request, is_untried, BOOL, .name = "is_untried",
		.text = {"true：不问微信就保存，用于微信连接不上时",
			"true stores it without asking WeChat, where that cannot be reached"}),
	FIELD_END
};

static const struct shape secret_shape = {
	.name = "AppSecret", .size = sizeof(struct secret_request), .fields = secret_fields,
};

static enum err refuse_secret(struct request *req)
{
	const struct wechat_refusal *refusal = wechat_last_refusal(req->wechat);
	const long long errcode = (long long)refusal->errcode;

	request_fail(req, ERR_PARAMETER, "WeChat refuses the AppSecret");
	if (refusal->address[0] != '\0')
		return v1_refuse_member(req, "secret",
			(struct text){
				arena_printf(req->arena, "无法验证：微信拒绝本机的地址 %s，请加入 IP 白名单。",
					refusal->address),
				arena_printf(req->arena,
					"It cannot be tried: WeChat refuses this host's "
					"address %s, put it on the app's IP whitelist.",
					refusal->address)});
	return v1_refuse_member(req, "secret",
		(struct text){arena_printf(req->arena, "微信不接受（errcode %lld）。", errcode),
			arena_printf(req->arena, "WeChat refuses it with errcode %lld.", errcode)});
}

/* Asks WeChat for the app's token, which ends no other one. */
static enum err try_secret(struct request *req, const struct app *app, const char *secret)
{
	const struct wechat_app tried = {
		.kind = app->kind, .appid = app->appid, .secret = secret};
	struct wechat_token token;
	enum err err = wechat_fetch_token(
		req->wechat, req->arena, &tried, wechat_deadline_us(req->wechat), &token);

	return err == ERR_UPSTREAM_CONFIG ? refuse_secret(req) : err;
}

static enum err apps_secret_put(struct request *req)
{
	const struct secret_request *in = req->in;
	struct app app;
	enum err err = app_find(req->db, req->path_parameter, &app);

	if (err == ERR_APP_UNKNOWN ||
		(err == ERR_NONE && app.tenant_id != req->principal.tenant_id))
		return request_fail(req, ERR_NOT_FOUND, "no such app of the tenant");
	if (err == ERR_NONE && !in->is_untried && app_kind_has_token(app.kind))
		err = try_secret(req, &app, in->secret);
	if (err != ERR_NONE)
		return err;
	err = app_set_secret(req->db, app.appid, in->secret);
	return err == ERR_PARAMETER ? request_fail(req, ERR_NOT_FOUND, "the app has gone") : err;
}

static const enum err secret_errors[] = {
	ERR_NOT_FOUND, ERR_PARAMETER,
	ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,
	ERR_NONE,
};

const struct endpoint admin_apps_secret_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/apps/{appid}/secret",
	.parameter = {"应用的 appid", "appid of the app"},
	.summary = {"更换 AppSecret", "Replace an app's secret"},
	.details = {"在微信后台重置之后使用。先用 stable_token 问微信是否接受，不接受则不保存；移动应用和网站的无法验证。"
		    "本机立即生效，其他主机 5 秒之内。重复请求结果相同。",
		"For after it was reset at WeChat. WeChat is asked first by stable_token, and one "
		"that it refuses is not stored; those of mobile apps and web sites cannot be "
		"tried. It holds at once on this host, within 5 s on the others. A repetition has "
		"the same result."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &secret_shape,
	.answer = ANSWER_EMPTY,
	.errors = secret_errors,
	.run = apps_secret_put,
};
