#include "request.h"
#include "shop/dialect.h"
#include "str.h"
#include "wechat_user.h"

static enum err saveuser(struct request *req)
{
	const struct shop_user *in = req->in;
	struct shop_written *out = req->out;
	const struct wechat_user user = {
		.id = in->id,
		.openid = str_is_empty(in->open_id) ? NULL : in->open_id,
		.name = in->name,
		.avatar = in->profile,
		.phone = in->phone,
		.member_id = in->member_id,
	};

	if (in->tenant_id != 0 && in->tenant_id != req->principal.tenant_id)
		return ERR_TENANT_OTHER;
	return wechat_user_save(req->db, &req->principal, &user, &out->id);
}

static const enum err errors[] = {ERR_PARAMETER, ERR_USER_UNKNOWN, ERR_OPENID_MALFORMED,
	ERR_OPENID_FIXED, ERR_TENANT_OTHER, ERR_MEMBER_ID_FIXED, ERR_NONE};

const struct endpoint shop_saveuser = {
	.dialect = &shop_dialect,
	.method = "POST",
	.path = "api/weixin/wxbuyinguser/saveuser",
	.summary = {"保存获取微信买家用户", "Save a user"},
	.details = {"有 id 时更新该用户，否则按 openId 新建或更新。不填或 null 的成员保持原值，"
		    "JSON 中的空字符串清除。重复调用返回相同结果。访问令牌不能新建用户，也须用 id 或 openId 指明本人。",
		"Updates the user of id; without an id creates or updates that of openId. A "
		"member that is absent or null keeps its value; an empty string in JSON clears it. "
		"A repetition gives the same answer. An access token cannot create a user, and "
		"names its own by id or openId, too."},
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.request = &shop_user_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &shop_written_shape,
	.errors = errors,
	.run = saveuser,
};
