#include <stddef.h>

#include "arena.h"
#include "wechat_refusal.h"

/* Source: Tencent's table of the global return codes. */
static const struct {
	int64_t errcode;
	const char *zh, *en;
} meanings[] = {
	{-1, "微信繁忙", "WeChat is busy"},
	{40001, "AppSecret 或 access_token 错误", "the AppSecret or the access token is wrong"},
	{40013, "appid 错误", "the appid is wrong"},
	{40029, "code 无效，或属于别的应用", "the code is wrong or another app's"},
	{40125, "AppSecret 错误", "the AppSecret is wrong"},
	{40163, "code 已经用过", "the code was used before"},
	{WECHAT_ADDRESS_REFUSED, "应用的 IP 白名单里没有本机的地址",
		"the app's IP whitelist lacks this host's address"},
	{40226, "微信认为用户有风险", "WeChat blocks this user as a risk"},
	{40243, "AppSecret 已冻结，由应用的管理员在微信后台解冻",
		"the AppSecret is frozen; an administrator of the app unfreezes it at WeChat"},
	{42003, "code 已过期", "the code is too old"},
	{45009, "应用今天的调用次数已用完", "the app has used up its calls of today"},
	{45011, "应用一分钟内调用太多", "the app calls too often in a minute"},
	{WECHAT_UNAUTHORIZED, "应用没有这个接口的权限", "the app has no right to this API"},
	{50002, "微信限制了这个用户", "WeChat has restricted this user"},
	{89503, "须由应用的管理员在微信确认本机的地址",
		"an administrator of the app has to confirm this host's address at WeChat"},
};

struct wechat_errcode_text wechat_errcode_text(struct arena *arena, int64_t errcode)
{
	const long long number = (long long)errcode;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].errcode == errcode)
			return (struct wechat_errcode_text){
				arena_printf(arena, "errcode %lld：%s", number, meanings[i].zh),
				arena_printf(arena, "errcode %lld: %s", number, meanings[i].en)};
	return (struct wechat_errcode_text){arena_printf(arena, "errcode %lld", number),
		arena_printf(arena, "errcode %lld", number)};
}

static const char *refusal_without_errcode(
	struct arena *arena, const struct wechat_refusal *refusal, enum err err)
{
	switch (err) {
	case ERR_UPSTREAM_UNSENT:
		return "WeChat cannot be reached";
	case ERR_UPSTREAM_SILENT:
		return "WeChat did not answer in time";
	case ERR_UPSTREAM:
		if (refusal->status == 0)
			return "the connection to WeChat was cut before its answer";
		return arena_printf(arena, "WeChat's answer, with HTTP status %d, cannot be read",
			refusal->status);
	default:
		return NULL;
	}
}

const char *wechat_refusal_reason(struct arena *arena, const struct wechat_refusal *refusal,
	enum err err, const char *appid)
{
	const char *text = refusal_without_errcode(arena, refusal, err);

	if (refusal->errcode != 0)
		text = arena_printf(arena, "%s%s%s",
			wechat_errcode_text(arena, refusal->errcode).en,
			refusal->address[0] == '\0' ? "" : " ", refusal->address);
	return text == NULL ? arena_printf(arena, "app %s", appid)
			    : arena_printf(arena, "%s (app %s)", text, appid);
}
