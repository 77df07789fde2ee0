#include "admin/dialect.h"
#include "default_app.h"
#include "request.h"
#include "v1/faults.h"

struct default_answer {
	const char *appid, *source;
};

static const struct field answer_fields[] = {
	FIELD(struct default_answer, appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"不写应用的请求归哪个 appid；null 表示请求须写应用",
			"appid of requests that name no app; null: each has to name its app"}),
	FIELD(struct default_answer, source, STR, .name = "source",
		.text = {"为什么：configured 配置 http.default_app；chosen 选定的；only 唯一的；none 没有",
			"why: configured by http.default_app; chosen; the only one; none"}),
	FIELD_END
};

static const struct shape answer_shape = {
	.name = "DefaultApp", .size = sizeof(struct default_answer), .fields = answer_fields,
};

static enum err default_app_get(struct request *req)
{
	static const char *const sources[] = {
		[DEFAULT_APP_NONE] = "none", [DEFAULT_APP_CONFIGURED] = "configured",
		[DEFAULT_APP_CHOSEN] = "chosen", [DEFAULT_APP_ONLY] = "only",
	};
	struct default_app preset;
	enum err err = default_app_find(req->db, &preset);

	if (err == ERR_NONE)
		*(struct default_answer *)req->out =
			(struct default_answer){preset.appid, sources[preset.source]};
	return err;
}

const struct endpoint admin_default_app_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/default-app",
	.summary = {"查看默认应用", "Show the default app"},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &answer_shape,
	.run = default_app_get,
};

struct default_request {
	const char *appid;
};

static const struct field request_fields[] = {
	FIELD(struct default_request, appid, STR, .name = "appid", .max = 64, .is_required = true,
		.is_id = true, .text = {"appid", "appid"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "DefaultAppRequest", .size = sizeof(struct default_request),
	.fields = request_fields,
};

static enum err default_app_put(struct request *req)
{
	const struct default_request *in = req->in;
	struct default_app_choice choice = {.appid = in->appid};
	enum err err = default_app_set(req->db, &choice);

	if (err == ERR_PARAMETER)
		return v1_refuse_member(req, "appid",
			(struct text){"没有这个应用。", "There is no such app."});
	return err == ERR_NONE ? default_app_get(req) : err;
}

static const enum err put_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_default_app_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/default-app",
	.summary = {"选定默认应用", "Choose the default app"},
	.details = {"同 wxuserctl app set --default：不写应用的请求归它，除非配置了 http.default_app。"
		    "本机立即生效，其他主机 5 秒之内。重复请求结果相同。",
		"As wxuserctl app set --default: for requests that name no app, unless "
		"http.default_app is configured. It holds at once on this host, within 5 s on "
		"the others. A repetition has the same result."},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &answer_shape,
	.errors = put_errors,
	.run = default_app_put,
};
