/*
 * The token with which an app calls WeChat's API: the kept one, else a new one.
 */
#ifndef APP_TOKEN_H
#define APP_TOKEN_H

#include <stdint.h>

#include "err.h"

struct app;
struct kept_token;
struct request;

/* deadline_us: wechat_deadline_us(). ERR_BUSY, ERR_UPSTREAM and its kin. */
enum err app_token(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token_r);
/* WeChat does not take this one (ERR_UPSTREAM_TOKEN): drops it and finds another, for one more
 * try. */
enum err app_token_after(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token);

#endif
