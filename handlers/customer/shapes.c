#include "customer/dialect.h"

#define COMMON_NAMESPACE "http://schemas.datacontract.org/2004/07/Applications.WebApi.Common"
#define AUTHENTICATION_NAMESPACE                                                                \
	"http://schemas.datacontract.org/2004/07/Applications.WebApi.Authentication"
#define MODELS_NAMESPACE                                                                        \
	"http://schemas.datacontract.org/2004/07/Applications.MiniProgramTools.Models"

#define USER(member, type, ...) FIELD(struct customer_user, member, type, __VA_ARGS__)
/* No login fails for its profile's sake. */
#define PROFILE(member, type, ...) USER(member, type, .is_lenient = true, __VA_ARGS__)

static const struct field user_fields[] = {
	USER(open_id, STR, .name = "openId", .property = "OpenId", .order = 6, .max = 64),
	PROFILE(nickname, STR, .name = "nickname", .property = "NickName", .order = 5, .max = 64,
		.is_personal = true),
	PROFILE(gender, INT32, .name = "gender", .property = "Sex", .order = 9),
	PROFILE(language, STR, .name = "language", .property = "Language", .order = 4, .max = 64),
	PROFILE(province, STR, .name = "province", .property = "Province", .order = 7, .max = 64),
	PROFILE(city, STR, .name = "city", .property = "City", .order = 2, .max = 64),
	PROFILE(country, STR, .name = "country", .property = "Country", .order = 3, .max = 64),
	PROFILE(avatar_url, STR, .name = "avatarUrl", .property = "Avatar", .order = 1,
		.max = 512),
	PROFILE(subscribe_time, DATE, .name = "subscribe_time", .property = "SubscribeTime",
		.order = 10),
	USER(union_id, STR, .name = "unionId", .property = "UnionId", .order = 11, .max = 64),
	USER(session_key, STR, .name = "session_key", .property = "SessionKey", .order = 8,
		.max = 512, .is_secret = true),
	USER(code, STR, .name = "code", .element = "Code", .max = 512, .is_secret = true),
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
	AUTHORIZATION(customer_id, STR, .name = "customerId", .element = "CustomerId", .order = 8),
	AUTHORIZATION(user_name, STR, .name = "userName", .element = "UserName", .order = 16,
		.is_personal = true),
	AUTHORIZATION(avatar, STR, .name = "avatar", .element = "Avatar", .order = 6),
	AUTHORIZATION(nick_name, STR, .name = "nickName", .element = "NickName", .order = 13,
		.is_personal = true),
	AUTHORIZATION(phone, STR, .name = "phone", .element = "Phone", .order = 14,
		.is_personal = true),
	AUTHORIZATION(is_mini_program_remind, BOOL, .name = "IsMiniProgramRemind", .order = 10),
	AUTHORIZATION(is_close_order_pda, BOOL, .name = "IsCloseOrderPda", .order = 9),
	AUTHORIZATION(is_show_statistics_pda, BOOL, .name = "IsShowStatisticsPda", .order = 12),
	AUTHORIZATION(is_show_no_fee_leave_button, BOOL, .name = "IsShowNoFeeLeaveButton",
		.order = 11),
	AUTHORIZATION(state, INT32, .name = "State", .order = 15, .names = states),
	AUTHORIZATION(can_balance_pay, BOOL, .name = "CanBalancePay", .order = 7),
	AUTHORIZATION(access_token, STR, .name = "accessToken", .element = "AccessToken",
		.order = 1, .is_secret = true),
	AUTHORIZATION(token_type, STR, .name = "tokenType", .element = "TokenType", .order = 5),
	AUTHORIZATION(expires_in, INT32, .name = "expiresIn", .element = "ExpiresIn", .order = 3),
	AUTHORIZATION(issued, DATE, .name = "issued", .element = "Issued", .order = 4),
	AUTHORIZATION(expires, DATE, .name = "expires", .element = "Expires", .order = 2),
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
		.element = "_x003C_Field_x003E_k__BackingField", .order = 2),
	FIELD(struct customer_fault, messages, STR_LIST, .name = "errorMessages",
		.element = "_x003C_ErrorMessages_x003E_k__BackingField", .order = 1),
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
	RESULT(data, OBJECT, .name = "data", .element = "Data", .order = 5,
		.shape = &customer_authorization_shape),
	RESULT(status, INT32, .name = "status", .element = "Status", .order = 1,
		.names = statuses),
	RESULT(message, STR, .name = "message", .element = "Message", .order = 2),
	RESULT(errors, OBJECT_LIST, .name = "errors", .element = "Errors", .order = 4,
		.shape = &fault_shape),
	RESULT(url, STR, .name = "url", .element = "Url", .order = 3),
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
