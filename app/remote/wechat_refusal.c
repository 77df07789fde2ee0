#include <stddef.h>

#include "arena.h"
#include "wechat_refusal.h"

/* Source: Tencent's table of the global return codes. */
static const struct {
	int64_t errcode;
	const char *meaning;
} meanings[] = {
	{-1, "WeChat is busy"},
	{40001, "the AppSecret or the access token is wrong"},
	{40013, "the appid is wrong"},
	{40029, "the code is wrong or another app's"},
	{40125, "the AppSecret is wrong"},
	{40163, "the code was used before"},
	{WECHAT_ADDRESS_REFUSED, "the app's IP whitelist lacks this host's address"},
	{40226, "WeChat blocks this user as a risk"},
	{40243, "the AppSecret is frozen; an administrator of the app unfreezes it at WeChat"},
	{42003, "the code is too old"},
	{45009, "the app has used up its calls of today"},
	{45011, "the app calls too often in a minute"},
	{WECHAT_UNAUTHORIZED, "the app has no right to this API"},
	{50002, "WeChat has restricted this user"},
	{89503, "an administrator of the app has to confirm this host's address at WeChat"},
};

/* Returns NULL for an errcode that is not in the table. */
static const char *errcode_meaning(int64_t errcode)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].errcode == errcode)
			return meanings[i].meaning;
	return NULL;
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
	const char *meaning = errcode_meaning(refusal->errcode);
	const char *text = refusal_without_errcode(arena, refusal, err);

	if (refusal->errcode != 0)
		text = arena_printf(arena, "errcode %lld%s%s%s%s", (long long)refusal->errcode,
			meaning == NULL ? "" : ": ", meaning == NULL ? "" : meaning,
			refusal->address[0] == '\0' ? "" : " ", refusal->address);
	return text == NULL ? arena_printf(arena, "app %s", appid)
			    : arena_printf(arena, "%s (app %s)", text, appid);
}
