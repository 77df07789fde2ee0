#include "request.h"
#include "v1/dialect.h"
#include "v1/v1_person.h"
#include "wechat_user.h"

static enum err me_get(struct request *req)
{
	return v1_answer_person(req, req->principal.wechat_user_id);
}

const struct endpoint v1_me_get = {
	.dialect = &v1_dialect,
	.method = "GET",
	.path = "v1/me",
	.summary = {"读取本人资料", "Read oneself"},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &v1_person_shape,
	.run = me_get,
};

static enum err me_change(struct request *req)
{
	const struct v1_person *in = req->in;
	const struct profile change = v1_profile_change(in->profile);
	const int32_t id = req->principal.wechat_user_id;
	enum err err = wechat_user_edit(req->db, &req->principal, id, &change);

	return err == ERR_NONE ? v1_answer_person(req, id) : err;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

#define CHANGE(method_, zh_, en_)                                                               \
	{                                                                                       \
		.dialect = &v1_dialect, .method = method_, .path = "v1/me",                     \
		.summary = {zh_, en_},                                                          \
		.details = {"合并补丁（RFC 7396），只能修改 profile；带上 GET 返回的其他"           \
			    "成员即返回 read_only，值未变也一样。清除的项，微信的资料不再填入。" \
			    "重复发送结果相同。",                                               \
			"A merge patch (RFC 7396) of what GET answers; only the profile may "   \
			"change. Another member of that answer is read_only, also with its own " \
			"value. WeChat does not fill again what was cleared. Sent again it "    \
			"does the same."},                                                      \
		.access = ACCESS_OWN_TOKEN, .pool = POOL_CORE, .source = FROM_BODY,             \
		.formats = FORMAT_STRICT_JSON | FORMAT_MERGE_PATCH,                             \
		.unreadable = ERR_BAD_REQUEST, .request = &v1_person_shape,                     \
		.answer = ANSWER_PLAIN, .response = &v1_person_shape, .errors = errors,         \
		.run = me_change,                                                               \
	}

const struct endpoint v1_me_patch = CHANGE("PATCH", "修改本人资料", "Change one's profile");
/* wx.request() has no PATCH. */
const struct endpoint v1_me_post =
	CHANGE("POST", "修改本人资料（不能发送 PATCH 时）", "Change one's profile without PATCH");
