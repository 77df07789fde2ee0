#include "member_binding.h"
#include "request.h"
#include "shop/dialect.h"
#include "wechat_user.h"

static const struct field user_fields[] = {
	FIELD(struct shop_user, tenant_id, INT32, .name = "tenantId", .is_id = true,
		.text = {"租户 Id", "id of the tenant"},
		.request_text = {"不填或 0 为调用者的租户", "absent or 0: the caller's"}),
	FIELD(struct shop_user, open_id, STR, .name = "openId", .is_id = true, .max = 64,
		.text = {"微信 openid", "the WeChat openid"},
		.request_text = {"由字母、数字、_、- 组成；已有用户的不能修改",
			"of letters, digits, _ and -; that of a stored user cannot change"}),
	FIELD(struct shop_user, name, STR, .name = "name", .max = 64,
		.text = {"名称", "name"}),
	FIELD(struct shop_user, profile, STR, .name = "profile", .max = 512,
		.text = {"头像地址", "URL of the avatar"}),
	FIELD(struct shop_user, phone, STR, .name = "phone", .max = 32,
		.is_id = true,
		.text = {"电话；与本人已验证的手机号不同则为未验证",
			"phone; another than the person has confirmed is unconfirmed"},
		.request_text = {"不校验格式", "in any form"}),
	FIELD(struct shop_user, member_id, INT32, .name = "memberId", .is_id = true,
		.text = {"会员 Id；0 为未绑定", "id of the bound member; 0: none"},
		.request_text = {"只能通过绑定或解绑接口改变，这里不填、0 或填原值",
			"only bind and unbind change it: absent, 0 or the stored one"}),
	FIELD(struct shop_user, id, INT32, .name = "id", .is_id = true,
		.text = {"用户 Id", "id of the user"},
		.request_text = {"不填或 0 表示按 openId 保存", "absent or 0: the user of openId"}),
	FIELD_END
};

const struct shape shop_user_shape = {
	.name = "WxBuyingUser",
	.size = sizeof(struct shop_user),
	.fields = user_fields,
};

static const struct field written_fields[] = {
	FIELD(struct shop_written, id, INT32, .name = "data",
		.text = {"saveuser 为用户的 Id，createmember 和 bindmember 为会员的 Id；失败时为 0",
			"id of the user, of createmember and bindmember of the member; 0 after a "
			"failure"}),
	FIELD_END
};

const struct shape shop_written_shape = {
	.name = "Written",
	.size = sizeof(struct shop_written),
	.fields = written_fields,
};

static const struct field member_req_fields[] = {
	FIELD(struct shop_member_req, wx_buying_user_id, INT32, .name = "wxBuyingUserId",
		.is_id = true,
		.text = {"微信买家 Id，即 get 返回的 id，必填；不填按用户不存在处理",
			"id of the WeChat user, as get returns it; needed: absent is as that of an "
			"unknown user"}),
	FIELD(struct shop_member_req, name, STR, .name = "name", .max = 64,
		.is_trimmed = true, .text = {"姓名", "name of the person"}),
	FIELD(struct shop_member_req, phone, STR, .name = "phone", .max = 32,
		.is_id = true,
		.ignores_blanks = true, .text = {"手机号，注册和绑定时必填",
			"mobile number; needed to create or bind"}),
	FIELD(struct shop_member_req, sex, INT32, .name = "sex", .max = 9,
		.text = {"性别，0 到 9", "sex, from 0 to 9"}),
	FIELD(struct shop_member_req, birthday, DATE, .name = "birthday",
		.text = {"生日，如 1990-01-31，后面可有时间",
			"birthday, as 1990-01-31; a time may follow"}),
	FIELD(struct shop_member_req, id_card, STR, .name = "idCard", .is_id = true, .max = 18,
		.ignores_blanks = true,
		.text = {"证件号：居民身份证、居住证或永久居留证",
			"number of the identity card or residence permit"}),
	FIELD(struct shop_member_req, address, STR, .name = "address", .max = 256,
		.text = {"地址", "address"}),
	FIELD_END
};

const struct shape shop_member_req_shape = {
	.name = "MemberReq",
	.size = sizeof(struct shop_member_req),
	.fields = member_req_fields,
};

static struct member shop_member_from(struct request *req, const struct shop_member_req *in)
{
	return (struct member){
		.name = in->name,
		.phone = in->phone,
		.sex = in->sex,
		.birthday = in->birthday.ticks == 0
			? NULL
			: date_local_text(req->arena, &in->birthday),
		.id_card = in->id_card,
		.address = in->address,
	};
}

enum err shop_give_member(struct request *req,
	enum err (*rule)(struct db *db, const struct principal *principal, int32_t wechat_user_id,
		const struct member *member, int32_t *id_r))
{
	const struct shop_member_req *in = req->in;
	struct shop_written *out = req->out;
	const struct member member = shop_member_from(req, in);

	return rule(req->db, &req->principal, in->wx_buying_user_id, &member, &out->id);
}

struct shop_user shop_user_from(const struct wechat_user *user)
{
	return (struct shop_user){
		.tenant_id = user->tenant_id,
		.open_id = user->openid,
		.name = user->name,
		.profile = user->avatar,
		.phone = user->phone,
		.member_id = user->member_id,
		.id = user->id,
	};
}
