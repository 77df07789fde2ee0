#include <string.h>

#include "admin/admin_page.h"
#include "admin/admin_query.h"
#include "admin/dialect.h"
#include "arena.h"
#include "login_refusal.h"
#include "request.h"
#include "str.h"
#include "v1/admin_shapes.h"
#include "v1/faults.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_refusal_shape, "最近的在前", "the latest first")
};

static const struct shape page_shape = {
	.name = "RefusedLogins", .size = sizeof(struct page_answer), .fields = page_fields,
};

/* What is older than the last one of a page: its time and its id. */
static const char *next_after(struct request *req, const struct login_refusal *last)
{
	return arena_printf(req->arena, "%lld.%lld", (long long)last->happened_us,
		(long long)last->id);
}

static bool read_after(struct request *req, const char *after, struct login_refusal_filter *filter)
{
	char *time = arena_strdup(req->arena, after);
	char *id = strchr(time, '.');

	if (id == NULL)
		return false;
	*id++ = '\0';
	return str_parse_int64(time, &filter->before_us) && filter->before_us > 0 &&
		str_parse_int64(id, &filter->before_id);
}

static enum err read_page(
	struct request *req, const struct page_request *page, struct login_refusal_filter *filter)
{
	enum err err = admin_page_limit(req, page->limit, &filter->n_most);

	if (err == ERR_NONE && page->after != NULL && !read_after(req, page->after, filter))
		return admin_page_refuse_after(req);
	return err;
}

/* n_most of the filter is one more than is shown. */
static enum err show_refusals(struct request *req, const struct login_refusal_filter *filter)
{
	struct page_answer *out = req->out;
	const size_t n_shown = (size_t)filter->n_most - 1;
	const struct login_refusal *refusals;
	size_t n;
	enum err err = login_refusal_list_of_tenant(req->db, filter, &refusals, &n);

	if (err != ERR_NONE)
		return err;
	if (n > n_shown) {
		n = n_shown;
		out->next = next_after(req, &refusals[n - 1]);
	}
	out->items = (struct object_list){.items = refusals, .n_items = n};
	return ERR_NONE;
}

/* ---- All, of an app, or of a request. */

struct list_request {
	struct page_request page;
	const char *appid, *request_id, *since;
};

#define LISTED(member, type, ...) FIELD(struct list_request, member, type, __VA_ARGS__)

static const struct field list_fields[] = {
	ADMIN_PAGE_QUERY(struct list_request),
	LISTED(appid, STR, .name = "appid", ADMIN_QUERY_APP,
		.text = {"只列这个应用的", "of this app alone"}),
	LISTED(request_id, STR, .name = "request_id", .max = 64, .is_id = true,
		.text = {"只列响应头 X-Request-Id 是它的请求；不与 appid 同用",
			"of the request whose answer had this X-Request-Id; without appid"}),
	LISTED(since, STR, .name = "since", ADMIN_QUERY_TIME,
		.text = {"只列这个时间及以后的", "then or later alone"}),
	FIELD_END
};

static const struct shape list_shape = {
	.name = "RefusedLoginList", .size = sizeof(struct list_request), .fields = list_fields,
};

static enum err logins_refused_get(struct request *req)
{
	const struct list_request *in = req->in;
	struct login_refusal_filter filter = {
		.tenant_id = req->principal.tenant_id, .request_id = in->request_id,
	};
	enum err err = read_page(req, &in->page, &filter);

	if (err == ERR_NONE && in->appid != NULL && in->request_id != NULL)
		err = v1_refuse_member(req, "request_id",
			(struct text){"不能与 appid 同用。", "It goes without appid."});
	if (err == ERR_NONE)
		err = admin_query_time(req, "since", in->since, &filter.since_us);
	if (err == ERR_NONE)
		err = admin_query_app(req, in->appid, &filter.app_id);
	return err == ERR_NONE ? show_refusals(req, &filter) : err;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_logins_refused_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/logins/refused",
	.summary = {"列出被拒绝的登录", "List logins that were refused"},
	.details = {"同 wxuserctl login list：最近七天，谁没有登录成功，为什么。微信拒绝的 code 没有 "
		    "openid，按请求或时间找。一个应用拒绝得很多时，每台主机每分钟只记 60 次，statistics 计全部。",
		"As wxuserctl login list: who could not get in within the last seven days, and "
		"why. A code that WeChat refused names no openid: look for the request or the "
		"time. Of an app that refuses many, 60 a minute and host are kept; statistics "
		"counts all."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &list_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = logins_refused_get,
};

/* ---- Of an openid. */

struct find_request {
	struct page_request page;
	const char *openid;
};

static const struct field find_fields[] = {
	ADMIN_PAGE_QUERY(struct find_request),
	FIELD(struct find_request, openid, STR, .name = "openid", .max = 64, .is_required = true,
		.is_id = true, .text = {"openid", "openid"}),
	FIELD_END
};

static const struct shape find_shape = {
	.name = "RefusedLoginFind", .size = sizeof(struct find_request), .fields = find_fields,
};

static enum err logins_refused_find_post(struct request *req)
{
	const struct find_request *in = req->in;
	struct login_refusal_filter filter = {
		.tenant_id = req->principal.tenant_id, .openid = in->openid,
	};
	enum err err = read_page(req, &in->page, &filter);

	return err == ERR_NONE ? show_refusals(req, &filter) : err;
}

const struct endpoint admin_logins_refused_find_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/logins/refused/find",
	.summary = {"按 openid 查找被拒绝的登录", "Find the refused logins of an openid"},
	.details = {"is_claimed 为 true 的，openid 只是客户端所称，可能是别人的请求。openid 放在正文里，因为 URL 会进日志。",
		"Where is_claimed is true, the client alone has named the openid, so the request "
		"may be somebody else's. The openid is in the body, since URLs are logged."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &find_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = logins_refused_find_post,
};
