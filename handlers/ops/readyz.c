#include "address.h"
#include "breaker.h"
#include "clock.h"
#include "conf.h"
#include "db.h"
#include "json_writer.h"
#include "problem.h"
#include "request.h"
#include "scoreboard.h"
#include "str.h"

struct readiness {
	const char *status;
	const char *database;
	const char *wechat;
	bool is_sandbox;
	int32_t wechat_success_age_s; /* -1: none since the start */
	/* The address of this host that WeChat refused within the last hour because an app's IP
	 * whitelist lacks it. NULL: none, or the client is outside ops.networks. */
	const char *wechat_refuses_address;
};

static const struct field readiness_fields[] = {
	FIELD(struct readiness, status, STR, .name = "status"),
	FIELD(struct readiness, database, STR, .name = "database"),
	FIELD(struct readiness, wechat, STR, .name = "wechat"),
	FIELD(struct readiness, is_sandbox, BOOL, .name = "is_sandbox"),
	FIELD(struct readiness, wechat_success_age_s, INT32, .name = "wechat_success_age_s"),
	FIELD(struct readiness, wechat_refuses_address, STR, .name = "wechat_refuses_address"),
	FIELD_END
};

static const struct shape readiness_shape = {
	.name = "Readiness", .size = sizeof(struct readiness), .fields = readiness_fields,
};

static int32_t success_age_s(const struct breaker_table *breakers)
{
	int64_t last_us = atomic_load(&breakers->wechat_success_us);

	return last_us == 0 ? -1 : (int32_t)((clock_now_us() - last_us) / CLOCK_SECOND_US);
}

/* Only the database decides. Reads must stay in service while WeChat is slow or silent. */
static enum err readyz(struct request *req)
{
	const struct breaker_table *breakers = req->board->breakers;
	char address[WHITELIST_ADDRESS_SIZE];
	const enum err err = db_ping(req->db);
	const bool is_ready = err == ERR_NONE;
	const struct readiness readiness = {
		.status = is_ready ? "ready" : "not ready",
		.database = is_ready ? "ok" : err == ERR_BUSY ? "does not answer" : "refuses",
		.wechat = req->conf->wechat_base_url,
		.is_sandbox = str_starts_with(req->conf->wechat_base_url, "http://"),
		.wechat_success_age_s = success_age_s(breakers),
		.wechat_refuses_address = address_is_operators(req) &&
				whitelist_refusal_find(&breakers->whitelist_refusal, address) ?
			address :
			NULL,
	};

	response_set(req, is_ready ? 200 : 503, "application/json");
	json_write(&req->response.body, &readiness_shape, &readiness);
	return ERR_NONE;
}

const struct endpoint ops_readyz = {
	.dialect = &problem_dialect,
	.method = "GET",
	.path = "readyz",
	.summary = "Whether the database answers, and when WeChat last did",
	.access = ACCESS_NO_CREDENTIAL,
	.pool = POOL_ANY,
	.source = FROM_NOTHING,
	.answer = ANSWER_BY_RUN,
	.run = readyz,
};
