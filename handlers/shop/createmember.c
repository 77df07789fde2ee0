#include "member_binding.h"
#include "request.h"
#include "shop/dialect.h"

static enum err createmember(struct request *req)
{
	return shop_give_member(req, member_create);
}

static const enum err errors[] = {ERR_PARAMETER, ERR_USER_UNKNOWN, ERR_PHONE_MALFORMED,
	ERR_ID_CARD_MALFORMED, ERR_MEMBER_OTHER, ERR_MEMBER_REFUSED, ERR_PHONE_TAKEN, ERR_NONE};

const struct endpoint shop_createmember = {
	.dialect = &shop_dialect,
	.method = "POST",
	.path = "api/weixin/wxbuyinguser/createmember",
	.summary = {"注册会员", "Create a member"},
	.details = {"新建会员并绑定到该用户。用户与手机号相同时，重复调用返回同一个会员。会员卡已"
		    "作废的手机号可以再用。用访问令牌调用时，phone 必须是本人验证过的手机号；已有会员时"
		    "返回的也是“请先验证手机号”，所以先调用 bindmember，失败再调用 createmember。",
		"Creates a member and binds the user to it. The same user and phone again give "
		"the same member. A void card gives its phone free. With an access token the phone "
		"must be one that the person has confirmed. One that a member has gets the text of "
		"one that is not confirmed: call bindmember first, and this if that fails."},
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.request = &shop_member_req_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &shop_written_shape,
	.errors = errors,
	.run = createmember,
};
