#include "problem.h"
#include "request.h"

struct health {
	const char *status;
};

static const struct field health_fields[] = {
	FIELD(struct health, status, STR, .name = "status",
		.text = {"固定为 ok", "ok"}),
	FIELD_END
};

static const struct shape health_shape = {
	.name = "Health", .size = sizeof(struct health), .fields = health_fields,
};

/* This process takes requests; nothing else is checked. */
static enum err healthz(struct request *req)
{
	((struct health *)req->out)->status = "ok";
	return ERR_NONE;
}

const struct endpoint ops_healthz = {
	.dialect = &problem_dialect,
	.method = "GET",
	.path = "healthz",
	.summary = {"进程是否应答", "Whether this process takes requests"},
	.details = {"不检查数据库和微信。", "The database and WeChat are not looked at."},
	.access = ACCESS_NO_CREDENTIAL,
	.pool = POOL_ANY,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &health_shape,
	.run = healthz,
};
