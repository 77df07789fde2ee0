#include "request.h"
#include "shop/dialect.h"
#include "wechat_user.h"

struct get_request {
	int32_t id;
};

static const struct field request_fields[] = {
	FIELD(struct get_request, id, INT32, .name = "id", .is_id = true, .is_required = true,
		.text = {"用户 Id", "id of the user"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "Get", .size = sizeof(struct get_request), .fields = request_fields,
};

static enum err get(struct request *req)
{
	const struct get_request *in = req->in;
	struct wechat_user user;
	enum err err = wechat_user_by_id(req->db, &req->principal, in->id, &user);

	return shop_answer_user(req, err, &user);
}

const struct endpoint shop_get = {
	.dialect = &shop_dialect,
	.method = "GET",
	.path = "api/weixin/wxbuyinguser/get",
	.summary = {"获取微信买家用户", "Get a user"},
	.details = {"没有该用户时返回 null；没有 id 时返回 404，id 不是数字时返回 400。",
		"The answer is null if there is no such user. Without id it is 404, and 400 if id "
		"is no number."},
	.access = ACCESS_KEY_READ | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.may_answer_null = true,
	.response = &shop_user_shape,
	.run = get,
};
