#include "customer/dialect.h"
#include "request.h"
#include "token.h"

static enum err logout(struct request *req)
{
	return token_revoke(req->db, req->principal.token_id);
}

const struct endpoint customer_logout = {
	.dialect = &customer_dialect,
	.method = "POST",
	.path = "api/Customer/Logout",
	.summary = "退出登录",
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.run = logout,
};
