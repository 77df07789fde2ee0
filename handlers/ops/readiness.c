#include "breaker.h"
#include "clock.h"
#include "conf.h"
#include "db.h"
#include "ops/readiness.h"
#include "request.h"
#include "scoreboard.h"
#include "str.h"

#define READINESS_FOR_ALL                                                                       \
	FIELD(struct readiness, status, STR, .name = "status",                                  \
		.text = {"ready 或 not ready", "ready or not ready"}),                          \
	FIELD(struct readiness, database, STR, .name = "database",                              \
		.text = {"数据库：ok、does not answer（无应答）或 refuses（拒绝）",             \
			"the database: ok, does not answer, or refuses"})

static const struct field readiness_fields[] = {
	READINESS_FOR_ALL,
	FIELD(struct readiness, database_host, STR, .name = "database_host", .may_be_null = true,
		.text = {"正在使用的数据库主机",
			"the host of the database that is in use"}),
	FIELD(struct readiness, database_state, STR, .name = "database_state", .may_be_null = true,
		.text = {"该主机的状态：ready、donor（正在向其他节点传送数据，或 wsrep_desync 为 ON）、read_only（只读）、"
			 "clock_off（时钟偏差）、writes_hang（写入无应答）、"
			 "other_cluster（不属于正在使用的集群）、not_synced（未同步）、"
			 "not_primary（不在多数派中）、refuses（拒绝）或 hangs（无应答）；"
			 "只告诉 ops.networks 中的地址",
			"what is known of that host: ready, donor, read_only, clock_off, "
			"writes_hang, other_cluster, not_synced, not_primary, refuses, or hangs; "
			"shown to ops.networks only"}),
	FIELD(struct readiness, wechat, STR, .name = "wechat",
		.text = {"微信接口的地址", "the URL of WeChat's API"}),
	FIELD(struct readiness, is_sandbox, BOOL, .name = "is_sandbox",
		.text = {"该地址是否为测试沙箱", "whether that is the sandbox"}),
	FIELD(struct readiness, wechat_success_age_s, INT32, .name = "wechat_success_age_s",
		.text = {"距上次微信成功应答的秒数；-1：启动以来没有",
			"seconds since WeChat last answered with success; -1: not since the "
			"start"}),
	FIELD(struct readiness, wechat_refuses_address, STR, .name = "wechat_refuses_address",
		.may_be_null = true,
		.text = {"一小时内被微信以 IP 白名单拒绝的本机地址",
			"the address of this host that WeChat refused within the last hour "
			"because an app's IP whitelist lacks it"}),
	FIELD_END
};

/* What strangers are told. */
static const struct field stranger_fields[] = {READINESS_FOR_ALL, FIELD_END};

const struct shape readiness_stranger_shape = {
	.name = "ReadinessForStrangers", .size = sizeof(struct readiness),
	.fields = stranger_fields,
};

const struct shape readiness_shape = {
	.name = "Readiness", .size = sizeof(struct readiness), .fields = readiness_fields,
};

static int32_t success_age_s(const struct breaker_table *breakers)
{
	int64_t last_us = atomic_load(&breakers->wechat_success_us);

	return last_us == 0 ? -1 : (int32_t)((clock_now_us() - last_us) / CLOCK_SECOND_US);
}

void readiness_find(struct request *req, struct readiness *readiness_r)
{
	const struct breaker_table *breakers = req->board->breakers;
	const enum err err = db_check_host(req->db);

	*readiness_r = (struct readiness){
		.status = err == ERR_NONE ? "ready" : "not ready",
		.database = err == ERR_NONE ? "ok"
			: err == ERR_BUSY   ? "does not answer"
					    : "refuses",
		.database_host = db_host(req->db),
		.database_state = db_host_state(req->db),
		.wechat = req->conf->wechat_base_url,
		.is_sandbox = str_starts_with(req->conf->wechat_base_url, "http://"),
		.wechat_success_age_s = success_age_s(breakers),
		.is_ready = err == ERR_NONE,
	};
	if (whitelist_refusal_find(&breakers->whitelist_refusal, readiness_r->address))
		readiness_r->wechat_refuses_address = readiness_r->address;
}
