/*
 * What WeChat said when it refused a call, and what that means to an operator.
 */
#ifndef WECHAT_REFUSAL_H
#define WECHAT_REFUSAL_H

#include <stdint.h>

#include "err.h"
#include "whitelist_refusal.h"

struct arena;

/* errcodes */
#define WECHAT_ADDRESS_REFUSED 40164 /* the app's IP whitelist lacks this host's address */
#define WECHAT_UNAUTHORIZED 48001    /* the app has no right to the API */

struct wechat_refusal {
	int64_t errcode; /* 0: WeChat named none */
	int status;      /* of HTTP, of an answer that cannot be read; 0: there was none */
	/* Of this host, if the app's IP whitelist lacks it; else "". */
	char address[WHITELIST_ADDRESS_SIZE];
};

/* An errcode and, if it is known, what it means to an operator: "errcode 40125: the AppSecret is
 * wrong". Both are in the arena. */
struct wechat_errcode_text {
	const char *zh, *en;
};

struct wechat_errcode_text wechat_errcode_text(struct arena *arena, int64_t errcode);
/* Returns why the call failed with err, for an operator: the errcode and its meaning, or what
 * became of the connection; and the app. It is in the arena. */
const char *wechat_refusal_reason(struct arena *arena, const struct wechat_refusal *refusal,
	enum err err, const char *appid);

#endif
