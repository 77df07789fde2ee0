#include "confirmed_phone.h"
#include "mobile.h"
#include "person_phone.h"
#include "request.h"
#include "sms_code.h"
#include "v1/dialect.h"
#include "v1/faults.h"
#include "v1/v1_person.h"
#include "verify_code.h"

static enum err phone_delete(struct request *req)
{
	const struct principal *person = &req->principal;

	return confirmed_phone_withdraw(req->db, person->tenant_id, person->wechat_user_id);
}

const struct endpoint v1_me_phone_delete = {
	.dialect = &v1_dialect,
	.method = "DELETE",
	.path = "v1/me/phone",
	.summary = {"撤回手机号验证", "Take back the confirmation of one's phone"},
	.details = {"号码留在资料里，is_confirmed 变为 false；已绑定的会员不变。总是返回 204。",
		"The number stays in the profile, with is_confirmed false; a bound member stays "
		"bound. Always answers 204."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.run = phone_delete,
};

/* ---- Codes by SMS. */

struct phone_request {
	const char *phone, *code;
};

static const struct text *phone_check(const char *text)
{
	static const struct text no_number = {
		"不是中国大陆手机号。", "Not a mobile number of the mainland."};
	char number[MOBILE_SIZE];

	return mobile_normalise(text, number) ? NULL : &no_number;
}

#define PHONE                                                                                   \
	FIELD(struct phone_request, phone, STR, .name = "phone", .max = 32,                     \
		.is_id = true,                                                                  \
		.is_required = true, .ignores_blanks = true,                                    \
		.check = phone_check, .text = {"中国大陆手机号",                                 \
			"mobile number of the mainland"})

static const struct field codes_fields[] = {
	PHONE,
	FIELD_END
};

static const struct shape codes_shape = {
	.name = "SmsCodeRequest", .size = sizeof(struct phone_request), .fields = codes_fields,
};

/* The gateway is not WeChat, and a client of /v1 can tell them apart. */
static enum err sms_codes_refuse(struct request *req, enum err err)
{
	switch (err) {
	case ERR_SMS_REFUSED:
		return v1_refuse_member(req, "phone",
			(struct text){"该号码无法接收验证码", "No code can be sent there."});
	case ERR_UPSTREAM:
		return ERR_SMS_SILENT;
	case ERR_UPSTREAM_UNSENT:
	case ERR_UPSTREAM_CONFIG:
		return ERR_SMS_UNSENT;
	default:
		return err;
	}
}

static enum err sms_codes_post(struct request *req)
{
	const struct phone_request *in = req->in;
	char phone[MOBILE_SIZE];
	struct code_scope scope = {
		.tenant_id = req->principal.tenant_id,
		.purpose = VERIFY_CODE_OWN_PHONE,
		.phone = phone,
	};
	enum err err = verify_code_find_owner(
		req->db, &req->principal, req->principal.openid, &scope);

	if (err != ERR_NONE)
		return err;
	mobile_normalise(in->phone, phone);
	return sms_codes_refuse(req, sms_code_send(req, &scope));
}

static const enum err codes_errors[] = {
	ERR_PARAMETER, ERR_SMS_RATE, ERR_SMS_SILENT, ERR_SMS_UNSENT, ERR_NONE};

const struct endpoint v1_me_phone_sms_codes = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/me/phone/sms-codes",
	.summary = {"发送手机验证码", "Send a code to one's phone"},
	.details = {"六位数字，五分钟内有效，可试五次，用一次即失效，只有本人能用。每个手机两次之间至少 60 秒，"
		    "每小时 5 次、每天 10 次；每人每小时 5 次，其中同一手机 3 次。重复调用会再发一条。"
		    "只用于 /v1/me/phone/sms，不能用于 SaveWXUserInfo；次数与 SendVerifyCode 合计。"
		    "没有发出的（sms_failed）完全不计次数，可立即再取。网关说没有这个号码时返回 value，"
		    "pointer 为 /phone；这计入本人的次数，不计入手机的，可立即换一个号码。",
		"Six digits, valid for five minutes and five tries, used once, and only by the "
		"person who asked. For a phone at least 60 s between two, 5 an hour and 10 a day; "
		"for a person 5 an hour, 3 of them for one phone. A repetition sends another one. "
		"It serves /v1/me/phone/sms alone, not SaveWXUserInfo; the limits are for this "
		"endpoint and SendVerifyCode together. What was not sent (sms_failed) does not "
		"count at all, and one may ask again at once. A number that the gateway says does "
		"not exist is value, with the pointer /phone; it counts for the person and not for "
		"the phone, and another one may be sent at once."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &codes_shape,
	.answer = ANSWER_EMPTY,
	.errors = codes_errors,
	.run = sms_codes_post,
};

static const struct field sms_fields[] = {
	PHONE,
	FIELD(struct phone_request, code, STR, .name = "code", .max = 32, .is_required = true,
		.is_id = true,
		.ignores_blanks = true,
		.text = {"收到的六位验证码", "the six digits that came"}),
	FIELD_END
};

static const struct shape sms_shape = {
	.name = "SmsCode", .size = sizeof(struct phone_request), .fields = sms_fields,
};

static enum err sms_post(struct request *req)
{
	const struct phone_request *in = req->in;
	char phone[MOBILE_SIZE];
	enum err err;

	mobile_normalise(in->phone, phone);
	err = person_phone_confirm_by_sms(req->db, &req->principal, phone, in->code);
	return err == ERR_NONE ? v1_answer_phone(req) : err;
}

static const enum err sms_errors[] = {
	ERR_PARAMETER, ERR_VERIFY_CODE_NONE, ERR_VERIFY_CODE_WRONG, ERR_VERIFY_CODE_EXPIRED,
	ERR_VERIFY_CODE_TRIES, ERR_NONE};

const struct endpoint v1_me_phone_sms = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/me/phone/sms",
	.summary = {"用短信验证码验证手机号", "Confirm one's phone by SMS"},
	.details = {"号码归最近验证它的账号，也写入资料，取代该账号之前验证的号码；原来持有它的账号变为未验证，会员不变。"
		    "验证码总要核对；成功后用同一个验证码重复提交得到同样的结果，直到再次获取或失去该号码，最多一天。",
		"The number is the account's that confirmed it last, and becomes the profile's, in "
		"place of the number that this account confirmed before; the account that had it "
		"reads is_confirmed: false and keeps its members. "
		"The code is always looked at. The same one, repeated after its success, gives the "
		"same answer until the account gets another one or loses the number, for a day at "
		"most."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &sms_shape,
	.answer = ANSWER_PLAIN,
	.response = &v1_phone_shape,
	.errors = sms_errors,
	.run = sms_post,
};
