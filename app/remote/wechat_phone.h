/*
 * WeChat's phone button: the number behind a code that a mini program's user has given. WeChat
 * counts each number and takes money for it. Source: Tencent's documentation of getPhoneNumber.
 */
#ifndef WECHAT_PHONE_H
#define WECHAT_PHONE_H

#include <stdint.h>

#include "err.h"

struct arena;
struct wechat;

struct wechat_phone_code {
	const char *access_token; /* the app's own; secret */
	const char *openid;       /* WeChat refuses another person's code */
	const char *code;
};

struct wechat_phone {
	const char *number; /* as mobile.h writes it */
	const char *appid;  /* of the watermark; NULL: none */
};

/* Asks for the number, once. It is in the arena. Returns ERR_NONE, ERR_PHONE_CODE_INVALID,
 * ERR_UPSTREAM_TOKEN if WeChat wants a newer access_token, ERR_RATE if the app has asked too often
 * within a minute, ERR_UPSTREAM and its kin. */
enum err wechat_fetch_phone(struct wechat *wechat, struct arena *arena,
	const struct wechat_phone_code *code, int64_t deadline_us, struct wechat_phone *phone_r);

#endif
