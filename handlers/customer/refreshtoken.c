#include "account.h"
#include "customer/authorized.h"
#include "customer/dialect.h"
#include "request.h"
#include "token.h"
#include "token_message.h"

static enum err refreshtoken(struct request *req)
{
	struct access_token token;
	struct account account;
	enum err err = token_message_renew(req, &token, &account);

	return err == ERR_NONE ? customer_authorized(req, &account, &token) : err;
}

static const enum err errors[] = {TOKEN_MESSAGE_ERRORS, ERR_NONE};

const struct endpoint customer_refreshtoken = {
	.dialect = &customer_dialect,
	.method = "POST",
	.path = "api/Customer/RefreshToken",
	.summary = {"换取新的访问令牌", "Renew an access token"},
	.details = {"请求体忽略，旧令牌放在 Authorization: Bearer 中；过期 7 天内、登录 90 天内有效。10 秒内重复得到同一个"
		    "新令牌，之后再用旧令牌换取会注销该次登录的全部令牌。",
		"A body is ignored; the token stands in Authorization: Bearer and may have "
		"expired up to 7 days ago, and the login is at most 90 days old. Repeated within "
		"10 s it gives the same new token; a later renewal of the old token revokes all "
		"tokens of that login."},
	.access = ACCESS_ANYBODY,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.takes_old_token = true,
	.answer = ANSWER_ENVELOPED,
	.response = &customer_authorization_shape,
	.errors = errors,
	.run = refreshtoken,
};
