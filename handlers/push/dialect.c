#include "push/dialect.h"
#include "request.h"

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {404, 0, "没有这个地址", "There is nothing at this address"},
	[ERR_METHOD] = {405, 0, "请求方法不对", "This address takes GET and POST"},
	[ERR_TOO_LARGE] = {413, 0, "请求体过大", "The body is over the limit"},
	[ERR_BAD_REQUEST] = {400, 0, "请求无效", "The request cannot be read"},
	[ERR_FORBIDDEN] = {403, 0, "签名无效", "The signature is not right"},
	[ERR_BUSY] = {503, 0, "系统繁忙，请稍后再试", "The service is busy, please try again"},
	[ERR_INTERNAL] = {500, 0, "系统内部错误", "An internal error has occurred"},
};

void push_write(struct request *req, int status, const char *text)
{
	response_set(req, status, "text/plain; charset=utf-8");
	buf_append_str(&req->response.body, text);
}

static void push_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);

	push_write(req, error->status, request_prefers_english(req) ? error->en : error->zh);
}

const struct dialect push_dialect = {
	.name = "push",
	.prefix = "wechat/push/",
	.is_case_sensitive = true,
	.flavour = JSON_JACKSON,
	.errors = errors,
	.refuse = push_refuse,
};

static const struct field query_fields[] = {
	FIELD(struct push_query, signature, STR, .name = "signature", .max = 64),
	FIELD(struct push_query, msg_signature, STR, .name = "msg_signature", .max = 64),
	FIELD(struct push_query, timestamp, STR, .name = "timestamp", .max = 20),
	FIELD(struct push_query, nonce, STR, .name = "nonce", .max = 128),
	FIELD(struct push_query, echostr, STR, .name = "echostr", .max = 512),
	FIELD_END
};

const struct shape push_query_shape = {
	.name = "PushQuery", .size = sizeof(struct push_query), .fields = query_fields,
};
