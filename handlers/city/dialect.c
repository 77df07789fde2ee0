#include "city/dialect.h"
#include "json_writer.h"
#include "request.h"
#include "webapi.h"

enum {
	RET_SUCCESS,
	RET_PARAMETER,
	RET_RATE,
	RET_TOKEN,
	RET_INTERNAL,
	RET_USER, /* what the person can correct */
	RET_MAINTENANCE,
	RET_EXPIRED,
};

/* code: Ret; detail: ErrCode. */
static const struct dialect_error errors[ERR_N] = {
	WEBAPI_DISPATCH_ERRORS,
	[ERR_PARAMETER] = {200, RET_PARAMETER, "参数错误", "Invalid parameter", 1001},
	[ERR_OPENID_MALFORMED] = {200, RET_PARAMETER, "OpenId 无效",
		"OpenId is not a WeChat openid", 1002},
	[ERR_NAME_MALFORMED] = {200, RET_PARAMETER, "姓名无效", "Name is not a person's name", 1003},
	[ERR_PHONE_MALFORMED] = {200, RET_PARAMETER, "手机号码无效",
		"MobilePhone is not a mobile number", 1004},
	[ERR_ID_CARD_MALFORMED] = {200, RET_PARAMETER, "证件号码无效",
		"IDCard is not the number of an identity card", 1005},
	[ERR_REGION_UNKNOWN] = {200, RET_PARAMETER, "常住地不存在", "RID is no known division",
		1006},
	[ERR_RESIDENT_UNKNOWN] = {200, RET_PARAMETER, "Id 无效", "Id is not this resident's", 1007},
	[ERR_RATE] = {200, RET_RATE, "请求过于频繁，请稍后再试", "Too many requests, try again later"},
	[ERR_SMS_RATE] = {200, RET_RATE, "验证码发送过于频繁，请稍后再试",
		"Too many verification codes, try again later"},
	[ERR_UNAUTHORIZED] = {200, RET_TOKEN, "Token 无效", "The token is missing or not valid"},
	[ERR_FORBIDDEN] = {200, RET_TOKEN, "Token 无权执行该请求", "The token does not allow this"},
	[ERR_KEY_NETWORK] = {200, RET_TOKEN, "该 API key 不能从这个地址使用",
		"The API key is not for this address"},
	[ERR_USER_UNKNOWN] = {200, RET_TOKEN, "Token 与 OpenId 不符",
		"The token is not this OpenId's"},
	[ERR_UPSTREAM] = {200, RET_INTERNAL, "短信服务未应答，若一分钟内未收到验证码请重新获取",
		"The SMS service did not answer; if no code comes within a minute, ask again"},
	[ERR_UPSTREAM_UNSENT] = {200, RET_INTERNAL, "验证码未能发出，请稍后再试",
		"The code could not be sent, try again later"},
	[ERR_UPSTREAM_CONFIG] = {200, RET_INTERNAL, "短信服务未配置好，请联系管理员",
		"The SMS service is not set up; its operator finds the reason in the log"},
	[ERR_BUSY] = {200, RET_INTERNAL, "系统繁忙，请稍后再试",
		"The service is busy, try again later"},
	[ERR_INTERNAL] = {200, RET_INTERNAL, "系统错误", "An error has occurred"},
	[ERR_VERIFY_CODE_WRONG] = {200, RET_USER, "验证码错误", "The verification code is wrong",
		5001},
	[ERR_VERIFY_CODE_EXPIRED] = {200, RET_USER, "验证码已过期，请重新获取",
		"The verification code has expired, ask for a new one", 5002},
	[ERR_VERIFY_CODE_TRIES] = {200, RET_USER, "验证码错误次数过多，请重新获取",
		"Too many wrong verification codes, ask for a new one", 5003},
	[ERR_VERIFY_CODE_NONE] = {200, RET_USER, "请先获取验证码",
		"No verification code was sent to this phone", 5004},
	[ERR_VERIFY_CODE_NEEDED] = {200, RET_USER, "请输入验证码",
		"A new phone needs a verification code", 5005},
	[ERR_SMS_REFUSED] = {200, RET_USER, "该手机号码无法接收验证码",
		"No code can be sent to this phone", 5006},
	[ERR_ACCOUNT_DISABLED] = {200, RET_USER, "账号已停用，请联系管理员",
		"The account is disabled, ask the administrator", 5007},
	[ERR_MAINTENANCE] = {200, RET_MAINTENANCE, "系统维护中，请稍后再试",
		"Down for maintenance, try again later"},
	[ERR_TENANT_DISABLED] = {200, RET_MAINTENANCE, "服务已停用，请联系管理员",
		"The service is disabled, ask the administrator"},
	[ERR_TOKEN_EXPIRED] = {200, RET_EXPIRED, "身份已失效，请重新登录",
		"The token has expired, log in again"},
	[ERR_TOKEN_REVOKED] = {200, RET_EXPIRED, "身份已失效，请重新登录",
		"The token has expired, log in again"},
};

/* Data stands before these. */
#define PAYLOAD "Data"

struct envelope {
	int32_t ret, err_code;
	const char *msg;
	int32_t seq_id;
	const void *info_msg;
};

static const struct field envelope_fields[] = {
	FIELD(struct envelope, ret, INT32, .name = "Ret",
		.text = {"返回结果：0 成功，1 参数错误，2 频率受限，3 Token 无效，4 服务器内部错误，"
			 "5 用户操作错误，6 停机维护，7 身份失效",
			"the outcome: 0 success, 1 invalid parameter, 2 too often, 3 invalid "
			"token, 4 internal error, 5 what the person can correct, 6 maintenance, "
			"7 the login has expired"}),
	FIELD(struct envelope, err_code, INT32, .name = "ErrCode",
		.text = {"Ret 为 1 或 5 时的错误代码，否则为 0",
			"the exact error if Ret is 1 or 5; otherwise 0"}),
	FIELD(struct envelope, msg, STR, .name = "Msg",
		.text = {"返回信息；失败时说明原因；参数错误时写明第一个有误的成员，如 参数错误: Name；与成员无关时没有",
			"what is wrong, the first wrong member as in Invalid parameter: Name, "
			"which ends before the colon if no member is at fault; empty after a "
			"success"}),
	FIELD(struct envelope, seq_id, INT32, .name = "SeqId",
		.text = {"请求序列，日志中也有", "number of the request, also in the log"}),
	FIELD(struct envelope, info_msg, NULL, .name = "InfoMsg",
		.text = {"API附加信息，总是 null", "always null"}),
	FIELD_END
};

static const struct shape envelope_shape = {
	.name = "APITResult", .size = sizeof(struct envelope), .fields = envelope_fields,
};

static void city_write_envelope(
	struct request *req, const struct shape *shape, struct envelope *envelope)
{
	struct buf *body = &req->response.body;

	envelope->seq_id = req->seq_id;
	webapi_begin(req, 200);
	buf_append_str(body, "{\"" PAYLOAD "\":");
	if (shape != NULL)
		json_write(body, shape, req->out);
	else
		buf_append_str(body, "null");
	buf_append_char(body, ',');
	json_write_members(body, &envelope_shape, envelope);
	buf_append_char(body, '}');
}

static void city_answer(struct request *req)
{
	struct envelope success = {.ret = RET_SUCCESS, .msg = ""};

	city_write_envelope(req, req->endpoint->response, &success);
}

static void city_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);
	struct envelope outcome = {
		.ret = error->code,
		.err_code = error->detail,
		.msg = webapi_message(req, error),
	};

	if (error->code == 0)
		webapi_refuse(req);
	else
		city_write_envelope(req, NULL, &outcome);
}

const struct dialect city_dialect = {
	.name = "city",
	.prefix = "city/",
	.is_negotiating = true,
	.takes_token_anywhere = true,
	.formats = FORMAT_JSON | FORMAT_FORM,
	.flavour = JSON_NET,
	.errors = errors,
	.answers = ANSWER_ENVELOPED | ANSWER_EMPTY,
	.envelope = &envelope_shape,
	.payload = PAYLOAD,
	.keeps_payload = true,
	.refusal = &webapi_refusal_shape,
	.title = {"城市", "City"},
	.about = {"社区居民。业务结果总是 HTTP 200，Ret 为 0 表示成功。凭证（API key 或访问令牌）可放在 "
		  "Authorization: Bearer、请求头 Token（不加 Bearer）或参数 token 中；参数只接受访问"
		  "令牌。API key 也可以写入从未登录过的 OpenId。超过 32 位的整数是带引号的字符串。"
		  "本人的 openid 见 /v1/me；令牌用 RefreshToken 续期，退出、导出、注销用 /v1/logout、"
		  "/v1/me/export、/v1/me/erase。",
		"Residents of communities. The outcome comes with HTTP 200; Ret is 0 after a "
		"success. Send the credential, an API key or an access token, as Authorization: "
		"Bearer, in the header Token without Bearer, or in the parameter token, which "
		"takes access tokens only. With an API key OpenId may be one that has never "
		"logged in. Integers of 64 bits are strings. The own openid is in /v1/me; "
		"RefreshToken renews a token, and /v1/logout, /v1/me/export and /v1/me/erase serve "
		"these users, too."},
	.answer = city_answer,
	.refuse = city_refuse,
};
