#include "address.h"
#include "json_writer.h"
#include "ops/readiness.h"
#include "problem.h"
#include "request.h"

/* Only the database decides. Reads must stay in service while WeChat is slow or silent. */
static enum err readyz(struct request *req)
{
	struct readiness readiness;

	readiness_find(req, &readiness);
	response_set(req, readiness.is_ready ? 200 : 503, "application/json");
	json_write(&req->response.body,
		address_is_operators(req) ? &readiness_shape : &readiness_stranger_shape,
		&readiness);
	return ERR_NONE;
}

const struct endpoint ops_readyz = {
	.dialect = &problem_dialect,
	.method = "GET",
	.path = "readyz",
	.summary = {"数据库是否应答，以及微信上次应答的时间",
		"Whether the database answers, and when WeChat last did"},
	.details = {"只有数据库决定结果：无应答时为 HTTP 503。ops.networks 以外的客户端只得到 status 和 database。",
		"The database alone decides: without it the HTTP status is 503. Clients outside "
		"ops.networks are told status and database alone."},
	.access = ACCESS_NO_CREDENTIAL,
	.pool = POOL_ANY,
	.source = FROM_NOTHING,
	.answer = ANSWER_BY_RUN,
	.response = &readiness_shape,
	.run = readyz,
};
