#include <string.h>

#include "admin/admin_member.h"
#include "admin/dialect.h"
#include "limit.h"
#include "member.h"
#include "member_erasure.h"
#include "request.h"
#include "str.h"
#include "v1/faults.h"

enum err admin_member_find(struct request *req, struct member *member_r)
{
	enum err err = ERR_MEMBER_UNKNOWN;

	limit_note_rows(req, 1);
	*member_r = (struct member){.tenant_id = req->principal.tenant_id};
	if (request_path_id(req, &member_r->id))
		err = member_find_by_id(req->db, member_r);
	return err == ERR_MEMBER_UNKNOWN ? request_fail(req, ERR_NOT_FOUND, "no such member") : err;
}

struct erase_request {
	const char *name;
};

static const struct field erase_fields[] = {
	FIELD(struct erase_request, name, STR, .name = "name", .max = 64, .is_required = true,
		.text = {"该会员的姓名；没有姓名的，写手机号",
			"the member's name; of one without a name, the phone"}),
	FIELD_END
};

static const struct shape erase_shape = {
	.name = "MemberErasure", .size = sizeof(struct erase_request), .fields = erase_fields,
};

static enum err members_erase_post(struct request *req)
{
	const struct erase_request *in = req->in;
	struct member member;
	struct erased erased;
	enum err err = admin_member_find(req, &member);

	if (err != ERR_NONE)
		return err;
	if (strcmp(in->name, str_is_empty(member.name) ? member.phone : member.name) != 0)
		return v1_refuse_member(req, "name",
			(struct text){"不是该会员的姓名。", "It is not this member's name."});
	err = member_erasure_run(req->db,
		&(struct member_erasure){.tenant_id = member.tenant_id, .id = member.id}, &erased);
	return err == ERR_MEMBER_UNKNOWN ? request_fail(req, ERR_NOT_FOUND, "it has gone") : err;
}

static const enum err erase_errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_members_erase_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/members/{id}/erase",
	.parameter = {"会员的编号", "id of the member"},
	.summary = {"删除一名会员", "Erase a member"},
	.details = {"同 wxuserctl member erase：会员资料和它手机号的验证码；绑定的微信用户保留。不能撤销。重复请求返回 404。",
		"As wxuserctl member erase: the member, and codes for its phone; WeChat users who "
		"are bound to it stay. It cannot be undone. A repetition is 404."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &erase_shape,
	.answer = ANSWER_EMPTY,
	.errors = erase_errors,
	.run = members_erase_post,
};
