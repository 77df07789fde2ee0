#include "authorization.h"
#include "flag_texts.h"
#include "uuid.h"
#include "v1/v1_person.h"

#define USER(member, type, ...) FIELD(struct v1_user, member, type, __VA_ARGS__)

static const struct field user_fields[] = {
	USER(id, INT32, .name = "id", .text = {"微信用户的编号", "id of the WeChat user"}),
	USER(appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用；还没登录过时为 null",
			"appid of the WeChat app; null before the first login"}),
	USER(openid, STR, .name = "openid", .max = 64, .text = {"openid", "openid"}),
	USER(unionid, STR, .name = "unionid", .max = 64, .may_be_null = true,
		.text = {"unionid", "unionid"}),
	USER(is_following, BOOL, .name = "is_following",
		.text = {"是否关注公众号", "whether the user follows the official account"}),
	FIELD_END
};

static const struct shape user_shape = {
	.name = "User", .size = sizeof(struct v1_user), .fields = user_fields,
};

static const struct field openid_fields[] = {
	FIELD(struct v1_openid, appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用；还没登录过时为 null",
			"appid of the WeChat app; null before the first login"}),
	FIELD(struct v1_openid, kind, STR, .name = "kind", .may_be_null = true,
		.text = {"mini、official、mobile 或 web；还没登录过时为 null",
			"mini, official, mobile or web; null before the first login"}),
	FIELD(struct v1_openid, openid, STR, .name = "openid", .max = 64,
		.text = {"openid", "openid"}),
	FIELD_END
};

static const struct shape openid_shape = {
	.name = "Openid", .size = sizeof(struct v1_openid), .fields = openid_fields,
};

static const struct field phone_fields[] = {
	FIELD(struct v1_phone, number, STR, .name = "number", .max = 32,
		.text = {"手机号；已验证的为 11 位数字，外国号码以 + 和国家码开头；"
			 "未验证的与存入时相同",
			"the number; a confirmed one has 11 digits, or + and the code of another "
			"country; one that is not is as it was stored"}),
	FIELD(struct v1_phone, is_confirmed, BOOL, .name = "is_confirmed",
		.text = {"是否已验证", "whether the person has proven to hold it"}),
	FIELD(struct v1_phone, confirmed_us, INSTANT, .name = "confirmed_at", .may_be_null = true,
		.text = {"验证时间；未验证时为 null", "when; null if it is not confirmed"}),
	FIELD_END
};

const struct shape v1_phone_shape = {
	.name = "Phone", .size = sizeof(struct v1_phone), .fields = phone_fields,
};

static const struct field member_fields[] = {
	FIELD(struct v1_member, id, INT32, .name = "id", .text = {"会员编号", "id of the member"}),
	FIELD(struct v1_member, name, STR, .name = "name", .max = 64,
		.may_be_null = true, .text = {"姓名", "name"}),
	FIELD(struct v1_member, sex, INT32, .name = "sex",
		.text = {"性别，含义由租户定", "sex, with the tenant's own meaning"}),
	FIELD(struct v1_member, card_state, STR, .name = "card_state",
		.text = {"卡状态：valid、lost、void 或 unusable", "valid, lost, void or unusable"}),
	FIELD_END
};

static const struct shape member_shape = {
	.name = "Member", .size = sizeof(struct v1_member), .fields = member_fields,
};

#define FLAG(flag)                                                                              \
	FIELD(struct customer_flags, flag, BOOL, .name = #flag,                                 \
		.text = FLAG_TEXT_##flag),

static const struct field flags_fields[] = {ACCOUNT_CUSTOMER_FLAGS(FLAG) FIELD_END};

static const struct shape flags_shape = {
	.name = "Flags", .size = sizeof(struct customer_flags), .fields = flags_fields,
};

#define FIXED(model, member, type, ...)                                                         \
	FIELD(model, member, type, .is_read_only = true, __VA_ARGS__)
/* Of a model in which person stands before the members of a struct v1_person. may_be_gone: whether
 * all of it may be null. */
#define PERSON_FIELDS(model, person, may_be_gone)                                               \
	FIXED(model, person account_id, STR, .name = "account_id", .max = UUID_TEXT_SIZE - 1,   \
		.may_be_null = true,                                                            \
		.text = {"账号的编号，小写 GUID；还没登录过时为 null",                          \
			"id of the account, a GUID in lower case; null before the first "       \
			"login"}),                                                              \
	FIXED(model, person previous_account_ids, STR_LIST, .name = "previous_account_ids",     \
		.max = UUID_TEXT_SIZE - 1,                                                      \
		.text = {"已并入该账号的账号的编号",                                            \
			"ids of accounts that were merged into this one"}),                     \
	FIXED(model, person created_us, INSTANT, .name = "created_at", .may_be_null = true,     \
		.text = {"账号创建时间；还没登录过时为 null",                                   \
			"when the account was made; null before the first login"}),             \
	FIXED(model, person user, OBJECT, .name = "user", .shape = &user_shape,                 \
		.may_be_null = may_be_gone, .text = {"微信用户", "the WeChat user"}),           \
	FIXED(model, person openids, OBJECT_LIST, .name = "openids", .shape = &openid_shape,    \
		.text = {"该账号的全部 openid", "all openids of the account"}),                 \
	FIELD(model, person profile, OBJECT, .name = "profile", .null_clears = true,            \
		.shape = &v1_profile_shape, .may_be_null = may_be_gone,                         \
		.text = {"该用户的资料；除 language 外，没有的取该账号其他用户的最新值",        \
			"the user's profile; what it lacks, except language, is the latest "    \
			"value of the account's other users"}),                                 \
	FIXED(model, person phone, OBJECT, .name = "phone", .shape = &v1_phone_shape,           \
		.may_be_null = true,                                                            \
		.text = {"手机号；该用户没有时取该账号其他用户的最新值",                        \
			"the phone; if the user has none, the latest of the account's other "   \
			"users"}),                                                              \
	FIXED(model, person member, OBJECT, .name = "member", .shape = &member_shape,           \
		.may_be_null = true,                                                            \
		.text = {"该用户绑定的会员，不含其他用户的", "the member of this user alone"}), \
	FIXED(model, person flags, OBJECT, .name = "flags", .shape = &flags_shape,              \
		.may_be_null = may_be_gone,                                                     \
		.text = {"租户为该账号打开的功能", "what the tenant allows the account"})

static const struct field person_fields[] = {
	PERSON_FIELDS(struct v1_person, , false),
	FIELD_END
};

const struct shape v1_person_shape = {
	.name = "Person", .size = sizeof(struct v1_person), .fields = person_fields,
};

static const struct field change_fields[] = {
	FIELD(struct v1_change, id, INT32, .name = "id",
		.text = {"微信用户的编号；被合并的账号为 0",
			"id of the WeChat user; 0 for a merged account"}),
	FIELD(struct v1_change, state, STR, .name = "state",
		.text = {"present、closed、erased 或 merged；后三种除 id、state、into、"
			 "account_id 外都为 null 或空",
			"present, closed, erased or merged; in the last three all but id, state, "
			"into and account_id is null or empty"}),
	FIELD(struct v1_change, into, STR, .name = "into", .max = UUID_TEXT_SIZE - 1,
		.may_be_null = true,
		.text = {"被合并的账号并入的账号的编号",
			"id of the account that a merged one has become"}),
	PERSON_FIELDS(struct v1_change, person., true),
	FIELD_END
};

const struct shape v1_change_shape = {
	.name = "Change", .size = sizeof(struct v1_change), .fields = change_fields,
};
