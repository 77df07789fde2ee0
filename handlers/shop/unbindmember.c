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
	.summary = {"解绑会员", "Unbind the member"},
	.details = {"只看 wxBuyingUserId，其余成员忽略。没有绑定时也返回成功。",
		"Only wxBuyingUserId counts. It is a success, too, if nothing was bound."},
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.request = &shop_member_req_shape,
	.answer = ANSWER_EMPTY,
	.errors = errors,
	.run = unbindmember,
};
