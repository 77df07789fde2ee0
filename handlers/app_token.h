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

struct app_question {
	int64_t deadline_us; /* of the token and the question together; as wechat_deadline_us() */
	/* Returns ERR_UPSTREAM_TOKEN if WeChat does not take the token. */
	enum err (*ask)(struct request *req, const char *access_token, void *ctx);
	void *ctx;
};

/* Asks WeChat with the app's token, and once more with another one if it does not take that.
 * Returns what ask returns, ERR_BUSY, ERR_INTERNAL or ERR_UPSTREAM…. */
enum err app_token_ask(
	struct request *req, const struct app *app, const struct app_question *question);
/* Finds or fetches a token that is not the refused one, for the API key of the request. If WeChat
 * repeats that one, it is made to give another. Returns ERR_UPSTREAM_TOKEN, with
 * req->retry_after_s, if that is not possible now. refused NULL: any token. */
enum err app_token_other(struct request *req, const struct app *app, const char *refused,
	struct kept_token *token_r);

#endif
