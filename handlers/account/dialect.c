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
	[ERR_FORBIDDEN] = {200, 403, "没有权限，请联系管理员授权",
		"Not allowed, ask the administrator"},
	[ERR_MAINTENANCE] = {200, 503, "系统维护中，请稍后再试", "Down for maintenance"},
	[ERR_PARAMETER] = {200, 500, "缺少参数 code 或其格式错误", "code is missing or malformed"},
	[ERR_APP_UNKNOWN] = {200, 500, "未知的应用，请检查 X-WX-AppId",
		"Unknown app: check the header X-WX-AppId"},
	CODE_LOGIN_TEXTS(200, 500),
	[ERR_BUSY] = {200, 500, "系统繁忙，请稍后再试", "The service is busy, try again later"},
	[ERR_INTERNAL] = {200, 500, "操作失败", "The operation has failed"},
};

/* account.envelope: the payload stands beside msg and code, under data, or at both places. The
 * vendor's page can be read both ways, and no key collides. */
static void account_answer(struct request *req)
{
	const char *envelope = req->conf->account_envelope;
	struct buf *body = &req->response.body;
	size_t payload, size;

	response_set(req, 200, "application/json");
	buf_append_str(body, "{\"msg\":");
	json_write_string(body, request_prefers_english(req) ? "Success" : "操作成功");
	buf_append_str(body, ",\"code\":200,");
	if (strcmp(envelope, "nested") == 0)
		buf_append_str(body, "\"data\":{");
	payload = body->size;
	json_write_members(body, req->endpoint->response, req->out);
	size = body->size - payload;
	if (strcmp(envelope, "both") == 0) {
		buf_append_str(body, ",\"data\":{");
		buf_append_again(body, payload, size);
	}
	buf_append_str(body, strcmp(envelope, "flat") == 0 ? "}" : "}}");
}

/* Spring's document for an unknown path. */
static void account_refuse_path(struct request *req)
{
	struct buf *body = &req->response.body;

	response_set(req, 404, "application/json");
	buf_append_str(body, "{\"timestamp\":");
	json_write_string(body, account_instant(req->arena, clock_now_us()));
	buf_append_str(body, ",\"status\":404,\"error\":\"Not Found\",\"path\":");
	json_write_string(body, req->path);
	buf_append_char(body, '}');
}

static void account_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);
	struct buf *body = &req->response.body;

	if (req->err == ERR_NOT_FOUND) {
		account_refuse_path(req);
		return;
	}
	response_set(req, error->status, "application/json");
	buf_append_str(body, "{\"msg\":");
	json_write_string(body, request_prefers_english(req) ? error->en : error->zh);
	buf_printf(body, ",\"code\":%d}", error->code);
}

const struct dialect account_dialect = {
	.name = "account",
	.prefix = "account_api/",
	.is_case_sensitive = true,
	.formats = FORMAT_JSON | FORMAT_FORM,
	.flavour = JSON_JACKSON,
	.errors = errors,
	.answers = ANSWER_ENVELOPED,
	.answer = account_answer,
	.refuse = account_refuse,
};
