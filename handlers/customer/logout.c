#include "customer/dialect.h"
#include "token_message.h"

const struct endpoint customer_logout = {
	.dialect = &customer_dialect,
	.method = "POST",
	.path = "api/Customer/Logout",
	.summary = {"退出登录", "Log out"},
	.details = {"请求体忽略，令牌放在 Authorization: Bearer 中。过期或换过的也行，注销该次登录的全部令牌。"
		    "没有令牌或令牌无法识别时也返回成功。系统繁忙时失败，登录仍有效，请重试。",
		"A body is ignored; the token stands in Authorization: Bearer. Any token of a "
		"login, also an old one, revokes all of them. A success also without a token, or "
		"if it is not known. A busy service fails it, and the login goes on: repeat it."},
	.access = ACCESS_ANYBODY,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.takes_old_token = true,
	.answer = ANSWER_EMPTY,
	.run = token_message_revoke,
};
