#include "admin/dialect.h"
#include "app.h"
#include "request.h"

struct secret_request {
	const char *secret;
};

static const struct field secret_fields[] = {
	FIELD(struct secret_request, secret, STR, .name = "secret", .max = 128, .is_required = true,
		.text = {"新的 AppSecret，加密保存", "the new AppSecret, which is stored encrypted"}),
	FIELD_END
};

static const struct shape secret_shape = {
	.name = "AppSecret", .size = sizeof(struct secret_request), .fields = secret_fields,
};

static enum err apps_secret_put(struct request *req)
{
	const struct secret_request *in = req->in;
	struct app app;
	enum err err = app_find(req->db, req->path_parameter, &app);

	if (err == ERR_APP_UNKNOWN ||
		(err == ERR_NONE && app.tenant_id != req->principal.tenant_id))
		return request_fail(req, ERR_NOT_FOUND, "no such app of the tenant");
	if (err == ERR_NONE)
		err = app_set_secret(req->db, app.appid, in->secret);
	return err == ERR_PARAMETER ? request_fail(req, ERR_NOT_FOUND, "the app has gone") : err;
}

static const enum err secret_errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_apps_secret_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/apps/{appid}/secret",
	.parameter = {"应用的 appid", "appid of the app"},
	.summary = {"更换 AppSecret", "Replace an app's secret"},
	.details = {"在微信后台重置之后使用。本机立即生效，其他主机 5 秒之内。重复请求结果相同。",
		"For after it was reset at WeChat. It holds at once on this host, within 5 s on "
		"the "
		"others. A repetition has the same result."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &secret_shape,
	.answer = ANSWER_EMPTY,
	.errors = secret_errors,
	.run = apps_secret_put,
};
