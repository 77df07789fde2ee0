#include "member_binding.h"
#include "request.h"
#include "shop/dialect.h"

static enum err bindmember(struct request *req)
{
	return shop_give_member(req, member_bind);
}

static const enum err errors[] = {ERR_PARAMETER, ERR_USER_UNKNOWN, ERR_PHONE_MALFORMED,
	ERR_ID_CARD_MALFORMED, ERR_MEMBER_UNKNOWN, ERR_MEMBER_OTHER, ERR_MEMBER_TAKEN,
	ERR_MEMBER_MISMATCH, ERR_MEMBER_REFUSED, ERR_CARD_LOST, ERR_CARD_VOID, ERR_CARD_UNUSABLE,
	ERR_NONE};

const struct endpoint shop_bindmember = {
	.dialect = &shop_dialect,
	.method = "POST",
	.path = "api/weixin/wxbuyinguser/bindmember",
	.summary = {"绑定会员", "Bind a member"},
	.details = {"把用户绑定到手机号为 phone 的会员；填写的 name、idCard 必须与会员一致（会员没有的不比较），"
		    "sex、birthday、address 不起作用，会员不会改变。重复绑定同一会员返回相同结果。用访问令牌调用时，"
		    "phone 必须是本人验证过的手机号。",
		"Binds the user to the member with this phone; name and idCard must be the "
		"member's if they are given and the member has them; sex, birthday and address "
		"count for nothing, and the member does not change. Binding to the member that the "
		"user has already gives the same answer. With an access token the phone must be "
		"one that the person has confirmed."},
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.request = &shop_member_req_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &shop_written_shape,
	.errors = errors,
	.run = bindmember,
};
