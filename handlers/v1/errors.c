#include "v1/errors.h"

#define NEW_CODE {"请取得新的 code 再试。", "Get a new code and try again."}
#define LATER {"请稍后再试。", "Try again later."}

/* Of a call of WeChat's, which not only codes need. */
#define LATER_WITH_NEW_CODE                                                                     \
	{                                                                                       \
		"请稍后再试；code 须换新的。", "Try again later; a code must be a new one."     \
	}

#define V1(status_, name_, zh_, en_, ...)                                                       \
	{                                                                                       \
		.status = status_, .name = name_, .zh = zh_, .en = en_, .advice = __VA_ARGS__   \
	}

const struct dialect_error v1_errors[ERR_N] = {
	[ERR_NOT_FOUND] = V1(404, "not_found", "不存在", "Not found",
		{"请检查地址。", "Check the address."}),
	[ERR_METHOD] = V1(405, "method", "不支持的请求方法", "Method not allowed",
		{"响应头 Allow 列出可用的方法。", "The header Allow has the methods of this address."}),
	[ERR_TOO_LARGE] = V1(413, "too_large", "请求体过大", "The body is too large",
		{"请减小请求体。", "Send a smaller body."}),
	[ERR_MEDIA_TYPE] = V1(415, "media_type", "不支持的内容类型", "Unsupported media type",
		{"请求体须为 UTF-8 的 application/json。",
			"Send the body as application/json in UTF-8."}),
	[ERR_BAD_REQUEST] = V1(400, "unreadable", "请求无法读取", "The request cannot be read",
		{"请检查 JSON、编码和地址。", "Check the JSON, its encoding and the URL."}),
	[ERR_PARAMETER] = V1(422, V1_CODE_VALUE, "请求中有无效的内容", "A member is not valid",
		{"errors 列出每一项及原因。", "Each is in errors, with the reason."}),
	[ERR_RATE] = V1(429, "too_often", "请求过于频繁", "Too many requests",
		{"请在 Retry-After 秒之后再试。", "Try again after Retry-After seconds."}),
	[ERR_UNAUTHORIZED] = V1(401, "token_unknown", "凭证无法识别", "Unknown credential",
		{"请检查 Authorization，或重新登录。", "Check Authorization, or log in again."}),
	[ERR_TOKEN_EXPIRED] = V1(401, "token_expired", "访问令牌已过期",
		"The access token has expired",
		{"请换取新令牌，不行再重新登录。", "Refresh it; if that fails, log in again."}),
	[ERR_TOKEN_REVOKED] = V1(401, "token_revoked", "访问令牌已作废",
		"The access token was revoked", {"请重新登录。", "Log in again."}),
	[ERR_FORBIDDEN] = V1(403, "scope_missing", "凭证无权执行该请求",
		"The credential does not allow this",
		{"请使用有相应权限的凭证。", "Use a credential that has the scope."}),
	[ERR_KEY_NETWORK] = V1(403, "wrong_network", "该 API key 不能从这个地址使用",
		"The API key is not for this address",
		{"请管理员用 wxuserctl key set 设置 --networks。",
			"The administrator sets its networks by wxuserctl key set."}),
	[ERR_MAINTENANCE] = V1(503, "maintenance", "系统维护中", "Down for maintenance", LATER),
	[ERR_TENANT_DISABLED] = V1(403, "tenant_disabled", "租户已停用", "The tenant is disabled",
		{"请联系管理员。", "Ask the administrator."}),
	[ERR_APP_UNKNOWN] = V1(422, "wrong_app", "未知的应用", "Unknown app",
		{"请在 X-WX-AppId 中写明本服务的应用。",
			"Name an app of this service in the header X-WX-AppId."}),
	[ERR_APP_KIND] = V1(422, "wrong_app", "该类应用没有 access_token",
		"An app of this kind has no token",
		{"只有小程序和公众号才有。", "Only mini programs and official accounts have one."}),
	[ERR_USER_UNKNOWN] = V1(404, "not_found", "用户不存在", "There is no such user",
		{"请检查编号。", "Check the id."}),
	[ERR_CODE_INVALID] = V1(422, "code_invalid", "code 无效或已过期",
		"The code is not valid or has expired", NEW_CODE),
	[ERR_CODE_USED] = V1(410, "code_spent", "code 已被使用", "The code was used before",
		NEW_CODE),
	[ERR_CODE_PENDING] = V1(409, "code_pending", "结果未知", "The outcome is not known",
		NEW_CODE),
	[ERR_CODE_OTHER] = V1(422, "wrong_person", "code 不是本人的",
		"The code is not of this account's person",
		{"请用该账号的微信重新取得 code。",
			"Get a new code in the WeChat of this account."}),
	[ERR_RISK_USER] = V1(403, "account_disabled", "该微信用户被限制登录",
		"WeChat has blocked this user",
		{"请用户联系微信。", "The user has to ask WeChat."}),
	[ERR_SNAPSHOT_USER] = V1(422, "code_invalid", "快照页不能登录",
		"A snapshot page cannot log in",
		{"请让用户使用完整服务后重试。", "Let the user open the full service first."}),
	[ERR_ACCOUNT_DISABLED] = V1(403, "account_disabled", "账号已停用",
		"The account is disabled", {"请联系管理员。", "Ask the administrator."}),
	[ERR_ACCOUNT_CLOSED] = V1(403, "account_closed", "本人已注销该账号",
		"Its person has closed the account",
		{"erases_at 之前可以取回：登录时带上 \"reopen\": true。",
			"Until erases_at a login with \"reopen\": true takes it back."}),
	[ERR_CURSOR_TOO_OLD] = V1(410, "cursor_too_old", "cursor 已过期",
		"The cursor is too old",
		{"请不带 cursor 从头读取全部用户。", "Read all users again, without a cursor."}),
	[ERR_PHONE_UNCONFIRMED] = V1(404, "not_found", "没有已验证的手机号",
		"There is no confirmed phone",
		{"请先验证手机号：/v1/me/phone/sms-codes。",
			"Confirm the phone first: /v1/me/phone/sms-codes."}),
	/* One text, which tells nothing about other people's phones. */
	[ERR_MEMBER_REFUSED] = V1(422, V1_CODE_VALUE, "不能绑定会员", "No member can be bound",
		{"请核对姓名和证件号，先解绑已有会员；仍不行请联系商家。",
			"Check name and id_card, and unbind the member that is bound. If that "
			"fails, ask the shop."}),
	[ERR_PHONE_CODE_INVALID] = V1(422, "code_invalid", "手机号按钮的 code 无效或已过期",
		"The phone button's code is not valid or has expired",
		{"请传 getPhoneNumber 回调中新的 code，不是 wx.login() 的。",
			"Send a new code of the getPhoneNumber event, not one of wx.login()."}),
	[ERR_NOT_PHONE_CODE] = V1(422, "not_a_phone_code", "不是手机号按钮的 code",
		"Not a code of the phone button",
		{"请传 getPhoneNumber 回调中的 code，不是 wx.login 的。",
			"Send the code of the getPhoneNumber event, not that of wx.login."}),
	[ERR_APP_NOT_MINI] = V1(422, "phone_needs_mini_program", "只有小程序用户才有手机号按钮",
		"Only a mini program has the phone button",
		{"请改用短信验证。", "Confirm the phone by SMS."}),
	[ERR_WATERMARK_OTHER] = V1(422, "wrong_app", "号码是另一个应用的",
		"The number was given to another app",
		{"请在登录所用的小程序中取得 code。",
			"Get the code in the mini program that has logged in."}),
	[ERR_PHONE_CONFIRMED_ELSEWHERE] = V1(409, "phone_confirmed_elsewhere",
		"该号码已由另一账号用短信验证", "Another account has confirmed it by SMS",
		{"请改用短信验证。", "Confirm the phone by SMS."}),
	[ERR_VERIFY_CODE_WRONG] = V1(422, "code_invalid", "验证码错误",
		"The code is wrong", {"请核对短信。", "Compare it with the message."}),
	[ERR_VERIFY_CODE_EXPIRED] = V1(422, "code_invalid", "验证码已过期",
		"The code has expired", NEW_CODE),
	[ERR_VERIFY_CODE_TRIES] = V1(410, "code_spent", "验证码错误次数过多",
		"Too many wrong codes",
		{"请重新获取；一小时内错满十次后，正确的也会被拒绝，须等一小时。",
			"Get a new one. After ten within an hour the right one fails, too: wait."}),
	[ERR_VERIFY_CODE_NONE] = V1(410, "code_spent", "该手机号没有可用的验证码",
		"The phone has no code that can be used", NEW_CODE),
	[ERR_SMS_RATE] = V1(429, "too_often", "验证码发送过于频繁", "Too many codes by SMS",
		{"请在 Retry-After 秒之后再试。", "Try again after Retry-After seconds."}),
	[ERR_SMS_SILENT] = V1(504, "sms_silent", "短信服务未应答",
		"The SMS gateway did not answer",
		{"一分钟内未收到验证码再重新获取。",
			"If no code comes within a minute, ask for another one."}),
	[ERR_SMS_UNSENT] = V1(502, "sms_failed", "验证码未能发出", "The code could not be sent",
		{"没有发出，可以立即再试。", "Nothing was sent: it can be tried again at once."}),
	[ERR_UPSTREAM] = V1(502, "wechat_failed", "微信服务出错", "WeChat failed",
		LATER_WITH_NEW_CODE),
	[ERR_UPSTREAM_SILENT] = V1(504, "wechat_silent", "微信服务无响应",
		"WeChat did not answer in time", LATER_WITH_NEW_CODE),
	[ERR_UPSTREAM_UNSENT] = V1(502, "wechat_failed", "微信服务暂时不可用",
		"WeChat cannot be reached",
		{"同一个 code 可以稍后再试。", "The same code can be sent again later."}),
	[ERR_UPSTREAM_BUSY] = V1(502, "wechat_failed", "微信服务繁忙", "WeChat is busy",
		LATER_WITH_NEW_CODE),
	[ERR_UPSTREAM_CONFIG] = V1(502, "wechat_failed", "微信应用配置有误",
		"WeChat refuses how the app is configured",
		{"请联系管理员。", "Ask the administrator."}),
	[ERR_UPSTREAM_TOKEN] = V1(503, "busy", "微信暂不更换令牌",
		"WeChat gives no other token now",
		{"请在 Retry-After 秒之后再试。", "Try again after Retry-After seconds."}),
	[ERR_BUSY] = V1(503, "busy", "系统繁忙，请稍后再试", "The service is busy",
		{"请在 Retry-After 秒之后再试。", "Try again after Retry-After seconds."}),
	[ERR_INTERNAL] = V1(500, "internal", "系统内部错误", "An internal error has occurred",
		{"请把 request_id 告诉管理员。", "Tell the administrator the request_id."}),
};

/* A token that is renewed is a message, without which there is nothing to do. */
static bool v1_asks_for_credential(const struct endpoint *endpoint)
{
	return !endpoint_is_open(endpoint) || endpoint_declares(endpoint, ERR_UNAUTHORIZED);
}

static bool v1_shape_has_read_only(const struct shape *shape)
{
	const struct field *field = shape->fields;

	for (; field->kind != FIELD_END_OF_TABLE; field++)
		if (field->is_read_only ||
			(field->shape != NULL && v1_shape_has_read_only(field->shape)))
			return true;
	return false;
}

static bool v1_has_read_only(const struct endpoint *endpoint)
{
	return v1_shape_has_read_only(endpoint->request);
}

const struct further_error v1_further_errors[V1_N_FURTHER_ERRORS + 1] = {
	[V1_CREDENTIAL_MISSING] = {
		.in_place_of = ERR_UNAUTHORIZED,
		.is_of = v1_asks_for_credential,
		.when = {"请求没有凭证", "the request has no credential"},
		.error = V1(401, "credential_missing", "缺少凭证", "A credential is needed",
			{"请发送 Authorization: Bearer 和令牌。",
				"Send Authorization: Bearer and a token."}),
	},
	[V1_READ_ONLY] = {
		.in_place_of = ERR_PARAMETER,
		.is_of = v1_has_read_only,
		.when = {"请求中有只读的成员", "the request has a member that is read only"},
		.error = V1(422, V1_CODE_READ_ONLY, "请求中有无效的内容",
			"A member is not valid",
			{"errors 列出每一项及原因，其中有不能修改的。",
				"Each is in errors, with the reason; some are read only."}),
	},
};
