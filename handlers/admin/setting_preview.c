#include "admin/admin_page.h"
#include "admin/dialect.h"
#include "arena.h"
#include "request.h"
#include "retention.h"
#include "setting.h"
#include "str.h"
#include "v1/faults.h"

struct preview_request {
	const char *value, *after;
};

static const struct field request_fields[] = {
	FIELD(struct preview_request, value, STR, .name = "value", .max = 16,
		.text = {"想要设的值，必填", "the value to be set; it must be there"}),
	FIELD(struct preview_request, after, STR, .name = "after", .max = 40, .is_id = true,
		.text = {"上一次的 next；不填从头开始",
			"next of the answer before; absent: from the beginning"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "SettingPreviewRequest", .size = sizeof(struct preview_request),
	.fields = request_fields,
};

struct preview_answer {
	const char *rows, *next;
	int32_t n_old, n_stored, n_most;
};

#define PREVIEW(member, type, ...) FIELD(struct preview_answer, member, type, __VA_ARGS__)

static const struct field preview_fields[] = {
	PREVIEW(rows, STR, .name = "rows",
		.text = {"数的是什么：consents、members、merges、residents 或 users",
			"what is counted: consents, members, merges, residents or users"}),
	PREVIEW(n_old, INT32, .name = "old",
		.text = {"这一部分中已经这么旧、会被删除的行数",
			"rows of this part that are that old, and would be removed"}),
	PREVIEW(n_stored, INT32, .name = "stored",
		.text = {"租户共有多少行", "rows that the tenant has in all"}),
	PREVIEW(n_most, INT32, .name = "at_most_per_day",
		.text = {"任务一天最多删除多少行", "rows that the job removes in a day at most"}),
	PREVIEW(next, STR, .name = "next", .max = 40, .may_be_null = true,
		.text = {"下一部分的 after；null 表示数完了",
			"after of the next part; null: all were counted"}),
	FIELD_END
};

static const struct shape preview_shape = {
	.name = "SettingPreview", .size = sizeof(struct preview_answer), .fields = preview_fields,
};

static int32_t count_of(int64_t n)
{
	return n > INT32_MAX ? INT32_MAX : (int32_t)n;
}

static void show_preview(struct request *req, const struct retention_preview *preview)
{
	struct preview_answer *out = req->out;

	*out = (struct preview_answer){
		.rows = preview->rows,
		.n_old = count_of(preview->n_old),
		.n_stored = count_of(preview->n_stored),
		.n_most = count_of(preview->n_most),
	};
	if (preview->place != 0)
		out->next = arena_printf(req->arena, "%lld", (long long)preview->place);
}

static enum err refuse_value(struct request *req)
{
	return v1_refuse_member(req, "value",
		(struct text){"不是该设置可取的值。", "The setting does not take this value."});
}

static enum err settings_preview_get(struct request *req)
{
	const struct preview_request *in = req->in;
	const int32_t tenant_id = req->principal.tenant_id;
	const char *name = req->path_parameter;
	struct retention_preview preview = {0};
	int32_t days;
	enum err err;

	if (!retention_has(name))
		return request_fail(req, ERR_NOT_FOUND, "the setting removes nothing");
	if (in->after != NULL &&
		(!str_parse_int64(in->after, &preview.place) || preview.place < 1))
		return admin_page_refuse_after(req);
	if (!str_parse_int32(in->value == NULL ? "" : in->value, &days))
		return refuse_value(req);
	err = setting_check(req->db, tenant_id, name, in->value);
	if (err == ERR_PARAMETER)
		return refuse_value(req);
	if (err == ERR_NONE)
		err = retention_look(req->db, tenant_id, name, days, &preview);
	if (err == ERR_NONE)
		show_preview(req, &preview);
	return err;
}

static const enum err errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_settings_preview_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/settings/{name}/preview",
	.parameter = {"设置的名称", "name of the setting"},
	.summary = {"预览设置 retain_…_days 的一个值会删除多少",
		"See how much a value of a setting retain_…_days would remove"},
	.details = {"同 wxuserctl tenant set --dry-run，什么都不改。一次最多数一秒：next 不是 null 时，"
		    "把它作为 after 再发，old 相加。0 不删除任何东西。其他设置返回 404。",
		"As wxuserctl tenant set --dry-run; it changes nothing. It counts for a second at "
		"most: while next is not null, send it as after and add up old. 0 removes nothing. "
		"Any other setting is 404."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &preview_shape,
	.errors = errors,
	.run = settings_preview_get,
};
