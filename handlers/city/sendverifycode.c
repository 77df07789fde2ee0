#include "city/dialect.h"
#include "mobile.h"
#include "request.h"
#include "sms_code.h"
#include "verify_code.h"

struct code_request {
	const char *mobile_phone, *open_id;
};

static const struct field request_fields[] = {
	FIELD(struct code_request, mobile_phone, STR, .name = "MobilePhone", .max = 32,
		.is_id = true,
		.ignores_blanks = true,
		.text = {"手机号码，必填", "mobile number; needed"}),
	FIELD(struct code_request, open_id, STR, .name = "OpenId", .is_id = true, .max = 64,
		.text = {"微信 OpenID，必填", "the WeChat openid; needed"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "VerifyCodeReq", .size = sizeof(struct code_request), .fields = request_fields,
};

static enum err sendverifycode(struct request *req)
{
	const struct code_request *in = req->in;
	char phone[MOBILE_SIZE];
	struct code_scope place = {
		.tenant_id = req->principal.tenant_id,
		.purpose = VERIFY_CODE_PHONE,
		.phone = phone,
	};
	enum err err = verify_code_find_owner(req->db, &req->principal, in->open_id, &place);

	if (err != ERR_NONE)
		return err;
	if (in->mobile_phone == NULL || !mobile_normalise(in->mobile_phone, phone))
		return request_fail(req, ERR_PHONE_MALFORMED, "not a mobile number");
	return sms_code_send(req, &place);
}

static const enum err errors[] = {ERR_PARAMETER, ERR_OPENID_MALFORMED, ERR_USER_UNKNOWN,
	ERR_ACCOUNT_DISABLED, ERR_PHONE_MALFORMED, ERR_SMS_RATE, ERR_SMS_REFUSED, ERR_UPSTREAM,
	ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_CONFIG, ERR_NONE};

const struct endpoint city_sendverifycode = {
	.dialect = &city_dialect,
	.method = "POST",
	.path = "city/v3/OnlineMediateWW/SendVerifyCode",
	.summary = {"发送短信验证码", "Send a verification code"},
	.details = {"六位数字，五分钟内有效，可试五次，用一次即失效；每个手机两次之间至少 60 秒，每小时 5 次、"
		    "每天 10 次；每人每小时 5 次，其中同一手机 3 次。重复调用会再发一条。停用或注销的账号"
		    "不发。只用于 SaveWXUserInfo，不能用于 /v1/me/phone/sms；次数与 "
		    "/v1/me/phone/sms-codes 合计。没有发出的（说明为「未能发出」「未配置好」的 "
		    "Ret 4）完全不计次数，可立即再取。网关说没有的号码（5006）计入本人的次数，不计入手机"
		    "的，可立即换一个号码。",
		"Six digits, valid for five minutes and five tries, used once. For a phone at "
		"least 60 s between two, 5 an hour and 10 a day; for a person 5 an hour, 3 of "
		"them for one phone. A repetition sends another one. Nothing is sent for an "
		"account that is disabled or closed. It serves SaveWXUserInfo alone, not "
		"/v1/me/phone/sms; the limits are for this endpoint and /v1/me/phone/sms-codes "
		"together. What was not sent (Ret 4 whose text says so, or that no gateway is set "
		"up) does not count at all, and one may ask again at once. A number that the "
		"gateway says does not exist (5006) counts for the person and not for the phone; "
		"another one may be sent at once."},
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.request = &request_shape,
	.answer = ANSWER_EMPTY,
	.errors = errors,
	.run = sendverifycode,
};
