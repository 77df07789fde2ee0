#include "admin/dialect.h"
#include "admin_cookie.h"
#include "credential.h"
#include "request.h"
#include "v1/dialect.h"
#include "v1/errors.h"

enum { CREDENTIAL_MISSING, WRONG_NETWORK, CROSS_SITE };

static bool is_of_all(const struct endpoint *endpoint)
{
	(void)endpoint;
	return true;
}

static bool takes_session(const struct endpoint *endpoint)
{
	return !endpoint->begins_session;
}

static const struct further_error further_errors[] = {
	[CREDENTIAL_MISSING] = {
		.in_place_of = ERR_UNAUTHORIZED,
		.is_of = is_of_all,
		.when = {"请求没有凭证", "the request has no credential"},
		.error = {.status = 401, .name = "credential_missing", .zh = "缺少凭证",
			.en = "A credential is needed",
			.advice = {"请发送 Authorization: Bearer 和 admin 权限的 API key，或先开始会话。",
				"Send Authorization: Bearer and an API key with the scope admin, "
				"or begin a session."}},
	},
	[WRONG_NETWORK] = {
		.in_place_of = ERR_KEY_NETWORK,
		.is_of = is_of_all,
		.when = {"请求不是来自 admin.networks（运维人员为 ops.networks），或 API key 有 --networks "
			 "而请求来自其他地址",
			"the request does not come from admin.networks (of an operator "
			"ops.networks), or not from the networks of the API key"},
		.error = {.status = 403, .name = "wrong_network", .zh = "不能从这个地址使用管理接口",
			.en = "The Admin API is not for this address",
			.advice = {"请在配置中设置 admin.networks，或用 wxuserctl key set 设置 --networks。",
				"Set admin.networks in the configuration, or the key's networks by "
				"wxuserctl key set."}},
	},
	[CROSS_SITE] = {
		.in_place_of = ERR_FORBIDDEN,
		.is_of = takes_session,
		.when = {"请求带着会话的 cookie，但由其他网站的页面发出",
			"the request has the cookie of a session, and another site's page has "
			"sent it"},
		.error = {.status = 403, .name = "cross_site", .zh = "请求来自其他网站的页面",
			.en = "Another site's page has sent the request",
			.advice = {"请从本服务自己的页面发送；程序请直接用 key，不用 cookie。",
				"Send it from a page of this service; a program sends the key, and "
				"no cookie."}},
	},
	{.in_place_of = ERR_NONE},
};

static const struct dialect_error *admin_error(const struct request *req)
{
	const char *text = credential_of(req).text;

	if (req->err == ERR_UNAUTHORIZED && text == NULL && admin_cookie_of(req) == NULL)
		return &further_errors[CREDENTIAL_MISSING].error;
	if (req->err == ERR_FORBIDDEN && req->principal.kind == PRINCIPAL_ANONYMOUS)
		return &further_errors[CROSS_SITE].error;
	if (req->err == ERR_KEY_NETWORK)
		return &further_errors[WRONG_NETWORK].error;
	return request_error(req, req->err);
}

static void admin_refuse(struct request *req)
{
	v1_refuse_with(req, admin_error(req));
}

const struct dialect admin_dialect = {
	.name = "admin",
	.prefix = "v1/admin/",
	V1_FORM,
	/* A browser shows no answer in a frame, and gives it to no other site's page. */
	.private_headers = "Cache-Control: no-store\r\n"
			   "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
			   "Cross-Origin-Resource-Policy: same-origin\r\n"
			   "Referrer-Policy: no-referrer\r\n"
			   "X-Frame-Options: DENY\r\n",
	.errors = v1_errors,
	.further_errors = further_errors,
	.title = {"管理接口", "The Admin API"},
	.about = {"形式同 /v1。默认关闭，应答 404；由配置项 admin.api 开启。"
		  "凭证是有 admin 权限的 API key（只管本租户），或运维人员的 key（wxuserctl operator "
		  "add；只管服务，看不到租户的个人数据），放在 Authorization: Bearer 中；页面用 POST "
		  "/v1/admin/session 换成会话 cookie。只应答配置项 admin.networks 中的地址。个人数据默认遮掩，"
		  "每项操作都记入审计。列表按编号分页：after、limit 和 next。",
		"In form as /v1. It is off, and answers 404, unless the configuration's admin.api "
		"is true. The credential is an API key with the scope admin, which is for "
		"its own tenant, or an operator's key (wxuserctl operator add), which is for the "
		"service and shows no personal data of a tenant, as Authorization: Bearer; a page "
		"exchanges it for a session by POST /v1/admin/session. Only addresses in the "
		"configuration's admin.networks are answered. Personal data are masked, and each "
		"act is written to the audit. Lists have pages: after, limit and next."},
	.refuse = admin_refuse,
};
