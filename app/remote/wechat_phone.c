#include "arena.h"
#include "http_client.h"
#include "log.h"
#include "mobile.h"
#include "wechat_phone.h"
#include "wechat_reply.h"

#define MAINLAND 86
#define COUNTRY_MAX 999
#define ERRCODE_MINUTE_QUOTA 45011

/* phoneNumber has the country's code only if that is not the mainland's. */
static const char *phone_text(struct arena *arena, const struct reply *info)
{
	const int64_t country = reply_number(info, "countryCode");
	const char *pure = reply_text(info, "purePhoneNumber");

	if (pure == NULL || country < 1 || country > COUNTRY_MAX)
		return reply_text(info, "phoneNumber");
	return country == MAINLAND ? pure : arena_printf(arena, "+%d%s", (int)country, pure);
}

static enum err phone_read(
	struct arena *arena, const struct reply *reply, struct wechat_phone *phone_r)
{
	const struct reply info = reply_within(reply, "phone_info");
	const struct reply watermark = reply_within(&info, "watermark");
	const char *text = phone_text(arena, &info);
	char number[MOBILE_ANYWHERE_SIZE];

	if (text == NULL || !mobile_normalise_anywhere(text, number)) {
		log_error("WeChat's answer to a phone code has no number");
		return ERR_UPSTREAM;
	}
	*phone_r = (struct wechat_phone){
		.number = arena_strdup(arena, number),
		.appid = arena_strdup(arena, reply_text(&watermark, "appid")),
	};
	return ERR_NONE;
}

enum err wechat_fetch_phone(struct wechat *wechat, struct arena *arena,
	const struct wechat_phone_code *code, int64_t deadline_us, struct wechat_phone *phone_r)
{
	static const struct errcode_meaning meanings[] = {
		{40001, ERR_UPSTREAM_TOKEN},
		{40014, ERR_UPSTREAM_TOKEN},
		{42001, ERR_UPSTREAM_TOKEN},
		/* Of another person's code Tencent does not say which of both it is. */
		{40003, ERR_PHONE_CODE_INVALID},
		{40029, ERR_PHONE_CODE_INVALID},
		{0, ERR_NONE},
	};
	const struct http_param query[] = {
		{"access_token", code->access_token},
		{NULL, NULL},
	};
	const struct http_param members[] = {
		{"code", code->code},
		{"openid", code->openid},
		{NULL, NULL},
	};
	struct http_call call = {
		.path = "wxa/business/getuserphonenumber",
		.query = query,
		.deadline_us = deadline_us,
	};
	struct reply reply;
	enum err err = reply_post(wechat, &call, members, meanings, &reply);

	if (err == ERR_UPSTREAM_BUSY && reply.errcode == ERRCODE_MINUTE_QUOTA)
		err = ERR_RATE;
	if (err == ERR_NONE)
		err = phone_read(arena, &reply, phone_r);
	reply_release(&reply);
	return err;
}
