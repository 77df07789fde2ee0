#include "app.h"
#include "phone_button.h"
#include "request.h"
#include "v1/dialect.h"
#include "v1/v1_person.h"

struct button_request {
	const char *code;
};

static const struct field request_fields[] = {
	FIELD(struct button_request, code, STR, .name = "code", .max = 512, .is_required = true,
		.is_id = true,
		.text = {"getPhoneNumber 回调中的 code，只能使用一次",
			"code of the getPhoneNumber event; good for one use"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "PhoneButtonCode", .size = sizeof(struct button_request), .fields = request_fields,
};

/* The number that a repeated code has brought is kept in the profile alone. */
static enum err answer_confirmed(struct request *req)
{
	const struct v1_phone *phone = req->out;
	enum err err = v1_answer_phone(req);

	if (err == ERR_NONE && !phone->is_confirmed)
		return request_fail(req, ERR_CODE_USED,
			"the profile has another phone since, or another account the number");
	return err;
}

static enum err phone_wechat(struct request *req)
{
	const struct button_request *in = req->in;
	const struct principal *person = &req->principal;
	struct app app;
	enum err err = app_of_user(req->db, person->tenant_id, person->wechat_user_id, &app);

	if (err == ERR_NONE)
		err = phone_button(req, &app, in->code);
	return err == ERR_NONE ? answer_confirmed(req) : err;
}

static const enum err errors[] = {ERR_PARAMETER, PHONE_BUTTON_ERRORS, ERR_NONE};

const struct endpoint v1_me_phone_wechat = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/me/phone/wechat",
	.summary = {"用微信手机号按钮验证手机号", "Confirm one's phone by WeChat's button"},
	.details = {"用小程序手机号按钮的 code 向微信换取号码，code 只换取一次，60 秒内本人重复提交得到同样的结果；"
		    "资料里的号码此后被改成别的，则为 code_spent。号码也写入资料。"
		    "每人每天 5 个号码、5 个错误的 code；微信自己的限额（45011）也是 too_often。另一账号已用短信验证的号码不会被取走，请改用短信。",
		"Exchanges the code of a mini program's phone button for the number, once; "
		"repeated by the same person within 60 s it answers the same, or code_spent if the "
		"profile has got another number since. The number becomes "
		"the profile's, too. A person gets 5 numbers a day and has 5 bad codes; WeChat's "
		"own limit (45011) is too_often as well. A number "
		"that another account has confirmed by SMS is not taken over: use SMS."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &v1_phone_shape,
	.errors = errors,
	.run = phone_wechat,
};
