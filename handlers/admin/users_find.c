#include "admin/dialect.h"
#include "arena.h"
#include "limit.h"
#include "mobile.h"
#include "request.h"
#include "str.h"
#include "user_find.h"
#include "v1/admin_user.h"
#include "v1/faults.h"

struct find_request {
	const char *openid, *unionid, *phone, *name, *account_id, *external_id;
	int32_t id, member_id;
};

#define FIND(member, type, ...)                                                                 \
	FIELD(struct find_request, member, type, .name = #member, .is_id = true, __VA_ARGS__)

static const struct field find_fields[] = {
	FIND(openid, STR, .max = 64, .text = {"openid", "openid"}),
	FIND(unionid, STR, .max = 64, .text = {"unionid", "unionid"}),
	FIND(phone, STR, .max = 32, .ignores_blanks = true,
		.text = {"手机号：资料中的、验证过的、居民的、会员的，结果说明是哪一种",
			"phone: of a profile, confirmed, a resident's or a member's; the answer "
			"says which"}),
	FIND(name, STR, .max = 64,
		.text = {"姓名或昵称的开头：资料的、居民的、会员的",
			"how a name begins: of a profile, a resident or a member"}),
	FIND(id, INT32, .text = {"微信用户的编号", "id of the WeChat user"}),
	FIND(account_id, STR, .max = 36,
		.text = {"账号的编号，也可以是已并入别的账号的",
			"id of an account, also of one that was merged"}),
	FIND(member_id, INT32, .text = {"会员的编号", "id of the member"}),
	FIND(external_id, STR, .max = 128,
		.text = {"原系统的用户编号，随 wxuserctl users import 导入",
			"id in the system before, as wxuserctl users import has brought it"}),
	FIELD_END
};

static const struct shape find_shape = {
	.name = "AdminFind", .size = sizeof(struct find_request), .fields = find_fields,
};

struct find_answer {
	struct object_list users;
	bool has_more;
};

static const struct field found_fields[] = {
	FIELD(struct find_answer, users, OBJECT_LIST, .name = "users", .shape = &admin_user_shape,
		.text = {"找到的，个人数据已遮掩；没有找到时为空",
			"whom it has found, masked; empty: nobody"}),
	FIELD(struct find_answer, has_more, BOOL, .name = "has_more",
		.text = {"是否可能还有：每种途径最多 100 个",
			"whether there may be more: each way to find somebody gives 100 at most"}),
	FIELD_END
};

static const struct shape found_shape = {
	.name = "FoundUsers", .size = sizeof(struct find_answer), .fields = found_fields,
};

static enum err find_phone(struct request *req, const char *text, struct found_users *found_r)
{
	char phone[MOBILE_ANYWHERE_SIZE];

	if (!mobile_normalise_anywhere(text, phone))
		return v1_refuse_member(req, "phone",
			(struct text){"不是手机号；境外的以 + 开头。",
				"It is no mobile number; one from abroad begins with +."});
	return user_find_phone(req->db, req->principal.tenant_id, phone, found_r);
}

static enum err find_account_id(struct request *req, const char *text, struct found_users *found_r)
{
	struct uuid id;

	if (!uuid_parse(text, &id))
		return v1_refuse_member(req, "account_id",
			(struct text){"不是账号的编号。", "It is no id of an account."});
	return user_find_account(req->db, req->principal.tenant_id, id, found_r);
}

static enum err find_users(struct request *req, struct found_users *found_r)
{
	const struct find_request *in = req->in;
	const int32_t tenant_id = req->principal.tenant_id;

	if (!str_is_empty(in->openid))
		return user_find_openid(req->db, tenant_id, in->openid, found_r);
	if (!str_is_empty(in->unionid))
		return user_find_unionid(req->db, tenant_id, in->unionid, found_r);
	if (!str_is_empty(in->phone))
		return find_phone(req, in->phone, found_r);
	if (!str_is_empty(in->name))
		return user_find_name(req->db, tenant_id, in->name, found_r);
	if (!str_is_empty(in->account_id))
		return find_account_id(req, in->account_id, found_r);
	if (!str_is_empty(in->external_id))
		return user_find_external_id(req->db, tenant_id, in->external_id, found_r);
	return in->id != 0 ? user_find_id(req->db, tenant_id, in->id, found_r)
			   : user_find_member(req->db, tenant_id, in->member_id, found_r);
}

static struct object_list show_users(struct arena *arena, const struct found_users *found)
{
	struct admin_user *shown = arena_array(arena, struct admin_user, found->n_users);

	for (size_t i = 0; i < found->n_users; i++)
		shown[i] = admin_user_from(arena, &found->users[i]);
	return (struct object_list){.items = shown, .n_items = found->n_users};
}

static enum err users_find_post(struct request *req)
{
	const struct find_request *in = req->in;
	const int n_given = !str_is_empty(in->openid) + !str_is_empty(in->unionid) +
		!str_is_empty(in->phone) + !str_is_empty(in->name) +
		!str_is_empty(in->account_id) + !str_is_empty(in->external_id) + (in->id != 0) +
		(in->member_id != 0);
	struct find_answer *out = req->out;
	struct found_users found;
	enum err err;

	if (n_given != 1)
		return v1_refuse_member(req, "", v1_one_to_find_by);
	err = find_users(req, &found);
	if (err != ERR_NONE)
		return err;
	/* That nobody is found tells something, too, of a phone that is guessed. */
	limit_note_rows(req, found.n_users > 0 ? found.n_users : 1);
	out->users = show_users(req->arena, &found);
	out->has_more = found.n_users >= USER_FIND_MAX;
	return ERR_NONE;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_users_find_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/users/find",
	.summary = {"查找一个人", "Find a person"},
	.details = {"同 wxuserctl user find：恰好给出一个条件，matched 说明凭什么找到。openid、unionid、姓名和手机号已遮掩；"
		    "没有绑定用户的会员，id 为 0。条件放在正文里，因为 URL 会进日志。",
		"As wxuserctl user find, by exactly one member; matched says by what somebody was "
		"found. Openids, unionids, names and phones are masked; a member to whom no user "
		"is bound has the id 0. It is in the body, since URLs are logged."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &find_shape,
	.answer = ANSWER_PLAIN,
	.response = &found_shape,
	.errors = errors,
	.run = users_find_post,
};
