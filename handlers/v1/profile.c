#include "fold.h"
#include "placeholder.h"
#include "str.h"
#include "v1/faults.h"
#include "v1/v1_person.h"

static const struct text *v1_check_text(const char *text)
{
	static const struct text placeholder = {
		"占位内容，不是真实的值。", "A placeholder is no value."};

	return placeholder_is_text(text) ? &placeholder : v1_check_line(text);
}

static const struct text *v1_check_name(const char *name)
{
	static const struct text placeholder = {"微信给未填昵称的用户的名字。",
		"The name that WeChat gives to users without one."};

	return placeholder_is_name(name) ? &placeholder : v1_check_line(name);
}

/* RFC 3986; pages that show the picture write its URL between quotes. */
#define NEVER_IN_URL " \"<>\\^`{|}"

#define SCHEME "https://"

static bool v1_is_https(const char *url)
{
	const char *host = url + strlen(SCHEME), *end, *user;

	if (!str_starts_with_nocase(url, SCHEME) || fold_has_control(url) ||
		url[strcspn(url, NEVER_IN_URL)] != '\0')
		return false;
	end = host + strcspn(host, "/?#");
	user = memrchr(host, '@', (size_t)(end - host));
	if (user != NULL)
		host = user + 1;
	return host < end && *host != ':';
}

/* wxuser keeps no pictures. */
static const struct text *v1_check_avatar(const char *url)
{
	static const struct text no_https = {
		"不是有主机名的 https 地址。", "Not an https URL with a host."};
	static const struct text placeholder = {"别人无法看到的图片，或微信的灰色头像。",
		"A picture that nobody else can see, or WeChat's grey one."};

	if (!v1_is_https(url))
		return &no_https;
	return placeholder_is_avatar(url) ? &placeholder : NULL;
}

#define PROFILE(member, type, ...)                                                              \
	FIELD(struct v1_profile, member, type, .null_clears = true, __VA_ARGS__)

static const struct field profile_fields[] = {
	PROFILE(name, STR, .name = "name", .max = 64, .is_trimmed = true,
		.may_be_null = true, .check = v1_check_name, .text = {"昵称", "nickname"}),
	PROFILE(avatar, STR, .name = "avatar", .max = 512, .may_be_null = true,
		.check = v1_check_avatar,
		.text = {"头像；写入时须为有主机名的 https 地址，其他方言存入的可能不是",
			"picture; only an https URL with a host is taken, but another dialect may "
			"have stored another"}),
	PROFILE(gender, INT32, .name = "gender", .max = 2,
		.given = offsetof(struct v1_profile, has_gender),
		.text = {"性别：0 未知，1 男，2 女；清除后为 0",
			"0 unknown, 1 male, 2 female; 0 after it was cleared"}),
	PROFILE(language, STR, .name = "language", .max = 64, .is_trimmed = true,
		.may_be_null = true, .check = v1_check_text,
		.text = {"语言，如 zh_CN", "language, as zh_CN"}),
	PROFILE(country, STR, .name = "country", .max = 64, .is_trimmed = true,
		.may_be_null = true, .check = v1_check_text, .text = {"国家", "country"}),
	PROFILE(province, STR, .name = "province", .max = 64, .is_trimmed = true,
		.may_be_null = true, .check = v1_check_text, .text = {"省份", "province"}),
	PROFILE(city, STR, .name = "city", .max = 64, .is_trimmed = true,
		.may_be_null = true, .check = v1_check_text, .text = {"城市", "city"}),
	FIELD_END
};

const struct shape v1_profile_shape = {
	.name = "Profile", .size = sizeof(struct v1_profile), .fields = profile_fields,
};
