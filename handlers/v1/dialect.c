#include "arena.h"
#include "credential.h"
#include "json_writer.h"
#include "request.h"
#include "v1/dialect.h"
#include "v1/errors.h"
#include "v1/faults.h"

/* The help page has an entry for each code. */
#define TYPE "/help/#"

struct v1_problem {
	const char *type, *title;
	int32_t status;
	const char *detail, *code, *request_id;
	struct object_list errors;
	int64_t erases_us; /* with ERR_ACCOUNT_CLOSED */
};

static const struct field failure_fields[] = {
	FIELD(struct v1_failure, code, STR, .name = "code",
		.text = {"错误码，供程序判断", "code, for programs"}),
	FIELD(struct v1_failure, detail, STR, .name = "detail",
		.text = {"怎么办", "what to do next"}),
	FIELD(struct v1_failure, retry_after_s, INT32, .name = "retry_after", .is_optional = true,
		.text = {"再试之前等待的秒数", "seconds to wait before another try"}),
	FIELD_END
};

const struct shape v1_failure_shape = {
	.name = "Failure", .size = sizeof(struct v1_failure), .fields = failure_fields,
};

static const struct field problem_fields[] = {
	FIELD(struct v1_problem, type, STR, .name = "type",
		.text = {"错误说明的地址", "URL of the error's description"}),
	FIELD(struct v1_problem, title, STR, .name = "title",
		.text = {"错误", "what is wrong"}),
	FIELD(struct v1_problem, status, INT32, .name = "status", .is_optional = true,
		.text = {"HTTP 状态；Web 服务器自己拒绝时没有",
			"HTTP status; absent if the web server itself refused"}),
	FIELD(struct v1_problem, detail, STR, .name = "detail",
		.text = {"怎么办", "what to do next"}),
	FIELD(struct v1_problem, code, STR, .name = "code",
		.text = {"错误码，供程序判断", "code, for programs"}),
	FIELD(struct v1_problem, request_id, STR, .name = "request_id", .may_be_null = true,
		.text = {"即响应头 X-Request-Id；Web 服务器自己拒绝时为 null",
			"as the header X-Request-Id; null if the web server itself refused"}),
	FIELD(struct v1_problem, errors, OBJECT_LIST, .name = "errors", .shape = &v1_fault_shape,
		.text = {"出错的成员；可以为空", "the members at fault; may be empty"}),
	FIELD(struct v1_problem, erases_us, INSTANT, .name = "erases_at", .is_optional = true,
		.text = {"account_closed 时：何时删除账号",
			"with account_closed: when the account is erased"}),
	FIELD_END
};

const struct shape v1_problem_shape = {
	.name = "V1Problem", .size = sizeof(struct v1_problem), .fields = problem_fields,
};

void v1_answer(struct request *req)
{
	if (req->endpoint->response == NULL) {
		response_set(req, 204, NULL);
		return;
	}
	response_set(req, 200, "application/json");
	json_write(&req->response.body, req->endpoint->response, req->out);
}

static const char *v1_text(const struct request *req, struct text text)
{
	return request_prefers_english(req) ? text.en : text.zh;
}

/* The only user of an endpoint that a token alone opens is the token's. */
static bool v1_person_has_gone(const struct request *req)
{
	return (req->err == ERR_USER_UNKNOWN || req->err == ERR_ACCOUNT_DISABLED) &&
		req->endpoint->access == ACCESS_OWN_TOKEN;
}

static const struct dialect_error *v1_error(const struct request *req)
{
	if (req->err == ERR_UNAUTHORIZED && credential_of(req).text == NULL)
		return &v1_further_errors[V1_CREDENTIAL_MISSING].error;
	if (v1_person_has_gone(req))
		return request_error(req, ERR_UNAUTHORIZED);
	return request_error(req, req->err);
}

static int32_t v1_retry_after_s(const struct request *req, const struct dialect_error *error)
{
	return error->status == 503 && req->retry_after_s == 0 ? req->dialect->retry_after_s
							       : req->retry_after_s;
}

/* Beside another's success no header tells how long to wait. */
static struct text v1_failure_advice(const struct dialect_error *error, enum err err)
{
	static const struct text wait = {
		"请在 retry_after 秒之后再试。", "Try again after retry_after seconds."};

	return err == ERR_RATE || err == ERR_UPSTREAM_TOKEN ? wait : error->advice;
}

struct v1_failure v1_failure_of(struct request *req, enum err err)
{
	const struct dialect_error *error = request_error(req, err);
	const struct v1_failure failure = {
		.code = error->name,
		.detail = v1_text(req, v1_failure_advice(error, err)),
		.retry_after_s = v1_retry_after_s(req, error),
	};

	req->retry_after_s = 0;
	return failure;
}

/* The code of the first member at fault is that of the whole. A page that a web server shows for
 * its own errors is of no request, and has whatever status the server gives it. */
void v1_refuse_with(struct request *req, const struct dialect_error *error)
{
	const struct object_list faults = v1_faults_of(req);
	const char *code = faults.n_items > 0 ? ((const struct v1_fault *)faults.items)->code
					      : error->name;
	const bool is_page = *req->id == '\0';
	const struct v1_problem problem = {
		.type = arena_printf(req->arena, TYPE "%s", code),
		.title = v1_text(req, (struct text){error->zh, error->en}),
		.status = is_page ? 0 : error->status,
		.detail = v1_text(req, error->advice),
		.code = code,
		.request_id = is_page ? NULL : req->id,
		.errors = faults,
		.erases_us = req->err_until_us,
	};

	req->retry_after_s = v1_retry_after_s(req, error);
	response_set(req, error->status, V1_PROBLEM_TYPE);
	json_write(&req->response.body, &v1_problem_shape, &problem);
}

static void v1_refuse(struct request *req)
{
	v1_refuse_with(req, v1_error(req));
}

const struct dialect v1_dialect = {
	.name = "v1",
	.prefix = "v1/",
	V1_FORM,
	.private_headers = "Cache-Control: no-store\r\n",
	.errors = v1_errors,
	.further_errors = v1_further_errors,
	.title = {"本服务自己的接口", "wxuser's own API"},
	.about = {"请求体和返回都是 JSON（查验令牌也收表单），没有成员的请求体是 {}；时间为 UTC。失败返回 "
		  "application/problem+json，程序看 code；title 和 detail 按 Accept-Language 用中文或英文。"
		  "从 POST /v1/login 开始。",
		"Bodies and answers are JSON (introspection takes a form, too), a body without "
		"members is {}, times are UTC. A failure is application/problem+json: a program "
		"looks at code; title and detail "
		"are in Chinese or English by Accept-Language. Begin with POST /v1/login."},
	.refuse = v1_refuse,
};
