#include "customer/dialect.h"
#include "flag_texts.h"
#include "secret.h"
#include "uuid.h"

#define COMMON_NAMESPACE "http://schemas.datacontract.org/2004/07/Applications.WebApi.Common"
#define AUTHENTICATION_NAMESPACE                                                                \
	"http://schemas.datacontract.org/2004/07/Applications.WebApi.Authentication"
#define MODELS_NAMESPACE                                                                        \
	"http://schemas.datacontract.org/2004/07/Applications.MiniProgramTools.Models"

#define USER(member, type, ...) FIELD(struct customer_user, member, type, __VA_ARGS__)
/* No login fails for its profile's sake. */
#define PROFILE(member, type, ...) USER(member, type, .is_lenient = true, __VA_ARGS__)

static const struct field user_fields[] = {
	USER(open_id, STR, .name = "openId", .property = "OpenId", .order = 6, .max = 64,
		.is_id = true,
		.text = {"微信 openid；有 code 时可不填，填写则须与 code 的一致",
			"the WeChat openid; not needed beside a code, and refused if it is not "
			"the code's"},
		.request_text = {"用 API key 时可以是从未登录过的",
			"with an API key it may be one that has never logged in"}),
	PROFILE(nickname, STR, .name = "nickname", .property = "NickName", .order = 5, .max = 64,
		.text = {"昵称；代替已保存的，此后微信的不再覆盖",
			"name; it replaces the stored one, and WeChat's does not overwrite it"}),
	PROFILE(gender, INT32, .name = "gender", .property = "Sex", .order = 9,
		.text = {"性别：1 男，2 女，其他为 0", "1: male, 2: female, anything else: 0"}),
	PROFILE(language, STR, .name = "language", .property = "Language", .order = 4, .max = 64,
		.text = {"语言", "language"}),
	PROFILE(province, STR, .name = "province", .property = "Province", .order = 7, .max = 64,
		.text = {"省", "province"}),
	PROFILE(city, STR, .name = "city", .property = "City", .order = 2, .max = 64,
		.text = {"市", "city"}),
	PROFILE(country, STR, .name = "country", .property = "Country", .order = 3, .max = 64,
		.text = {"国家", "country"}),
	PROFILE(avatar_url, STR, .name = "avatarUrl", .property = "Avatar", .order = 1,
		.max = 512,
		.text = {"头像地址", "URL of the avatar"}),
	PROFILE(subscribe_time, DATE, .name = "subscribe_time", .property = "SubscribeTime",
		.order = 10,
		.text = {"关注时间，如 2026-01-29 15:00:34（UTC+8）或带时区的 2026-01-29T07:00:34Z",
			"time of following, as 2026-01-29 15:00:34 (UTC+8) or, with a zone, as "
			"2026-01-29T07:00:34Z"}),
	USER(union_id, STR, .name = "unionId", .property = "UnionId", .order = 11, .max = 64,
		.is_id = true,
		.text = {"unionid；与已保存的不同则拒绝",
			"unionid; one that differs from the stored one is refused"}),
	USER(session_key, STR, .name = "session_key", .property = "SessionKey", .order = 8,
		.is_id = true,
		.max = 512,
		.text = {"小程序的 session_key，或网页授权的 access_token，用来证明 openId 属于"
			"本人",
			"the session_key of a mini program, or the access_token of a web page's "
			"authorization: proves that the openId is the caller's"}),
	USER(code, STR, .name = "code", .element = "Code", .max = 512,
		.is_id = true,
		.text = {"登录 code，可代替 openId 与 session_key",
			"a login code, in place of openId and session_key"}),
	FIELD_END
};

const struct shape customer_user_shape = {
	.name = "UserInfo",
	.size = sizeof(struct customer_user),
	.fields = user_fields,
	.xml_root = "UserInfo",
	.xml_namespace = MODELS_NAMESPACE,
};

static const char *const states[] = {[CUSTOMER_STATE_OK] = "OK", NULL};

#define AUTHORIZATION(member, type, ...)                                                        \
	FIELD(struct customer_authorization, member, type, __VA_ARGS__)

/* In XML those of the base class come first, each class by the alphabet. */
static const struct field authorization_fields[] = {
	AUTHORIZATION(customer_id, STR, .name = "customerId", .element = "CustomerId", .order = 8,
		.max = UUID_TEXT_SIZE - 1,
		.text = {"客户 Id，GUID", "id of the customer, a GUID"}),
	AUTHORIZATION(user_name, STR, .name = "userName", .element = "UserName", .order = 16,
		.text = {"同 nickName", "as nickName"}),
	AUTHORIZATION(avatar, STR, .name = "avatar", .element = "Avatar", .order = 6,
		.text = {"头像地址", "URL of the avatar"}),
	AUTHORIZATION(nick_name, STR, .name = "nickName", .element = "NickName", .order = 13,
		.text = {"昵称", "name"}),
	AUTHORIZATION(phone, STR, .name = "phone", .element = "Phone", .order = 14,
		.text = {"手机号", "phone"}),
	AUTHORIZATION(is_mini_program_remind, BOOL, .name = "IsMiniProgramRemind", .order = 10,
		.text = FLAG_TEXT_is_mini_program_remind),
	AUTHORIZATION(is_close_order_pda, BOOL, .name = "IsCloseOrderPda", .order = 9,
		.text = FLAG_TEXT_is_close_order_pda),
	AUTHORIZATION(is_show_statistics_pda, BOOL, .name = "IsShowStatisticsPda", .order = 12,
		.text = FLAG_TEXT_is_show_statistics_pda),
	AUTHORIZATION(is_show_no_fee_leave_button, BOOL, .name = "IsShowNoFeeLeaveButton",
		.order = 11, .text = FLAG_TEXT_is_show_no_fee_leave_button),
	AUTHORIZATION(state, INT32, .name = "State", .order = 15, .names = states,
		.text = {"状态，0 为正常（XML 中为 OK）", "state; 0, in XML OK: normal"}),
	AUTHORIZATION(can_balance_pay, BOOL, .name = "CanBalancePay", .order = 7,
		.text = FLAG_TEXT_can_balance_pay),
	AUTHORIZATION(access_token, STR, .name = "accessToken", .element = "AccessToken",
		.order = 1, .max = SECRET_TOKEN_SIZE,
		.text = {"访问令牌，放在 Authorization: Bearer 中",
			"access token, to be sent as Authorization: Bearer"}),
	AUTHORIZATION(token_type, STR, .name = "tokenType", .element = "TokenType", .order = 5,
		.text = {"总是 bearer", "always bearer"}),
	AUTHORIZATION(expires_in, INT32, .name = "expiresIn", .element = "ExpiresIn", .order = 3,
		.text = {"有效期，秒", "seconds until it expires"}),
	AUTHORIZATION(issued, DATE, .name = "issued", .element = "Issued", .order = 4,
		.text = {"签发时间，UTC+8", "time of issue, UTC+8"}),
	AUTHORIZATION(expires, DATE, .name = "expires", .element = "Expires", .order = 2,
		.text = {"过期时间，UTC+8", "time of expiry, UTC+8"}),
	FIELD_END
};

const struct shape customer_authorization_shape = {
	.name = "MAuthorizationResponse",
	.size = sizeof(struct customer_authorization),
	.fields = authorization_fields,
	.xml_namespace = AUTHENTICATION_NAMESPACE,
};

/* The original's class is [Serializable], so that XML shows the compiler's own names. */
static const struct field fault_fields[] = {
	FIELD(struct customer_fault, field, STR, .name = "field",
		.element = "_x003C_Field_x003E_k__BackingField", .order = 2,
		.text = {"有误的成员，用 JSON 名称（openId）；表单中类型或长度不符的用表"
			 "单名称（OpenId）；空串指整个请求体",
			"the member at fault, by its name in JSON (openId); in a form one of a "
			"wrong type or length by its name there (OpenId); \"\": the whole body"}),
	FIELD(struct customer_fault, messages, STR_LIST, .name = "errorMessages",
		.element = "_x003C_ErrorMessages_x003E_k__BackingField", .order = 1,
		.text = {"这个成员错在哪里，如 最多 64 个字符。；不一定与 message 相同",
			"what is wrong with this member, as At most 64 characters are allowed.; "
			"not always the text of message"}),
	FIELD_END
};

static const struct shape fault_shape = {
	.name = "ValidErrors",
	.size = sizeof(struct customer_fault),
	.fields = fault_fields,
	.xml_root = "ValidErrors",
	.xml_namespace = COMMON_NAMESPACE,
};

static const char *const statuses[] = {"Fail", "Success", NULL};

#define RESULT(member, type, ...) FIELD(struct customer_result, member, type, __VA_ARGS__)

static const struct field result_fields[] = {
	RESULT(data, OBJECT, .name = "data", .element = "Data", .order = 5, .may_be_null = true,
		.shape = &customer_authorization_shape,
		.text = {"授权结果；失败时为 null", "the authorization; null after a failure"}),
	RESULT(status, INT32, .name = "status", .element = "Status", .order = 1,
		.names = statuses,
		.text = {"操作结果状态：1 成功，0 失败；XML 中为 Success、Fail",
			"the outcome: 1 success, 0 failure; in XML Success and Fail"}),
	RESULT(message, STR, .name = "message", .element = "Message", .order = 2,
		.text = {"操作结果消息；参数错误时写明第一个有误的成员，如 参数错误: openId，与成员无关时没"
			 "有",
			"OK, or what is wrong, the first wrong member as in Invalid parameter: "
			"openId, which ends before the colon if no member is at fault"}),
	RESULT(errors, OBJECT_LIST, .name = "errors", .element = "Errors", .order = 4,
		.may_be_null = true,
		.shape = &fault_shape,
		.text = {"请求对象未通过验证的错误消息列表；与成员无关时为 null，如应用未知、微信出错、"
			 "没有正文",
			"the members at fault; null: none is, as after an unknown app, a failure "
			"of WeChat's or a request without a body"}),
	RESULT(url, STR, .name = "url", .element = "Url", .order = 3, .may_be_null = true,
		.text = {"操作成功后的跳转页面，总是 null", "always null"}),
	FIELD_END
};

const struct shape customer_authorized_shape = {
	.name = "ResultMessageOfMAuthorizationResponse",
	.size = sizeof(struct customer_result),
	.fields = result_fields,
	/* The hash is of the generic type's full name. */
	.xml_root = "ResultMessageOfMAuthorizationResponsepV765kqn",
	.xml_namespace = COMMON_NAMESPACE,
};

const struct shape customer_result_shape = {
	.name = "Result",
	.size = sizeof(struct customer_result),
	.fields = result_fields + 1,
	.xml_root = "Result",
	.xml_namespace = COMMON_NAMESPACE,
};
