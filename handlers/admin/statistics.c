#include "admin/dialect.h"
#include "arena.h"
#include "request.h"
#include "statistics_rows.h"
#include "v1/admin_shapes.h"
#include "v1/faults.h"

#define DAYS_PRESET 7
#define DAYS_MAX 100

struct statistics_request {
	int32_t days;
};

static const struct field request_fields[] = {
	FIELD(struct statistics_request, days, INT32, .name = "days",
		.text = {"最近几天，今天在内：1 至 100；不填为 7",
			"the last days, today among them: 1 to 100; absent: 7"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "StatisticsRequest", .size = sizeof(struct statistics_request),
	.fields = request_fields,
};

struct statistics_answer {
	struct object_list days;
};

static const struct field answer_fields[] = {
	FIELD(struct statistics_answer, days, OBJECT_LIST, .name = "days",
		.shape = &admin_day_shape,
		.text = {"最近的在前；每天先是整个租户，然后是它的各个应用。什么都没有发生的日子不在其中",
			"the latest first, and of each the whole tenant before its apps; a day on "
			"which nothing happened is not among them"}),
	FIELD_END
};

static const struct shape answer_shape = {
	.name = "Statistics", .size = sizeof(struct statistics_answer), .fields = answer_fields,
};

/* A tenant's admin sees its apps, an operator the sums of all tenants. */
static enum err find_days(
	struct request *req, int32_t n_days, const struct day_statistics **days_r, size_t *n_r)
{
	return req->principal.kind == PRINCIPAL_OPERATOR
		? statistics_list_sums(req->db, n_days, days_r, n_r)
		: statistics_list_of_tenant(
			  req->db, req->principal.tenant_id, n_days, days_r, n_r);
}

static enum err statistics_get(struct request *req)
{
	const struct statistics_request *in = req->in;
	const int32_t n_days = in->days == 0 ? DAYS_PRESET : in->days;
	struct statistics_answer *out = req->out;
	const struct day_statistics *days;
	struct admin_day *shown;
	size_t n;
	enum err err;

	if (n_days < 1 || n_days > DAYS_MAX)
		return v1_refuse_member(
			req, "days", (struct text){"须为 1 至 100。", "It must be 1 to 100."});
	err = find_days(req, n_days, &days, &n);
	if (err != ERR_NONE)
		return err;
	shown = arena_array(req->arena, struct admin_day, n);
	for (size_t i = 0; i < n; i++)
		shown[i] = admin_day_of(&days[i]);
	out->days = (struct object_list){.items = shown, .n_items = n};
	return ERR_NONE;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_statistics_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/statistics",
	.summary = {"按天统计", "Statistics by day"},
	.details = {"同 wxuserctl stats：登录、活跃的人、拒绝及原因、短信等。租户管理员看本租户及其应用的，运维人员看每个租户的合计。"
		    "最近十秒的可能还不在其中。",
		"As wxuserctl stats: logins, active people, refusals by reason, messages and more. "
		"A tenant's admin sees the tenant and its apps, an operator the sums of each "
		"tenant. What the last ten seconds brought may be missing."},
	.access = ACCESS_BY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &answer_shape,
	.errors = errors,
	.run = statistics_get,
};
