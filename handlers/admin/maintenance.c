#include "admin/dialect.h"
#include "arena.h"
#include "maintenance.h"
#include "request.h"
#include "v1/admin_shapes.h"

static enum err maintenance_show(struct request *req)
{
	struct maintenance everywhere;
	enum err err = maintenance_find(req->db, &everywhere);

	*(struct admin_maintenance *)req->out = (struct admin_maintenance){
		.is_on_here = maintenance_is_on_here(req->conf),
		.is_on_everywhere = everywhere.is_on,
		.changed_us = everywhere.changed_us,
		.changed_by = everywhere.changed_by,
	};
	return err;
}

const struct endpoint admin_maintenance_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/maintenance",
	.summary = {"是否在维护", "Show whether maintenance is on"},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &admin_maintenance_shape,
	.run = maintenance_show,
};

struct maintenance_request {
	bool is_on;
};

static const struct field request_fields[] = {
	FIELD(struct maintenance_request, is_on, BOOL, .name = "everywhere", .is_required = true,
		.text = {"true 开始维护，false 结束", "true begins maintenance, false ends it"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "MaintenanceRequest", .size = sizeof(struct maintenance_request),
	.fields = request_fields,
};

static enum err maintenance_put(struct request *req)
{
	const struct maintenance_request *in = req->in;
	const struct principal *principal = &req->principal;
	enum err err = maintenance_set(req->db, in->is_on,
		arena_printf(
			req->arena, "operator %d %s", principal->key_id, principal->name));

	return err == ERR_NONE ? maintenance_show(req) : err;
}

static const enum err put_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_maintenance_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/maintenance",
	.summary = {"开始或结束维护", "Begin or end maintenance"},
	.details = {"对所有主机，一秒之内生效。管理接口中运维人员的部分仍可用。单台主机用 wxuserctl maintenance。",
		"Of all hosts; it holds within a second. The operators' part of the Admin API is "
		"still served. For one host see wxuserctl maintenance."},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_maintenance_shape,
	.errors = put_errors,
	.run = maintenance_put,
};
