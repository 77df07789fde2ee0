#include "arena.h"
#include "date.h"
#include "id_card.h"
#include "member_binding.h"
#include "request.h"
#include "str.h"
#include "v1/dialect.h"
#include "v1/faults.h"
#include "v1/v1_person.h"

struct member_put {
	const char *name;
	int32_t sex;
	const char *birthday, *id_card, *address;
};

/* The first day of all is what an unset date is read as. */
static const struct text *v1_check_day(const char *text)
{
	static const struct text no_day = {
		"不是 1990-05-01 这样的日期。", "Not a day as 1990-05-01."};
	struct date date;

	return strspn(text, "0123456789-") == strlen("1990-05-01") &&
			date_parse_xsd(text, &date) && date.ticks != 0
		? NULL
		: &no_day;
}

static const struct text *v1_check_id_card(const char *text)
{
	static const struct text no_number = {
		"不是有效的证件号。", "Not a number of an identity card."};
	char number[ID_CARD_SIZE];

	return id_card_normalise(text, number) ? NULL : &no_number;
}

#define PUT(member, type, ...) FIELD(struct member_put, member, type, __VA_ARGS__)

static const struct field put_fields[] = {
	PUT(name, STR, .name = "name", .max = 64, .is_trimmed = true,
		.check = v1_check_line, .text = {"姓名", "name"}),
	PUT(sex, INT32, .name = "sex", .max = 9,
		.text = {"性别，0 到 9，含义由租户定",
			"sex, from 0 to 9, with the tenant's own meaning"}),
	PUT(birthday, STR, .name = "birthday", .max = 10,
		.check = v1_check_day, .text = {"生日，如 1990-05-01", "birthday, as 1990-05-01"}),
	PUT(id_card, STR, .name = "id_card", .is_id = true, .max = 18,
		.ignores_blanks = true, .check = v1_check_id_card,
		.text = {"证件号：居民身份证、居住证或永久居留证",
			"number of the identity card or residence permit"}),
	PUT(address, STR, .name = "address", .max = 256,
		.text = {"地址", "address"}),
	FIELD_END
};

static const struct shape put_shape = {
	.name = "MemberPut", .size = sizeof(struct member_put), .fields = put_fields,
};

static enum err member_put(struct request *req)
{
	const struct member_put *in = req->in;
	const struct member member = {
		.name = in->name,
		.sex = in->sex,
		.birthday = str_is_empty(in->birthday)
			? NULL
			: arena_printf(req->arena, "%s 00:00:00", in->birthday),
		.id_card = in->id_card,
		.address = in->address,
	};
	const int32_t id = req->principal.wechat_user_id;
	enum err err = member_take(req->db, &req->principal, id, &member);

	return err == ERR_NONE ? v1_answer_person(req, id) : err;
}

static const enum err put_errors[] = {
	ERR_PARAMETER, ERR_PHONE_UNCONFIRMED, ERR_MEMBER_REFUSED, ERR_NONE};

const struct endpoint v1_me_member_put = {
	.dialect = &v1_dialect,
	.method = "PUT",
	.path = "v1/me/member",
	.summary = {"成为会员", "Become a member"},
	.details = {"绑定手机号与本人已验证手机号（GET /v1/me 的 phone，或居民信息里验证过的）"
		    "相同的会员；没有则新建。填写的 "
		    "name、id_card 须与已有会员的一致（会员没有的不比较）；"
		    "已有会员不会改变。重复发送结果相同；已绑定别的会员时先 DELETE。只绑定本用户：同一个人在另一个应用里是另一个用户，会员是否可绑定多个用户由"
		    "租户定。",
		"Binds the user to the member whose phone is the one that the person has "
		"confirmed (phone of GET /v1/me, or that of its resident), or to a new member. "
		"name and id_card must be those of a member that is there, if it has them. "
		"That member does not change: what is sent is stored for a new one alone. Sent "
		"again it does the same. Who is bound to another member sends DELETE first. In "
		"another app the same person is another user, and the tenant decides whether a "
		"member may have more than one."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &put_shape,
	.answer = ANSWER_PLAIN,
	.response = &v1_person_shape,
	.errors = put_errors,
	.run = member_put,
};

static enum err member_delete(struct request *req)
{
	return member_unbind(req->db, &req->principal, req->principal.wechat_user_id);
}

const struct endpoint v1_me_member_delete = {
	.dialect = &v1_dialect,
	.method = "DELETE",
	.path = "v1/me/member",
	.summary = {"解绑会员", "Unbind the member"},
	.details = {"会员本身保留。没有绑定时也返回 204。",
		"The member stays. 204 also if none is bound."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.run = member_delete,
};
