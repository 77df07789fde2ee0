#include "address.h"
#include "metrics.h"
#include "problem.h"
#include "prometheus.h"
#include "request.h"

static enum err metrics(struct request *req)
{
	if (!address_is_operators(req))
		return request_fail(req, ERR_NOT_FOUND, "not from ops.networks");
	response_set(req, 200, PROMETHEUS_TYPE);
	metrics_write(req->board, &req->response.body);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_NOT_FOUND, ERR_NONE};

const struct endpoint ops_metrics = {
	.dialect = &problem_dialect,
	.method = "GET",
	.path = "metrics",
	.summary = {"本机各进程的计数，供 Prometheus 读取",
		"What the processes of this host have counted, for Prometheus"},
	.details = {"只应答配置项 ops.networks 中的地址，其他地址得到 404。",
		"Only addresses in the configuration's ops.networks are answered; others get 404."},
	.access = ACCESS_NO_CREDENTIAL,
	.pool = POOL_ANY,
	.source = FROM_NOTHING,
	.answer = ANSWER_BY_RUN,
	.errors = errors,
	.run = metrics,
};
