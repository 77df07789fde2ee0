#include "user_formats.h"

#define MINI USER_KIND(APP_MINI)
#define OFFICIAL USER_KIND(APP_OFFICIAL)
#define MOBILE USER_KIND(APP_MOBILE)
#define WEB USER_KIND(APP_WEB)

/* The class _User. A login by one tap is authData.lc_weapp, one by the SDK's platforms
 * authData.weixin; a custom platform has its own name, which --map takes, and uid for openid. The
 * account that is the main one of a unionid has _weixin_unionid, others have unionid within. */
static const struct user_column leancloud_user[] = {
	{"authData.lc_weapp.openid|authData.weapp.openid|authData.weapp.uid|"
	 "authData.wxminiprogram.openid|authData.wxminiprogram.uid",
		FIELD_OPENID, .kinds = MINI},
	{"authData.weixin.openid|authData.weixin.uid", FIELD_OPENID,
		.kinds = OFFICIAL | MOBILE | WEB},
	{"authData._weixin_unionid.uid|authData.lc_weapp.unionid|authData.weixin.unionid|"
	 "authData.weapp.unionid|authData.wxminiprogram.unionid",
		FIELD_UNIONID},
	{"objectId", FIELD_EXTERNAL_ID, .is_required = true},
	{"nickName|nickname|name", FIELD_NAME},
	{"avatarUrl|avatar.url|avatar", FIELD_AVATAR},
	{"mobilePhoneNumber", FIELD_PHONE},
	{"mobilePhoneVerified", FIELD_PHONE_CONFIRMED},
	{"gender|sex", FIELD_GENDER},
	{"language", FIELD_LANGUAGE},
	{"country", FIELD_COUNTRY},
	{"province", FIELD_PROVINCE},
	{"city", FIELD_CITY},
	{"createdAt", FIELD_CREATED_AT},
	{NULL},
};

/* The collection uni-id-users. Nobody logs in whose status is 1 (banned), 2 (to be approved), 3
 * (refused) or 4 (closed). Since uni-id-pages 1.0.8 there is an openid for each DCloud appid,
 * too, as mp___UNI_123456, which --map takes. */
static const struct user_column uni_id_users[] = {
	{"wx_openid.mp|wx_openid.mp-weixin", FIELD_OPENID, .kinds = MINI},
	{"wx_openid.h5|wx_openid.h5-weixin", FIELD_OPENID, .kinds = OFFICIAL},
	{"wx_openid.app|wx_openid.app-plus|wx_openid.app-weixin", FIELD_OPENID, .kinds = MOBILE},
	{"wx_openid.web|wx_openid.web-weixin", FIELD_OPENID, .kinds = WEB},
	{"wx_unionid", FIELD_UNIONID},
	{"_id", FIELD_EXTERNAL_ID, .is_required = true},
	{"nickname", FIELD_NAME},
	{"avatar_file.url|avatar", FIELD_AVATAR},
	{"mobile", FIELD_PHONE},
	{"mobile_confirmed", FIELD_PHONE_CONFIRMED},
	{"gender", FIELD_GENDER},
	{"register_date", FIELD_CREATED_AT},
	{"last_login_date", FIELD_LAST_LOGIN_AT},
	{"status", FIELD_DELETED, .deleted = "4", .disabled = "1|2|3"},
	{NULL},
};

/* eb_wechat_user of the PHP edition. Before release 4 a person had one record, with routine_openid
 * for the mini program, and user_type said where it came from first: --map takes either openid. */
static const struct user_column crmeb_wechat_user[] = {
	{"openid", FIELD_OPENID, .is_required = true},
	{"unionid", FIELD_UNIONID},
	{"uid", FIELD_EXTERNAL_ID, .is_required = true},
	{"nickname", FIELD_NAME},
	{"headimgurl", FIELD_AVATAR},
	{"sex", FIELD_GENDER},
	{"language", FIELD_LANGUAGE},
	{"country", FIELD_COUNTRY},
	{"province", FIELD_PROVINCE},
	{"city", FIELD_CITY},
	{"add_time", FIELD_CREATED_AT},
	{"user_type", FIELD_KIND, .is_required = true},
	{"is_del", FIELD_DELETED},
	{NULL},
};

static const struct user_column crmeb_user[] = {
	{"uid", FIELD_KEY, .is_required = true},
	{"phone", FIELD_PHONE, .is_required = true},
	{"nickname", FIELD_NAME},
	{"avatar", FIELD_AVATAR},
	{"add_time", FIELD_CREATED_AT},
	{"last_time", FIELD_LAST_LOGIN_AT},
	{"status", FIELD_DISABLED, .disabled = "0"},
	{"is_del", FIELD_DELETED},
	{NULL},
};

/* system_social_user. JustAuth's token, which has unionId, and WeChat's own answer, which has
 * unionid, are kept as JSON. */
static const struct user_column yudao_social_user[] = {
	{"openid", FIELD_OPENID, .is_required = true},
	{"raw_token_info", FIELD_UNIONID, .member = "unionId|unionid"},
	{"raw_user_info", FIELD_UNIONID, .member = "unionid|unionId"},
	{"id", FIELD_LINK, .is_required = true},
	{"nickname", FIELD_NAME},
	{"avatar", FIELD_AVATAR},
	{"create_time", FIELD_CREATED_AT},
	{"type", FIELD_KIND, .is_required = true},
	{"deleted", FIELD_DELETED},
	{NULL},
};

/* system_social_user_bind: user_type 1 is of members, 2 of administrators. */
static const struct user_column yudao_bind[] = {
	{"social_user_id", FIELD_KEY, .is_required = true},
	{"user_id", FIELD_LINK, .is_required = true},
	{"user_type", FIELD_KIND, .is_required = true},
	{"deleted", FIELD_DELETED},
	{NULL},
};

static const struct user_column yudao_member_user[] = {
	{"id", FIELD_KEY, .is_required = true},
	{"mobile", FIELD_PHONE, .is_required = true},
	{"nickname", FIELD_NAME},
	{"avatar", FIELD_AVATAR},
	{"sex", FIELD_GENDER},
	{"create_time", FIELD_CREATED_AT},
	{"login_date", FIELD_LAST_LOGIN_AT},
	{"status", FIELD_DISABLED, .disabled = "1"},
	{"deleted", FIELD_DELETED},
	{NULL},
};

/* Of SocialTypeEnum; mobile apps have none. */
#define SOCIAL_KINDS                                                                               \
	{                                                                                          \
		[APP_MINI] = "34", [APP_OFFICIAL] = "31", [APP_WEB] = "32"                         \
	}
#define OF_MEMBERS                                                                                 \
	{                                                                                          \
		[APP_MINI] = "1", [APP_OFFICIAL] = "1", [APP_MOBILE] = "1", [APP_WEB] = "1"        \
	}

const struct user_format user_formats[] = {
	{
		.name = "leancloud",
		.tables = {{.name = "_User", .columns = leancloud_user}},
		.n_tables = 1,
	},
	{
		.name = "uni-id",
		.tables = {{.name = "uni-id-users", .columns = uni_id_users}},
		.n_tables = 1,
	},
	{
		.name = "crmeb",
		.tables = {
			{
				.name = "wechat_user", .columns = crmeb_wechat_user,
				.kinds = {
					[APP_MINI] = "routine", [APP_OFFICIAL] = "wechat",
					[APP_MOBILE] = "app", [APP_WEB] = "pc",
				},
			},
			{.name = "user", .columns = crmeb_user},
		},
		.n_tables = 2,
	},
	{
		.name = "yudao",
		.tables = {
			{
				.name = "system_social_user", .columns = yudao_social_user,
				.kinds = SOCIAL_KINDS,
			},
			{
				.name = "system_social_user_bind", .columns = yudao_bind,
				.kinds = OF_MEMBERS,
			},
			{.name = "member_user", .columns = yudao_member_user},
		},
		.n_tables = 3,
	},
	{.name = NULL},
};
