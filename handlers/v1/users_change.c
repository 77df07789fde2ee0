#include "limit.h"
#include "request.h"
#include "v1/dialect.h"
#include "v1/v1_person.h"
#include "wechat_user.h"

static enum err users_change(struct request *req)
{
	const struct v1_person *in = req->in;
	const struct profile change = v1_profile_change(in->profile);
	int32_t id;
	enum err err;

	if (!request_path_id(req, &id))
		return request_fail(req, ERR_USER_UNKNOWN, "the path has no id");
	limit_note_rows(req, 1);
	err = wechat_user_edit(req->db, &req->principal, id, &change);
	return err == ERR_NONE ? v1_answer_person(req, id) : err;
}

static const enum err change_errors[] = {ERR_PARAMETER, ERR_USER_UNKNOWN, ERR_NONE};

const struct endpoint v1_users_patch = {
	.dialect = &v1_dialect,
	.method = "PATCH",
	.path = "v1/users/{id}",
	.parameter = {"微信用户的编号；不是数字也返回 not_found",
		"id of the WeChat user; what is no number is not_found, too"},
	.summary = {"修改用户资料", "Change a user's profile"},
	.details = {"同 PATCH /v1/me，与本人修改等效：以最后一次为准，微信的资料不会覆盖。"
		    "id 是 GET /v1/me 的 user.id。",
		"As PATCH /v1/me, and worth as much as the person's own change: the last one "
		"counts, and WeChat does not overwrite it. id is user.id of GET /v1/me."},
	.access = ACCESS_KEY_WRITE,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.formats = FORMAT_STRICT_JSON | FORMAT_MERGE_PATCH,
	.unreadable = ERR_BAD_REQUEST,
	.request = &v1_person_shape,
	.answer = ANSWER_PLAIN,
	.response = &v1_person_shape,
	.errors = change_errors,
	.run = users_change,
};
