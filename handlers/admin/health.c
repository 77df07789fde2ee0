#include "admin/dialect.h"
#include "metrics.h"
#include "ops/readiness.h"
#include "prometheus.h"
#include "request.h"

static enum err health_get(struct request *req)
{
	readiness_find(req, req->out);
	return ERR_NONE;
}

const struct endpoint admin_health_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/health",
	.summary = {"服务是否正常", "Show whether the service is well"},
	.details = {"由应答的这台主机来看。数据库没有应答时不会有这个返回，而是 503。",
		"As the host that answers sees it. Without the database the answer is 503."},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &readiness_shape,
	.run = health_get,
};

static enum err metrics_get(struct request *req)
{
	response_set(req, 200, PROMETHEUS_TYPE);
	metrics_write(req->board, &req->response.body);
	return ERR_NONE;
}

const struct endpoint admin_metrics_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/metrics",
	.summary = {"本机的计数", "What the processes of this host have counted"},
	.details = {"与 /metrics 相同：Prometheus 的文本格式。",
		"As /metrics: Prometheus's text format."},
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_BY_RUN,
	.run = metrics_get,
};
