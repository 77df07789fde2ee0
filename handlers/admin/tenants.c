#include "admin/dialect.h"
#include "admin/admin_page.h"
#include "default_app.h"
#include "request.h"
#include "tenant.h"
#include "v1/admin_shapes.h"
#include "v1/faults.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_tenant_shape, "按编号", "by id")
};

static const struct shape page_shape = {
	.name = "Tenants", .size = sizeof(struct page_answer), .fields = page_fields,
};

static struct admin_tenant tenant_from(const struct tenant *tenant)
{
	return (struct admin_tenant){tenant->id, tenant->name, tenant->disabled_us};
}

static int64_t show_tenant(void *ctx, const void *row, void *item_r)
{
	const struct tenant *tenant = row;

	(void)ctx;
	*(struct admin_tenant *)item_r = tenant_from(tenant);
	return tenant->id;
}

static enum err tenants_get(struct request *req)
{
	const struct tenant *tenants;
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = tenant_page(req->db, page_after_int32(&page), page.n_most, &tenants, &n);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(tenants, n, struct admin_tenant, show_tenant, NULL));
	return err;
}

static const enum err page_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_tenants_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/tenants",
	.summary = {"列出租户", "List the tenants"},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = page_errors,
	.run = tenants_get,
};

struct tenant_request {
	const char *name, *default_app;
};

static const struct field request_fields[] = {
	FIELD(struct tenant_request, name, STR, .name = "name", .max = 64, .is_required = true,
		.is_trimmed = true, .check = v1_check_plain_name,
		.text = {"名称，全服务唯一", "name, which is unique in the service"}),
	FIELD(struct tenant_request, default_app, STR, .name = "default_app", .max = 64,
		.is_id = true,
		.text = {"今后不写应用的请求归哪个 appid；现在归唯一的应用时须写",
			"appid of requests that name no app from now on; needed where they go to "
			"the "
			"only app today"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "TenantRequest", .size = sizeof(struct tenant_request), .fields = request_fields,
};

static enum err refuse_tenant(struct request *req, const struct default_app_choice *choice)
{
	if (choice->is_unknown)
		return v1_refuse_member(req, "default_app",
			(struct text){"没有这个应用。", "There is no such app."});
	if (choice->is_needed)
		return v1_refuse_member(req, "default_app",
			(struct text){"不写应用的请求现在归唯一的应用，请写明今后归哪个。",
				"Requests that name no app go to the only one: say to which from "
				"now on."});
	return v1_refuse_member(req, "name",
		(struct text){"名称为空或已被使用。", "The name is blank or taken."});
}

static enum err tenants_post(struct request *req)
{
	const struct tenant_request *in = req->in;
	struct default_app_choice choice = {.appid = in->default_app};
	struct tenant tenant;
	int32_t id;
	enum err err = tenant_add(req->db, in->name, &choice, &id);

	if (err == ERR_PARAMETER)
		return refuse_tenant(req, &choice);
	if (err == ERR_NONE)
		err = tenant_read(req->db, id, &tenant);
	if (err == ERR_NONE)
		*(struct admin_tenant *)req->out = tenant_from(&tenant);
	return err;
}

static const enum err post_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_tenants_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/tenants",
	.summary = {"新建租户", "Add a tenant"},
	.details = {"它的第一个 key 用 wxuserctl key add 建。重复请求返回 value：名称已被使用。",
		"Its first key is made by wxuserctl key add. A repetition is refused by value: the "
		"name is taken."},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_tenant_shape,
	.errors = post_errors,
	.run = tenants_post,
};

struct tenant_patch {
	const char *name;
	bool is_disabled, sets_disabled;
};

static const struct field patch_fields[] = {
	FIELD(struct tenant_patch, name, STR, .name = "name", .max = 64, .is_trimmed = true,
		.check = v1_check_plain_name, .text = {"新名称，全服务唯一；不填不变",
			"new name, which is unique in the service; absent: unchanged"}),
	FIELD(struct tenant_patch, is_disabled, BOOL, .name = "is_disabled",
		.given = offsetof(struct tenant_patch, sets_disabled),
		.text = {"true 停用，false 启用；不填不变",
			"true disables it, false enables it; absent: unchanged"}),
	FIELD_END
};

static const struct shape patch_shape = {
	.name = "TenantChange", .size = sizeof(struct tenant_patch), .fields = patch_fields,
};

static enum err tenants_patch(struct request *req)
{
	const struct tenant_patch *in = req->in;
	struct tenant_change change = {
		.name = in->name,
		.sets_disabled = in->sets_disabled,
		.is_disabled = in->is_disabled,
	};
	struct tenant tenant;
	const char *before;
	enum err err = ERR_ABSENT;

	if (request_path_id(req, &change.id))
		err = tenant_change(req->db, &change, &tenant, &before);
	if (err == ERR_ABSENT)
		return request_fail(req, ERR_NOT_FOUND, "no such tenant");
	if (err == ERR_PARAMETER)
		return refuse_tenant(req, &(struct default_app_choice){0});
	if (err == ERR_NONE)
		*(struct admin_tenant *)req->out = tenant_from(&tenant);
	return err;
}

static const enum err patch_errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_tenants_patch = {
	.dialect = &admin_dialect,
	.method = "PATCH",
	.path = "v1/admin/tenants/{id}",
	.parameter = {"租户的编号", "id of the tenant"},
	.summary = {"改名、停用或启用租户", "Rename, disable or enable a tenant"},
	.details = {"停用后一秒之内，所有主机拒绝它的 key、令牌、登录和会话，但不作废、不删除；微信推送的事件仍会处理。没有写的不变。重复请求结果相同。",
		"Within a second all hosts refuse the keys, tokens, logins and sessions of a "
		"disabled tenant; none is revoked or deleted, and WeChat's events are still taken. "
		"What is absent stays as it is. A repetition has the same result."},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &patch_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_tenant_shape,
	.errors = patch_errors,
	.run = tenants_patch,
};
