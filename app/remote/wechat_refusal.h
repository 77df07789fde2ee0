/*
 * What an operator must put right before WeChat takes a call.
 */
#ifndef WECHAT_REFUSAL_H
#define WECHAT_REFUSAL_H

#include <stdint.h>

#include "whitelist_refusal.h"

#define WECHAT_UNAUTHORIZED 48001 /* the errcode if the app has no right to the API */

struct wechat_refusal {
	int64_t errcode;
	/* Of this host, if the app's IP whitelist lacks it; else "". */
	char address[WHITELIST_ADDRESS_SIZE];
};

#endif
