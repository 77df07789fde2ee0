/*
 * The token with which an app calls WeChat's API: the stored one, or another one from WeChat, whom
 * one request asks for all that need it.
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
/* Finds or fetches a token that is not the refused one, for the API key of the request. If WeChat
 * repeats that one, it is made to give another. Returns ERR_UPSTREAM_TOKEN, with
 * req->retry_after_s, if that is not possible now. refused NULL: as app_token(). */
enum err app_token_other(struct request *req, const struct app *app, const char *refused,
	struct kept_token *token_r);

#endif
