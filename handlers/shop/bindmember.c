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
	.summary = "绑定会员",
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.request = &shop_member_req_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &shop_written_shape,
	.errors = errors,
	.run = bindmember,
};
