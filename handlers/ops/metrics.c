#include "address.h"
#include "conf.h"
#include "exporter.h"
#include "network.h"
#include "problem.h"
#include "prometheus.h"
#include "request.h"

/* Behind a proxy that is not among the trusted ones anybody may stand. */
static bool may_read(const struct request *req)
{
	struct network client, peer;

	if (!address_find_client(req, &client) || !network_parse_address(req->remote_addr, &peer))
		return false;
	if (req->forwarded_for != NULL && network_meets(&client, &peer))
		return false;
	return network_meets_list(&client, req->conf->ops_networks);
}

static enum err metrics(struct request *req)
{
	const struct exporter *exporter = req->exporter;

	if (!may_read(req))
		return request_fail(req, ERR_NOT_FOUND, "not from ops.networks");
	response_set(req, 200, PROMETHEUS_TYPE);
	exporter->write(exporter->ctx, &req->response.body);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_NOT_FOUND, ERR_NONE};

const struct endpoint ops_metrics = {
	.dialect = &problem_dialect,
	.method = "GET",
	.path = "metrics",
	.summary = "What the processes of this machine have counted, for Prometheus",
	.access = ACCESS_OPERATOR,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.errors = errors,
	.run = metrics,
};
