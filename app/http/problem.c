#include "arena.h"
#include "json_writer.h"
#include "problem.h"
#include "request.h"

#define PROBLEM_TYPE "application/problem+json"

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {404, 0, "没有这个地址", "There is nothing at this address."},
	[ERR_METHOD] = {405, 0, "请求方法不对", "This address takes another method."},
	[ERR_TOO_LARGE] = {413, 0, "请求体过大", "The body is over the limit."},
	[ERR_MEDIA_TYPE] = {415, 0, "不支持的内容类型", "This type of body is not read here."},
	[ERR_BAD_REQUEST] = {400, 0, "请求无效", "The request cannot be read."},
	[ERR_PARAMETER] = {400, 0, "参数错误", "A member of the message is missing or malformed."},
	[ERR_RATE] = {429, 0, "请求过于频繁", "Too many requests; try again later."},
	[ERR_UNAUTHORIZED] = {401, 0, "需要凭证", "A credential is needed."},
	[ERR_TOKEN_EXPIRED] = {401, 0, "凭证已过期", "The credential has expired."},
	[ERR_TOKEN_REVOKED] = {401, 0, "凭证已作废", "The credential was revoked."},
	[ERR_FORBIDDEN] = {403, 0, "凭证不允许此操作", "The credential does not allow this."},
	[ERR_MAINTENANCE] = {503, 0, "系统维护中", "Down for maintenance."},
	[ERR_TENANT_DISABLED] = {403, 0, "租户已停用", "The tenant is disabled."},
	[ERR_BUSY] = {503, 0, "系统繁忙，请稍后再试", "The database does not answer; try again."},
	[ERR_INTERNAL] = {500, 0, "系统内部错误", "An internal error has occurred."},
};

struct problem {
	const char *type;
	int32_t status;
	const char *title, *instance;
};

static const struct field problem_fields[] = {
	FIELD(struct problem, type, STR, .name = "type",
		.text = {"错误说明的地址", "URL of the error's description"}),
	FIELD(struct problem, status, INT32, .name = "status", .is_optional = true,
		.text = {"HTTP 状态；Web 服务器自己拒绝时没有",
			"HTTP status; absent if the web server itself refused"}),
	FIELD(struct problem, title, STR, .name = "title",
		.text = {"错误说明", "what is wrong"}),
	FIELD(struct problem, instance, STR, .name = "instance",
		.text = {"urn:wxuser:request: 加 X-Request-Id 的值",
			"urn:wxuser:request: and the value of X-Request-Id"}),
	FIELD_END
};

static const struct shape problem_shape = {
	.name = "Problem", .size = sizeof(struct problem), .fields = problem_fields,
};

static void problem_answer(struct request *req)
{
	response_set(req, 200, "application/json");
	json_write(&req->response.body, req->endpoint->response, req->out);
}

/* RFC 9457. A page that a web server shows for its own errors is of no request, and has whatever
 * status the server gives it. */
static void problem_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);
	const bool is_page = *req->id == '\0';
	struct buf *body = &req->response.body;

	response_set(req, error->status, PROBLEM_TYPE);
	buf_append_str(body, "{\"type\":\"about:blank\",");
	if (!is_page)
		buf_printf(body, "\"status\":%d,", error->status);
	buf_append_str(body, "\"title\":");
	json_write_string(body, request_prefers_english(req) ? error->en : error->zh);
	if (!is_page) {
		buf_append_str(body, ",\"instance\":");
		json_write_string(
			body, arena_printf(req->arena, "urn:wxuser:request:%s", req->id));
	}
	buf_append_char(body, '}');
}

const struct dialect problem_dialect = {
	.name = "problem",
	.prefix = "",
	.is_case_sensitive = true,
	.takes_head = true,
	.formats = FORMAT_JSON,
	.flavour = JSON_JACKSON,
	.errors = errors,
	.answers = ANSWER_PLAIN,
	.refusal = &problem_shape,
	.refusal_type = PROBLEM_TYPE,
	.title = {"运维", "Operation"},
	.about = {"负载均衡与监控使用的地址，不需要凭证。失败时返回 RFC 9457 的问题文档。",
		"For load balancers and monitoring, without a credential. A failure is a problem "
		"document of RFC 9457."},
	.answer = problem_answer,
	.refuse = problem_refuse,
};
