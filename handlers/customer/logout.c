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
	.summary = {"退出登录", "Log out"},
	.details = {"请求体为空。注销该次登录的全部令牌，重复调用得到 401。",
		"The body is empty. Revokes all tokens of that login; a repetition gets 401."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.run = logout,
};
