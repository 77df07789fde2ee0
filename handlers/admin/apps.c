#include "admin/dialect.h"
#include "admin/admin_page.h"
#include "app.h"
#include "app_kind.h"
#include "default_app.h"
#include "request.h"
#include "str.h"
#include "v1/admin_shapes.h"
#include "v1/faults.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_app_shape, "按加入的顺序", "in the order in which they were added")
};

static const struct shape page_shape = {
	.name = "Apps", .size = sizeof(struct page_answer), .fields = page_fields,
};

static struct admin_app app_from(const struct app *app, const struct default_app *preset)
{
	return (struct admin_app){
		.id = app->id,
		.tenant_id = app->tenant_id,
		.appid = app->appid,
		.kind = app_kind_name(app->kind),
		.open_platform = str_is_empty(app->open_platform) ? NULL : app->open_platform,
		.is_default = preset->source != DEFAULT_APP_NONE &&
			strcmp(preset->appid, app->appid) == 0,
	};
}

static int64_t show_app(void *ctx, const void *row, void *item_r)
{
	const struct app *app = row;

	*(struct admin_app *)item_r = app_from(app, ctx);
	return app->id;
}

static enum err apps_get(struct request *req)
{
	struct app *apps, after = {.tenant_id = req->principal.tenant_id};
	struct default_app preset;
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	after.id = page_after_int32(&page);
	if (err == ERR_NONE)
		err = app_page(req->db, &after, page.n_most, &apps, &n);
	if (err == ERR_NONE)
		err = default_app_find(req->db, &preset);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(apps, n, struct admin_app, show_app, &preset));
	return err;
}

static const enum err page_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_apps_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/apps",
	.summary = {"列出应用", "List the apps"},
	.details = {"AppSecret 只进不出。", "A secret goes in and never comes out."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = page_errors,
	.run = apps_get,
};

struct app_request {
	const char *appid, *kind, *secret, *open_platform;
};

#define ASKED(member, type, ...) FIELD(struct app_request, member, type, __VA_ARGS__)

static const struct field request_fields[] = {
	ASKED(appid, STR, .name = "appid", .max = 64, .is_required = true, .is_id = true,
		.text = {"appid，全服务唯一", "appid, which is unique in the service"}),
	ASKED(kind, STR, .name = "kind", .max = 8, .is_required = true,
		.text = {"mini、official、mobile 或 web", "mini, official, mobile or web"}),
	ASKED(secret, STR, .name = "secret", .max = 128, .is_required = true,
		.text = {"AppSecret，加密保存", "AppSecret, which is stored encrypted"}),
	ASKED(open_platform, STR, .name = "open_platform", .max = OPEN_PLATFORM_NAME_MAX_CHARS,
		.is_trimmed = true, .check = v1_check_plain_name,
		.text = {"所属开放平台账号的名称；不填为无",
			"name of the Open Platform account that it is in; absent: none"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "AppRequest", .size = sizeof(struct app_request), .fields = request_fields,
};

static enum err refuse_app(struct request *req, const struct default_app_choice *choice)
{
	if (choice->is_needed)
		return v1_refuse_member(req, "appid",
			(struct text){"不写应用的请求现在归唯一的应用；请运维人员用 wxuserctl app add "
				      "--default 加入，或先用 wxuserctl app set --default 选定。",
				"Requests that name no app go to the only one: an operator adds "
				"this "
				"one by wxuserctl app add --default, or chooses first by wxuserctl "
				"app set --default."});
	return v1_refuse_member(req, "appid",
		(struct text){"已被使用，或形式不对。", "It is taken, or not of an appid's form."});
}

static enum err apps_post(struct request *req)
{
	const struct app_request *in = req->in;
	const char *platform = in->open_platform == NULL ? "" : in->open_platform;
	struct default_app_choice choice = {0};
	struct default_app preset;
	struct app app = {
		.tenant_id = req->principal.tenant_id, .appid = in->appid, .secret = in->secret};
	enum err err;

	if (!app_kind_find(in->kind, &app.kind))
		return v1_refuse_member(req, "kind",
			(struct text){"须为 mini、official、mobile 或 web。",
				"It must be mini, official, mobile or web."});
	err = app_add(req->db, &app, platform, &choice);
	if (err == ERR_PARAMETER)
		return refuse_app(req, &choice);
	if (err == ERR_NONE)
		err = app_find(req->db, in->appid, &app);
	if (err == ERR_APP_UNKNOWN)
		return request_fail(req, ERR_BUSY, "somebody has removed the app meanwhile");
	if (err == ERR_NONE)
		err = default_app_find(req->db, &preset);
	if (err != ERR_NONE)
		return err;
	app.open_platform = platform;
	*(struct admin_app *)req->out = app_from(&app, &preset);
	return ERR_NONE;
}

static const enum err post_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_apps_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/apps",
	.summary = {"加入应用", "Add an app"},
	.details = {"重复请求返回 value：appid 已被使用。",
		"A repetition is refused by value: the appid is taken."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_app_shape,
	.errors = post_errors,
	.run = apps_post,
};
