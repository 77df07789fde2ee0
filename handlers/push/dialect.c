#include "push/dialect.h"
#include "request.h"

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {404, 0, "没有这个地址", "There is nothing at this address"},
	[ERR_METHOD] = {405, 0, "请求方法不对", "This address takes GET and POST"},
	[ERR_TOO_LARGE] = {413, 0, "请求体过大", "The body is over the limit"},
	[ERR_BAD_REQUEST] = {400, 0, "请求无效", "The request cannot be read"},
	[ERR_FORBIDDEN] = {403, 0, "签名无效", "The signature is not right"},
	[ERR_RATE] = {429, 0, "请求过于频繁，请稍后再试", "Too many requests, try again later"},
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
	.title = {"微信推送", "WeChat's push"},
	.about = {"微信服务器调用的地址，在微信公众平台中填写。应答是纯文本。",
		"WeChat's servers call this address; it is entered in WeChat's console. The "
		"answers are plain text."},
	.refuse = push_refuse,
};

static const struct field query_fields[] = {
	FIELD(struct push_query, signature, STR, .name = "signature", .is_id = true, .max = 64,
		.text = {"微信签名：明文模式与验证地址时",
			"WeChat's signature: in plain mode and to check the URL"}),
	FIELD(struct push_query, msg_signature, STR, .name = "msg_signature", .max = 64,
		.is_id = true,
		.text = {"微信对密文的签名", "WeChat's signature of the encrypted message"}),
	FIELD(struct push_query, timestamp, STR, .name = "timestamp", .max = 20,
		.text = {"Unix 时间，与本机相差不得超过 300 秒",
			"Unix time; at most 300 s from this host's"}),
	FIELD(struct push_query, nonce, STR, .name = "nonce", .max = 128,
		.text = {"随机数", "a random text"}),
	FIELD(struct push_query, echostr, STR, .name = "echostr", .max = 512,
		.text = {"验证地址时原样返回", "answered as it is when the URL is checked"}),
	FIELD_END
};

const struct shape push_query_shape = {
	.name = "PushQuery", .size = sizeof(struct push_query), .fields = query_fields,
};
