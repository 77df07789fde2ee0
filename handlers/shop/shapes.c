#include "member_binding.h"
#include "request.h"
#include "shop/dialect.h"
#include "wechat_user.h"

static const struct field user_fields[] = {
	FIELD(struct shop_user, tenant_id, INT32, .name = "tenantId"),
	FIELD(struct shop_user, open_id, STR, .name = "openId", .max = 64),
	FIELD(struct shop_user, name, STR, .name = "name", .max = 64, .is_personal = true),
	FIELD(struct shop_user, profile, STR, .name = "profile", .max = 512),
	FIELD(struct shop_user, phone, STR, .name = "phone", .max = 32, .is_personal = true),
	FIELD(struct shop_user, member_id, INT32, .name = "memberId"),
	FIELD(struct shop_user, id, INT32, .name = "id"),
	FIELD_END
};

const struct shape shop_user_shape = {
	.name = "WxBuyingUser",
	.size = sizeof(struct shop_user),
	.fields = user_fields,
};

static const struct field written_fields[] = {
	FIELD(struct shop_written, id, INT32, .name = "data"),
	FIELD_END
};

const struct shape shop_written_shape = {
	.name = "Written",
	.size = sizeof(struct shop_written),
	.fields = written_fields,
};

static const struct field member_req_fields[] = {
	FIELD(struct shop_member_req, wx_buying_user_id, INT32, .name = "wxBuyingUserId"),
	FIELD(struct shop_member_req, name, STR, .name = "name", .max = 64, .is_personal = true,
		.is_trimmed = true),
	FIELD(struct shop_member_req, phone, STR, .name = "phone", .max = 32, .is_personal = true,
		.ignores_blanks = true),
	FIELD(struct shop_member_req, sex, INT32, .name = "sex", .max = 9),
	FIELD(struct shop_member_req, birthday, DATE, .name = "birthday", .is_personal = true),
	FIELD(struct shop_member_req, id_card, STR, .name = "idCard", .max = 18,
		.is_personal = true, .ignores_blanks = true),
	FIELD(struct shop_member_req, address, STR, .name = "address", .max = 256,
		.is_personal = true),
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
