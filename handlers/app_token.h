/*
 * The token with which an app calls WeChat's API: the stored one, or a new one from WeChat.
 */
#ifndef APP_TOKEN_H
#define APP_TOKEN_H

#include <stdint.h>

#include "err.h"

struct app;
struct kept_token;
struct request;

/* Finds or fetches the app's token. deadline_us: of wechat_deadline_us(). Returns ERR_BUSY,
 * ERR_INTERNAL or ERR_UPSTREAM…. */
enum err app_token(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token_r);
/* Replaces a token that WeChat has refused with ERR_UPSTREAM_TOKEN. */
enum err app_token_after(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token);

#endif
