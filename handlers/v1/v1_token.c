#include "account.h"
#include "arena.h"
#include "clock.h"
#include "request.h"
#include "token.h"
#include "token_message.h"
#include "v1/dialect.h"
#include "v1/v1_token.h"

static const struct field token_fields[] = {
	V1_TOKEN_FIELDS(struct v1_token_answer, token),
	FIELD_END
};

static const struct shape token_shape = {
	.name = "Token", .size = sizeof(struct v1_token_answer), .fields = token_fields,
};

struct v1_token v1_token_from(struct request *req, const struct access_token *token)
{
	return (struct v1_token){
		.access_token = arena_strdup(req->arena, token->text),
		.token_type = "Bearer",
		.expires_in = (int32_t)((token->expires_us - token->issued_us) / CLOCK_SECOND_US),
	};
}

static enum err token_refresh(struct request *req)
{
	struct v1_token_answer *out = req->out;
	struct access_token token;
	struct account account;
	enum err err = token_message_renew(req, &token, &account);

	if (err == ERR_NONE)
		out->token = v1_token_from(req, &token);
	return err;
}

static const enum err errors[] = {TOKEN_MESSAGE_ERRORS, ERR_NONE};

const struct endpoint v1_token_refresh = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/token/refresh",
	.summary = {"换取新的访问令牌", "Renew an access token"},
	.details = {"没有请求体，旧令牌放在 Authorization: Bearer 中，过期 7 天内、登录 90 天内都能换。10 秒内重复得到同一个"
		    "新令牌，之后再用旧令牌换取会注销该次登录的全部令牌。换过的令牌立即失效，用它请求返回 token_expired。",
		"Without a body; the token stands in Authorization: Bearer and may have expired "
		"up to 7 days ago, and the login is at most 90 days old. Repeated within 10 s it "
		"gives the same new token; a later renewal of the old token revokes all tokens of "
		"that login. A request with a renewed token is token_expired at once."},
	.access = ACCESS_ANYBODY,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.takes_old_token = true,
	.answer = ANSWER_PLAIN,
	.response = &token_shape,
	.errors = errors,
	.run = token_refresh,
};

const struct endpoint v1_logout = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/logout",
	.summary = {"退出登录", "Log out"},
	.details = {"没有请求体，令牌放在 Authorization: Bearer 中。过期或换过的也行，注销该次登录的全部令牌。没有令牌或令牌无法识别时也返回 204。"
		    "系统繁忙时失败，登录仍有效，请重试。",
		"Without a body; the token stands in Authorization: Bearer. Any token of a login, "
		"also an old one, revokes all of them. 204 also without a token, or if it is not "
		"known. A busy service fails it, and the login goes on: repeat it."},
	.access = ACCESS_ANYBODY,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.takes_old_token = true,
	.answer = ANSWER_EMPTY,
	.run = token_message_revoke,
};
