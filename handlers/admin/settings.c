#include "admin/dialect.h"
#include "arena.h"
#include "request.h"
#include "setting.h"
#include "v1/admin_shapes.h"
#include "v1/faults.h"

struct settings_answer {
	struct object_list settings;
};

static const struct field settings_fields[] = {
	FIELD(struct settings_answer, settings, OBJECT_LIST, .name = "settings",
		.shape = &admin_setting_shape, .text = {"按名称", "by name"}),
	FIELD_END
};

static const struct shape settings_shape = {
	.name = "Settings", .size = sizeof(struct settings_answer), .fields = settings_fields,
};

#define SETTINGS_MAX 128

struct settings_found {
	struct setting *settings;
	size_t n;
	const char *name; /* the one that is looked for; NULL: all are */
};

static void keep_setting(void *ctx, const struct setting *setting)
{
	struct settings_found *found = ctx;

	if (found->n < SETTINGS_MAX &&
		(found->name == NULL || strcmp(found->name, setting->name) == 0))
		found->settings[found->n++] = *setting;
}

static enum err find_settings(
	struct request *req, const char *name, struct settings_found *found_r)
{
	*found_r = (struct settings_found){
		.settings = arena_array(req->arena, struct setting, SETTINGS_MAX), .name = name};
	return setting_list(req->db, req->principal.tenant_id, keep_setting, found_r);
}

static enum err settings_get(struct request *req)
{
	struct settings_answer *out = req->out;
	struct settings_found found;
	enum err err = find_settings(req, NULL, &found);

	out->settings = (struct object_list){.items = found.settings, .n_items = found.n};
	return err;
}

const struct endpoint admin_settings_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/settings",
	.summary = {"列出租户的设置", "List the tenant's settings"},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &settings_shape,
	.run = settings_get,
};

struct setting_request {
	const char *value;
};

static const struct field request_fields[] = {
	FIELD(struct setting_request, value, STR, .name = "value", .max = 16, .is_required = true,
		.takes_scalars = true,
		.text = {"新的值：true、false 或数字，写成字符串也可以，如 \"3\"",
			"the new value: true, false or a number, also as a string as \"3\""}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "SettingRequest", .size = sizeof(struct setting_request),
	.fields = request_fields,
};

/* Says which values the setting takes. */
static enum err refuse_value(struct request *req)
{
	struct settings_found found;
	const enum err err = find_settings(req, req->path_parameter, &found);
	const char *values = err == ERR_NONE && found.n == 1 ? found.settings[0].values : "";

	if (err != ERR_NONE)
		return err;
	return v1_refuse_member(req, "value",
		(struct text){arena_printf(req->arena, "不是该设置可取的值，须为 %s。", values),
			arena_printf(req->arena, "It must be %s.", values)});
}

static enum err settings_put(struct request *req)
{
	const struct setting_request *in = req->in;
	struct settings_found found;
	enum err err;

	if (!setting_exists(req->path_parameter))
		return request_fail(req, ERR_NOT_FOUND, "no such setting");
	if (setting_is_of_operator(req->path_parameter))
		return v1_refuse_member(req, "value",
			(struct text){"短信费用由服务的运行者承担，由其用 wxuserctl tenant set 修改。",
				"Whoever runs the service pays for it and changes it: wxuserctl "
				"tenant set."});
	err = setting_set(
		req->db, req->principal.tenant_id, req->path_parameter, in->value);
	if (err == ERR_PARAMETER)
		return refuse_value(req);
	if (err == ERR_NONE)
		err = find_settings(req, req->path_parameter, &found);
	if (err == ERR_NONE && found.n == 1)
		*(struct setting *)req->out = found.settings[0];
	return err;
}

static const enum err put_errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_settings_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/settings/{name}",
	.parameter = {"设置的名称", "name of the setting"},
	.summary = {"修改一项设置", "Change a setting"},
	.details = {"本机立即生效，其他主机 5 秒之内。重复请求结果相同。by_operator 为 true 的不能修改。"
		    "设置 retain_…_days 会删除多少，先用 settings/{name}/preview 看。",
		"It holds at once on this host, within 5 s on the others. A repetition has the "
		"same result. One whose by_operator is true is refused. What a "
		"setting retain_…_days would remove, settings/{name}/preview shows before."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_setting_shape,
	.errors = put_errors,
	.run = settings_put,
};
