#include "arena.h"
#include "http_client.h"
#include "log.h"
#include "wechat.h"
#include "wechat_reply.h"

#define TOKEN_MAX_SIZE 1024

static enum err take_token(
	struct arena *arena, const struct reply *reply, struct wechat_token *token_r)
{
	const char *text = reply_text(reply, "access_token");

	if (text == NULL || strlen(text) > TOKEN_MAX_SIZE) {
		log_error("WeChat's answer to an app names no access token");
		return ERR_UPSTREAM;
	}
	token_r->text = arena_strdup(arena, text);
	token_r->expires_in_s = reply_number(reply, "expires_in");
	return ERR_NONE;
}

/* In normal mode, which gives the same token to whoever asks while it lives. */
enum err wechat_fetch_token(struct wechat *wechat, struct arena *arena,
	const struct wechat_app *app, int64_t deadline_us, struct wechat_token *token_r)
{
	static const struct errcode_meaning meanings[] = {{0, ERR_NONE}};
	const struct http_param members[] = {
		{"grant_type", "client_credential"},
		{"appid", app->appid},
		{"secret", app->secret},
		{NULL, NULL},
	};
	struct http_call call = {
		.path = "cgi-bin/stable_token",
		.deadline_us = deadline_us,
		.is_repeatable = true,
	};
	struct reply reply;
	enum err err = reply_post(wechat, &call, members, meanings, &reply);

	if (err == ERR_NONE)
		err = take_token(arena, &reply, token_r);
	reply_release(&reply);
	return err;
}
