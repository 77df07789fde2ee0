#include "arena.h"
#include "code_login.h"
#include "customer/dialect.h"
#include "json_writer.h"
#include "request.h"
#include "webapi.h"
#include "xml_writer.h"

#define STATUS_SUCCESS 1
#define STATUS_FAIL 0

/* dialect_error.code: the error stands in the envelope. */
#define ENVELOPE 1

static const struct dialect_error errors[ERR_N] = {
	WEBAPI_DISPATCH_ERRORS,
	WEBAPI_ACCESS_ERRORS,
	[ERR_INTERNAL] = {500, 0, "出现错误。", "An error has occurred."},
	[ERR_RATE] = {429, ENVELOPE, "请求过于频繁，请稍后再试",
		"Too many requests, try again later"},
	[ERR_FORBIDDEN] = {200, ENVELOPE, "此凭证无权执行该请求",
		"The credential does not allow this request"},
	[ERR_KEY_NETWORK] = {200, ENVELOPE, "该 API key 不能从这个地址使用",
		"The API key is not for this address"},
	[ERR_PARAMETER] = {200, ENVELOPE, "参数错误", "Invalid parameter"},
	[ERR_APP_UNKNOWN] = {200, ENVELOPE, "未知的应用，请检查 X-WX-AppId",
		"Unknown app: check the header X-WX-AppId"},
	[ERR_OPENID_MALFORMED] = {200, ENVELOPE, "openId 无效", "openId is not a WeChat openid"},
	[ERR_PROOF_MISSING] = {200, ENVELOPE, "无法确认 openId 属于该用户，请重新登录",
		"Nothing proves that the openId is the caller's: log in again"},
	[ERR_UNIONID_OTHER] = {200, ENVELOPE, "unionId 与该用户不符",
		"unionId is not this user's"},
	CODE_LOGIN_TEXTS(200, ENVELOPE),
	[ERR_BUSY] = {200, ENVELOPE, "系统繁忙，请稍后再试",
		"The service is busy, try again later"},
};

/* The member of the request that an error is about; NULL: none. */
static const char *const members[ERR_N] = {
	[ERR_OPENID_MALFORMED] = "openId",
	[ERR_PROOF_MISSING] = "session_key",
	[ERR_UNIONID_OTHER] = "unionId",
	[ERR_CODE_INVALID] = "code",
	[ERR_CODE_USED] = "code",
};

static void write_result(
	struct request *req, int http_status, const struct customer_result *result)
{
	const struct shape *shape = req->endpoint->response != NULL ? &customer_authorized_shape
								    : &customer_result_shape;

	webapi_begin(req, http_status);
	if (req->media.format == FORMAT_XML)
		xml_write(&req->response.body, shape, result);
	else
		json_write(&req->response.body, shape, result);
}

static void customer_answer(struct request *req)
{
	const struct customer_result result = {
		.data = req->out,
		.status = STATUS_SUCCESS,
		.message = "OK",
		.errors.is_null = true,
	};

	write_result(req, 200, &result);
}

static struct customer_fault fault_of(struct request *req, const char *field, const char *text)
{
	const char **texts = arena_new_of(req->arena, const char *);

	*texts = text;
	return (struct customer_fault){
		.field = field, .messages = {.items = texts, .n_items = 1}};
}

static struct object_list list_bind_errors(struct request *req)
{
	bool is_english = request_prefers_english(req);
	const struct bind_error *error;
	struct customer_fault *faults;
	size_t n = 0;

	for (error = req->binding.errors; error != NULL; error = error->next)
		n++;
	faults = arena_array(req->arena, struct customer_fault, n);
	n = 0;
	for (error = req->binding.errors; error != NULL; error = error->next)
		faults[n++] = fault_of(
			req, error->field, is_english ? error->text.en : error->text.zh);
	return (struct object_list){.items = faults, .n_items = n, .is_null = n == 0};
}

static struct object_list list_errors(struct request *req, const char *message)
{
	struct customer_fault *fault;

	if (req->err == ERR_PARAMETER)
		return list_bind_errors(req);
	if (members[req->err] == NULL)
		return (struct object_list){.is_null = true};
	fault = arena_new_of(req->arena, struct customer_fault);
	*fault = fault_of(req, members[req->err], message);
	return (struct object_list){.items = fault, .n_items = 1};
}

static void customer_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);
	struct customer_result result = {.status = STATUS_FAIL};

	if (error->code != ENVELOPE || req->endpoint == NULL) {
		webapi_refuse(req);
		return;
	}
	result.message = webapi_message(req, error);
	result.errors = list_errors(req, result.message);
	write_result(req, error->status, &result);
}

const struct dialect customer_dialect = {
	.name = "customer",
	.prefix = "api/",
	.is_negotiating = true,
	.formats = FORMAT_JSON | FORMAT_XML | FORMAT_FORM,
	.flavour = JSON_NET,
	.errors = errors,
	.answers = ANSWER_ENVELOPED | ANSWER_EMPTY,
	.envelope = &customer_result_shape,
	.hides_code = true,
	.payload = "data",
	.payload_element = "Data",
	.refusal = &webapi_refusal_shape,
	.title = {"客户", "Customer"},
	.about = {"登录与访问令牌，JSON、XML 或表单。业务结果是 HTTP 200，请求过于频繁时是 429；status "
		  "为 1 表示成功，0 表示失败，原因在 message 和 errors 中；"
		  "凭证无效为 HTTP 401。返回 JSON 还是 XML 由 Accept 决定（*/* 为 JSON），没有 "
		  "Accept 时与请求相同；请求和 Accept 也可用 text/json、text/xml，应答用同一类型；XML 中的 HTTP 错误是 "
		  "<Error><Message>…</Message></Error>，其他应答的根元素是 "
		  "ResultMessageOfMAuthorizationResponsepV765kqn，Logout 的是没有 Data 的 Result。"
		  "有多个应用时，请求头 X-WX-AppId 指明微信应用。",
		"Logins and access tokens, in JSON, XML and forms. The outcome comes with HTTP "
		"200, or with 429 if there were too many requests; status is 1 after a success "
		"and 0 after a failure, which message and errors explain. A credential that is "
		"not valid is HTTP 401. Accept chooses JSON or XML (JSON by */*); without it, an "
		"answer is as the request. text/json and text/xml are taken, too, as the type of "
		"a body and in Accept, and such an answer has the same type. An error with a "
		"number of HTTP is in XML "
		"<Error><Message>…</Message></Error>; the root of other answers is "
		"ResultMessageOfMAuthorizationResponsepV765kqn, of Logout's Result, without Data. "
		"If there are several apps, the header X-WX-AppId names one."},
	.answer = customer_answer,
	.refuse = customer_refuse,
};
