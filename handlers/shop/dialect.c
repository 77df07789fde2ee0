#include "arena.h"
#include "db.h"
#include "json_writer.h"
#include "limit.h"
#include "request.h"
#include "shop/dialect.h"
#include "webapi.h"

#define STATUS_SUCCESS 200

/* code: the envelope's status. An error with a code has it in an envelope; without an envelope it
 * has the HTTP status. */
static const struct dialect_error errors[ERR_N] = {
	WEBAPI_ERRORS,
	[ERR_PARAMETER] = {400, 500, "参数错误", "Invalid parameter"},
	[ERR_USER_UNKNOWN] = {404, 500, "微信用户不存在", "There is no such WeChat user"},
	[ERR_OPENID_MALFORMED] = {400, 500, "openId 无效", "openId is not a WeChat openid"},
	[ERR_OPENID_FIXED] = {400, 500, "openId 不能修改", "openId cannot be changed"},
	[ERR_TENANT_OTHER] = {400, 500, "tenantId 无效", "tenantId is not the caller's"},
	[ERR_MEMBER_ID_FIXED] = {400, 500, "memberId 不能在此修改，请使用绑定或解绑接口",
		"memberId cannot be changed here: bind or unbind the member"},
	[ERR_PHONE_MALFORMED] = {400, 500, "手机号无效", "phone is not a mobile number"},
	[ERR_ID_CARD_MALFORMED] = {400, 500, "身份证号无效",
		"idCard is not the number of an identity card"},
	[ERR_MEMBER_UNKNOWN] = {404, 602, "卡不存在", "No member has this phone"},
	[ERR_MEMBER_OTHER] = {409, 500, "该用户已绑定其他会员，请先解绑",
		"The user is bound to another member: unbind that one first"},
	[ERR_MEMBER_TAKEN] = {409, 500, "该会员已绑定其他用户",
		"The member is bound to another user"},
	[ERR_MEMBER_MISMATCH] = {409, 500, "姓名或证件号与会员不符",
		"name or idCard is not the member's"},
	[ERR_MEMBER_REFUSED] = {409, 500, "手机号不可用，请先验证手机号",
		"This phone cannot be used: confirm your own first"},
	[ERR_PHONE_TAKEN] = {409, 500, "该手机号已是会员，请使用绑定接口",
		"The phone belongs to a member: bind that one"},
	[ERR_CARD_LOST] = {409, 603, "卡挂失", "The member's card is reported lost"},
	[ERR_CARD_VOID] = {409, 604, "卡作废", "The member's card is void"},
	[ERR_CARD_UNUSABLE] = {409, 601, "卡不可用", "The member's card cannot be used"},
	[ERR_BUSY] = {503, 500, "系统繁忙，请稍后再试", "The service is busy, please try again"},
	[ERR_INTERNAL] = {500, 500, "出现错误。", "An error has occurred."},
};

struct shop_envelope {
	int32_t status;
	const char *message;
};

static const struct field envelope_fields[] = {
	FIELD(struct shop_envelope, status, INT32, .name = "status",
		.text = {"200：成功；500：失败，原因见 message；601：卡不可用；602：卡不存在；"
			 "603：卡挂失；604：卡作废",
			"200: success; 500: failure, message tells why; 601: the card cannot be "
			"used; 602: there is none; 603: it is reported lost; 604: it is void"}),
	FIELD(struct shop_envelope, message, STR, .name = "message",
		.text = {"附加信息；成功时为空；参数错误时写明第一个有误的成员，如 参数错误: sex；与成员无关时没有",
			"what is wrong, the first wrong member as in Invalid parameter: sex, which "
			"ends before the colon if no member is at fault; empty after a success"}),
	FIELD_END
};

static const struct shape envelope_shape = {
	.name = "Result", .size = sizeof(struct shop_envelope), .fields = envelope_fields,
};

static void shop_write_envelope(struct request *req, int status, const char *message)
{
	const struct shop_envelope envelope = {.status = status, .message = message};
	struct buf *body = &req->response.body;

	webapi_begin(req, 200);
	buf_append_char(body, '{');
	if (req->endpoint->response != NULL) {
		json_write_members(body, req->endpoint->response, req->out);
		buf_append_char(body, ',');
	}
	json_write_members(body, &envelope_shape, &envelope);
	buf_append_char(body, '}');
}

static void shop_answer(struct request *req)
{
	if (req->endpoint->answer != ANSWER_PLAIN) {
		shop_write_envelope(req, STATUS_SUCCESS, "");
		return;
	}
	webapi_begin(req, 200);
	json_write(&req->response.body, req->endpoint->response, req->out);
}

static void shop_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);

	if (error->code == 0 || req->endpoint == NULL ||
		req->endpoint->answer == ANSWER_PLAIN) {
		webapi_refuse(req);
		return;
	}
	if (req->endpoint->response != NULL)
		req->out = arena_alloc(req->arena, req->endpoint->response->size);
	shop_write_envelope(req, error->code, webapi_message(req, error));
}

enum err shop_answer_user(struct request *req, enum err err, const struct wechat_user *user)
{
	limit_note_rows(req, 1);
	if (err == ERR_NONE)
		*(struct shop_user *)req->out = shop_user_from(user);
	else
		req->out = NULL;
	return err == ERR_USER_UNKNOWN ? ERR_NONE : err;
}

const struct dialect shop_dialect = {
	.name = "shop",
	.prefix = "api/weixin/",
	.is_negotiating = true,
	.formats = FORMAT_JSON | FORMAT_FORM,
	.flavour = JSON_NET,
	.errors = errors,
	.answers = ANSWER_PLAIN | ANSWER_ENVELOPED | ANSWER_EMPTY,
	.envelope = &envelope_shape,
	.has_members_beside = true,
	.hides_status = true,
	.refusal = &webapi_refusal_shape,
	.title = {"商店", "Shop"},
	.about = {"微信买家用户与会员。读取直接返回数据，失败为 HTTP 错误（系统繁忙为 503）；写入总是 "
		  "HTTP 200，结果看 status。"
		  "凭证放在 Authorization: Bearer 中：API key，或用户自己的访问令牌（只能读写本人，"
		  "其他用户按不存在应答）。本人的 openid、Id 见 /v1/me；令牌用 RefreshToken 续期，退出、"
		  "导出、注销用 /v1/logout、/v1/me/export、/v1/me/erase。",
		"WeChat users and members of a shop. Reads answer with the data itself, or fail "
		"with an HTTP error, 503 if the service is busy; writes answer with HTTP 200 and "
		"the outcome in status. Send the credential as Authorization: "
		"Bearer: an API key, or the user's own access token, which opens only the own "
		"row: another user is answered as if there were none. The own openid and id are in "
		"/v1/me; RefreshToken renews the token, and /v1/logout, /v1/me/export and "
		"/v1/me/erase serve these users, too."},
	.answer = shop_answer,
	.refuse = shop_refuse,
};
