#include "request.h"
#include "shop/dialect.h"
#include "wechat_user.h"

struct getbyopenid_request {
	const char *open_id;
};

static const struct field request_fields[] = {
	FIELD(struct getbyopenid_request, open_id, STR, .name = "openId", .max = 2048,
		.is_id = true,
		.is_required = true,
		.text = {"微信 openid，区分大小写",
			"the WeChat openid; upper and lower case differ"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "GetByOpenId", .size = sizeof(struct getbyopenid_request), .fields = request_fields,
};

static enum err getbyopenid(struct request *req)
{
	const struct getbyopenid_request *in = req->in;
	struct wechat_user user;
	enum err err = wechat_user_by_openid(req->db, &req->principal, in->open_id, &user);

	return shop_answer_user(req, err, &user);
}

const struct endpoint shop_getbyopenid = {
	.dialect = &shop_dialect,
	.method = "GET",
	.path = "api/weixin/wxbuyinguser/getbyopenid",
	.summary = {"通过openId获取微信买家用户",
		"Get a user by openid"},
	.details = {"没有该 openId 的用户时返回 null；没有 openId 参数时返回 404。",
		"The answer is null if nobody has this openid. Without openId it is 404."},
	.access = ACCESS_KEY_READ | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.may_answer_null = true,
	.response = &shop_user_shape,
	.run = getbyopenid,
};
