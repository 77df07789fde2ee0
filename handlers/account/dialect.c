#include "account/dialect.h"
#include "account/instant.h"
#include "arena.h"
#include "clock.h"
#include "code_login.h"
#include "conf.h"
#include "json_writer.h"
#include "request.h"

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {404, 404, "Not Found", "Not Found"},
	[ERR_METHOD] = {200, 500, "不支持的请求方法", "The request method is not supported"},
	[ERR_TOO_LARGE] = {200, 500, "请求体过大", "The body is over the limit"},
	[ERR_MEDIA_TYPE] = {200, 500, "不支持的内容类型", "The type of the body is not supported"},
	[ERR_BAD_REQUEST] = {200, 500, "请求无效", "The request cannot be read"},
	[ERR_RATE] = {200, 429, "请求过于频繁，请稍后再试", "Too many requests, try again later"},
	[ERR_UNAUTHORIZED] = {200, 401, "认证失败，无法访问系统资源", "The credential is not valid"},
	[ERR_TOKEN_EXPIRED] = {200, 401, "登录状态已过期", "The login has expired"},
	[ERR_TOKEN_REVOKED] = {200, 401, "登录状态已过期", "The login has expired"},
	[ERR_KEY_NETWORK] = {200, 403, "该 API key 不能从这个地址使用",
		"The API key is not for this address"},
	[ERR_MAINTENANCE] = {200, 503, "系统维护中，请稍后再试", "Down for maintenance"},
	[ERR_TENANT_DISABLED] = {200, 403, "服务已停用，请联系管理员",
		"The service is disabled, ask the administrator"},
	[ERR_PARAMETER] = {200, 500, "缺少参数 code 或其格式错误", "code is missing or malformed"},
	[ERR_APP_UNKNOWN] = {200, 500, "未知的应用，请检查 X-WX-AppId",
		"Unknown app: check the header X-WX-AppId"},
	CODE_LOGIN_TEXTS(200, 500),
	[ERR_BUSY] = {200, 500, "系统繁忙，请稍后再试", "The service is busy, try again later"},
	[ERR_INTERNAL] = {200, 500, "操作失败", "The operation has failed"},
};

struct envelope {
	const char *msg;
	int32_t code;
};

static const struct field envelope_fields[] = {
	FIELD(struct envelope, msg, STR, .name = "msg",
		.text = {"操作成功，或失败的原因", "what is wrong, or Success"}),
	FIELD(struct envelope, code, INT32, .name = "code",
		.text = {"200：成功；401：凭证有误；403：API key 不能从该地址使用，或租户已停用；"
			 "429：过于频繁；"
			 "503：维护中；500：其他失败",
			"200: success; 401: the credential; 403: an API key that is not for the "
			"address, or a tenant that is disabled; 429: too often; 503: maintenance; "
			"500: any other failure"}),
	FIELD_END
};

static const struct shape envelope_shape = {
	.name = "AjaxResult", .size = sizeof(struct envelope), .fields = envelope_fields,
};

struct lost_path {
	const char *timestamp;
	int32_t status;
	const char *error, *path;
};

static const struct field lost_path_fields[] = {
	FIELD(struct lost_path, timestamp, STR, .name = "timestamp",
		.text = {"时间，UTC", "the time, UTC"}),
	FIELD(struct lost_path, status, INT32, .name = "status",
		.text = {"HTTP 状态", "HTTP status"}),
	FIELD(struct lost_path, error, STR, .name = "error",
		.text = {"错误说明", "what is wrong"}),
	FIELD(struct lost_path, path, STR, .name = "path",
		.text = {"请求的路径", "the path of the request"}),
	FIELD_END
};

/* Spring's document for an unknown path. */
static const struct shape lost_path_shape = {
	.name = "SpringError", .size = sizeof(struct lost_path), .fields = lost_path_fields,
};

static void account_begin(struct request *req, const struct envelope *envelope)
{
	response_set(req, 200, "application/json");
	buf_append_char(&req->response.body, '{');
	json_write_members(&req->response.body, &envelope_shape, envelope);
}

#define PAYLOAD "data"

/* account.envelope: the payload stands beside msg and code, under data, or at both places. The
 * vendor's page can be read both ways, and no key collides. */
static void account_answer(struct request *req)
{
	const struct envelope success = {
		.msg = request_prefers_english(req) ? "Success" : "操作成功",
		.code = 200,
	};
	const char *setting = req->conf->account_envelope;
	struct buf *body = &req->response.body;
	size_t payload, size;

	account_begin(req, &success);
	buf_append_char(body, ',');
	if (strcmp(setting, "nested") == 0)
		buf_append_str(body, "\"" PAYLOAD "\":{");
	payload = body->size;
	json_write_members(body, req->endpoint->response, req->out);
	size = body->size - payload;
	if (strcmp(setting, "both") == 0) {
		buf_append_str(body, ",\"" PAYLOAD "\":{");
		buf_append_again(body, payload, size);
	}
	buf_append_str(body, strcmp(setting, "flat") == 0 ? "}" : "}}");
}

static void account_refuse_path(struct request *req)
{
	const struct lost_path lost = {
		.timestamp = account_instant(req->arena, clock_now_us()),
		.status = 404,
		.error = "Not Found",
		.path = req->path,
	};

	response_set(req, lost.status, "application/json");
	json_write(&req->response.body, &lost_path_shape, &lost);
}

static void account_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);
	const struct envelope failure = {
		.msg = request_prefers_english(req) ? error->en : error->zh,
		.code = error->code,
	};

	if (req->err == ERR_NOT_FOUND) {
		account_refuse_path(req);
		return;
	}
	account_begin(req, &failure);
	buf_append_char(&req->response.body, '}');
}

const struct dialect account_dialect = {
	.name = "account",
	.prefix = "account_api/",
	.is_case_sensitive = true,
	.formats = FORMAT_JSON | FORMAT_FORM,
	.flavour = JSON_JACKSON,
	.errors = errors,
	.answers = ANSWER_ENVELOPED,
	.envelope = &envelope_shape,
	.payload = PAYLOAD,
	.has_members_beside = true,
	.refusal = &lost_path_shape,
	.title = {"账号", "Account"},
	.about = {"登录。不需要凭证，code 本身就是。服务应答时总是 HTTP 200，结果看 code；只有路径不"
		  "存在时为 404，Web 服务器自己拒绝的有它的 HTTP 状态。要访问令牌，请用同一个 code 调用 AppAuthorization 或 "
		  "/v1/login。"
		  "有多个应用时，请求头 X-WX-AppId 指明微信应用。数据同时在外层和 data 中。",
		"Logins. They need no credential: the code is one. The service answers with "
		"HTTP 200 and the outcome in code; only an unknown path is 404, and what the web "
		"server refuses itself has its HTTP status. For an access token, send the same "
		"code to AppAuthorization or /v1/login. If there are several "
		"apps, the header X-WX-AppId names one. The members stand at the top and in data."},
	.answer = account_answer,
	.refuse = account_refuse,
};
