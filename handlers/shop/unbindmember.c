#include "member_binding.h"
#include "request.h"
#include "shop/dialect.h"

static enum err unbindmember(struct request *req)
{
	const struct shop_member_req *in = req->in;

	return member_unbind(req->db, &req->principal, in->wx_buying_user_id);
}

static const enum err errors[] = {ERR_PARAMETER, ERR_USER_UNKNOWN, ERR_NONE};

const struct endpoint shop_unbindmember = {
	.dialect = &shop_dialect,
	.method = "POST",
	.path = "api/weixin/wxbuyinguser/unbindmember",
	.summary = "解绑会员",
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.request = &shop_member_req_shape,
	.answer = ANSWER_EMPTY,
	.errors = errors,
	.run = unbindmember,
};
