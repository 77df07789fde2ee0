#include "authorization.h"
#include "placeholder.h"
#include "str.h"
#include "v1/v1_person.h"

static const struct text *v1_check_text(const char *text)
{
	static const struct text placeholder = {
		"占位内容，不是真实的值。", "A placeholder is no value."};

	return placeholder_is_text(text) ? &placeholder : NULL;
}

static const struct text *v1_check_name(const char *name)
{
	static const struct text placeholder = {"微信给未填昵称的用户的名字。",
		"The name that WeChat gives to users without one."};

	return placeholder_is_name(name) ? &placeholder : NULL;
}

/* RFC 3986; pages that show the picture write its URL between quotes. */
#define NEVER_IN_URL " \"<>\\^`{|}"

/* wxuser keeps no pictures. */
static const struct text *v1_check_avatar(const char *url)
{
	static const struct text no_https = {"不是 https 地址。", "Not an https URL."};
	static const struct text placeholder = {"别人无法看到的图片，或微信的灰色头像。",
		"A picture that nobody else can see, or WeChat's grey one."};

	if (!str_starts_with_nocase(url, "https://") || url[strcspn(url, NEVER_IN_URL)] != '\0')
		return &no_https;
	return placeholder_is_avatar(url) ? &placeholder : NULL;
}

#define PROFILE(member, type, ...)                                                              \
	FIELD(struct v1_profile, member, type, .null_clears = true, __VA_ARGS__)

static const struct field profile_fields[] = {
	PROFILE(name, STR, .name = "name", .max = 64, .is_personal = true, .is_trimmed = true,
		.may_be_null = true, .check = v1_check_name, .text = {"昵称", "nickname"}),
	PROFILE(avatar, STR, .name = "avatar", .max = 512, .may_be_null = true,
		.check = v1_check_avatar,
		.text = {"头像；写入时须为 https 地址，其他方言存入的可能不是",
			"picture; only an https URL is taken, but another dialect may have "
			"stored another"}),
	PROFILE(gender, INT32, .name = "gender", .max = 2,
		.given = offsetof(struct v1_profile, has_gender),
		.text = {"性别：0 未知，1 男，2 女；清除后为 0",
			"0 unknown, 1 male, 2 female; 0 after it was cleared"}),
	PROFILE(language, STR, .name = "language", .max = 64, .may_be_null = true,
		.check = v1_check_text, .text = {"语言，如 zh_CN", "language, as zh_CN"}),
	PROFILE(country, STR, .name = "country", .max = 64, .may_be_null = true,
		.check = v1_check_text, .text = {"国家", "country"}),
	PROFILE(province, STR, .name = "province", .max = 64, .may_be_null = true,
		.check = v1_check_text, .text = {"省份", "province"}),
	PROFILE(city, STR, .name = "city", .max = 64, .may_be_null = true,
		.check = v1_check_text, .text = {"城市", "city"}),
	FIELD_END
};

const struct shape v1_profile_shape = {
	.name = "Profile", .size = sizeof(struct v1_profile), .fields = profile_fields,
};

#define USER(member, type, ...) FIELD(struct v1_user, member, type, __VA_ARGS__)

static const struct field user_fields[] = {
	USER(id, INT32, .name = "id", .text = {"微信用户的编号", "id of the WeChat user"}),
	USER(appid, STR, .name = "appid", .may_be_null = true,
		.text = {"微信应用；还没登录过时为 null",
			"appid of the WeChat app; null before the first login"}),
	USER(openid, STR, .name = "openid", .text = {"openid", "openid"}),
	USER(unionid, STR, .name = "unionid", .may_be_null = true, .text = {"unionid", "unionid"}),
	USER(is_following, BOOL, .name = "is_following",
		.text = {"是否关注公众号", "whether the user follows the official account"}),
	FIELD_END
};

static const struct shape user_shape = {
	.name = "User", .size = sizeof(struct v1_user), .fields = user_fields,
};

static const struct field openid_fields[] = {
	FIELD(struct v1_openid, appid, STR, .name = "appid", .may_be_null = true,
		.text = {"微信应用；还没登录过时为 null",
			"appid of the WeChat app; null before the first login"}),
	FIELD(struct v1_openid, kind, STR, .name = "kind", .may_be_null = true,
		.text = {"mini、official、mobile 或 web；还没登录过时为 null",
			"mini, official, mobile or web; null before the first login"}),
	FIELD(struct v1_openid, openid, STR, .name = "openid", .text = {"openid", "openid"}),
	FIELD_END
};

static const struct shape openid_shape = {
	.name = "Openid", .size = sizeof(struct v1_openid), .fields = openid_fields,
};

static const struct field phone_fields[] = {
	FIELD(struct v1_phone, number, STR, .name = "number", .is_personal = true,
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
	FIELD(struct v1_member, name, STR, .name = "name", .is_personal = true,
		.may_be_null = true, .text = {"姓名", "name"}),
	FIELD(struct v1_member, sex, INT32, .name = "sex",
		.text = {"性别，含义由商户定", "sex, with the tenant's own meaning"}),
	FIELD(struct v1_member, card_state, STR, .name = "card_state",
		.text = {"卡状态：valid、lost、void 或 unusable", "valid, lost, void or unusable"}),
	FIELD_END
};

static const struct shape member_shape = {
	.name = "Member", .size = sizeof(struct v1_member), .fields = member_fields,
};

#define FLAG(flag)                                                                              \
	FIELD(struct customer_flags, flag, BOOL, .name = #flag,                                 \
		.text = {"商户的开关 " #flag, "the tenant's flag " #flag}),

static const struct field flags_fields[] = {ACCOUNT_CUSTOMER_FLAGS(FLAG) FIELD_END};

static const struct shape flags_shape = {
	.name = "Flags", .size = sizeof(struct customer_flags), .fields = flags_fields,
};

#define FIXED(model, member, type, ...)                                                         \
	FIELD(model, member, type, .is_read_only = true, __VA_ARGS__)
/* Of a model in which person stands before the members of a struct v1_person. may_be_gone: whether
 * all of it may be null. */
#define PERSON_FIELDS(model, person, may_be_gone)                                               \
	FIXED(model, person account_id, STR, .name = "account_id", .may_be_null = true,         \
		.text = {"账号；还没登录过时为 null",                                           \
			"the account; null before the first login"}),                           \
	FIXED(model, person previous_account_ids, STR_LIST, .name = "previous_account_ids",     \
		.text = {"已并入该账号的账号", "accounts that were merged into this one"}),     \
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
		.text = {"手机号，没有时同样取自其他用户", "the phone, likewise"}),             \
	FIXED(model, person member, OBJECT, .name = "member", .shape = &member_shape,           \
		.may_be_null = true,                                                            \
		.text = {"该用户绑定的会员，不含其他用户的", "the member of this user alone"}), \
	FIXED(model, person flags, OBJECT, .name = "flags", .shape = &flags_shape,              \
		.may_be_null = may_be_gone,                                                     \
		.text = {"商户为该账号打开的功能", "what the tenant allows the account"})

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
	FIELD(struct v1_change, into, STR, .name = "into", .may_be_null = true,
		.text = {"被合并的账号并入的账号", "the account that a merged one has become"}),
	PERSON_FIELDS(struct v1_change, person., true),
	FIELD_END
};

const struct shape v1_change_shape = {
	.name = "Change", .size = sizeof(struct v1_change), .fields = change_fields,
};
