#include "app.h"
#include "app_token.h"
#include "clock.h"
#include "db.h"
#include "request.h"
#include "transfers.h"
#include "wechat_token.h"
#include "wechat_token_reader.h"

#define POLL_PAUSE_US 50000
/* A claim outlives the time in which its request must have asked WeChat. */
#define CLAIM_SPARE_US CLOCK_SECOND_US

/* What a request wants, and until when. */
struct token_wish {
	const struct app *app;
	const char *refused; /* any but this one; NULL: any */
	int64_t deadline_us;
};

/* WeChat has repeated the refused token. */
static enum err app_token_force(
	struct request *req, const struct token_wish *wish, struct wechat_token *token_r)
{
	const struct wechat_app wechat_app = app_of_wechat(wish->app);
	enum err err = wechat_token_count_forced(
		req->db, &req->principal, wish->app, &req->retry_after_s);

	if (err == ERR_RATE)
		return request_fail(req, ERR_UPSTREAM_TOKEN, "no forced renewal now");
	if (err == ERR_NONE)
		err = wechat_force_token(
			req->wechat, req->arena, &wechat_app, wish->deadline_us, token_r);
	if (err == ERR_UPSTREAM_BUSY ||
		(err == ERR_NONE && wechat_token_is(token_r->text, wish->refused)))
		return request_fail(req, ERR_UPSTREAM_TOKEN, "WeChat does not renew it");
	return err;
}

/* This request has claimed the renewal: it asks WeChat and stores the outcome. */
static enum err app_token_renew(
	struct request *req, const struct token_wish *wish, struct kept_token *token_r)
{
	const struct wechat_app wechat_app = app_of_wechat(wish->app);
	struct wechat_token token;
	enum err err = wechat_fetch_token(
		req->wechat, req->arena, &wechat_app, wish->deadline_us, &token);

	if (err == ERR_NONE && wechat_token_is(token.text, wish->refused))
		err = app_token_force(req, wish, &token);
	if (err == ERR_NONE)
		wechat_token_keep(req->db, wish->app, &token, token_r);
	else
		wechat_token_fail(req->db, wish->app);
	return err;
}

static enum err app_token_wish(
	struct request *req, const struct token_wish *wish, struct kept_token *token_r)
{
	for (;;) {
		const int64_t left_us = wish->deadline_us - clock_monotonic_us();
		enum err err = wechat_token_seek(req->db, wish->app, wish->refused,
			left_us + CLAIM_SPARE_US, token_r);

		if (err != ERR_NONE || token_r->state == TOKEN_VALID)
			return err;
		if (token_r->state == TOKEN_CLAIMED)
			return app_token_renew(req, wish, token_r);
		if (token_r->state == TOKEN_FAILED)
			return request_fail(req,
				wish->refused == NULL ? ERR_UPSTREAM_BUSY : ERR_UPSTREAM_TOKEN,
				"WeChat was asked in vain a moment ago");
		if (left_us <= 0)
			return request_fail(
				req, ERR_UPSTREAM_SILENT, "another request asks WeChat");
		transfers_sleep_us(req->transfers, POLL_PAUSE_US);
	}
}

static enum err app_token(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token_r)
{
	const struct token_wish wish = {.app = app, .deadline_us = deadline_us};

	return app_token_wish(req, &wish, token_r);
}

static enum err app_token_after(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token)
{
	enum err err = wechat_token_drop(req->db, token);

	return err == ERR_NONE ? app_token(req, app, deadline_us, token) : err;
}

enum err app_token_other(struct request *req, const struct app *app, const char *refused,
	struct kept_token *token_r)
{
	const struct token_wish wish = {
		.app = app,
		.refused = refused,
		.deadline_us = wechat_deadline_us(req->wechat),
	};

	return app_token_wish(req, &wish, token_r);
}

enum err app_token_ask(
	struct request *req, const struct app *app, const struct app_question *question)
{
	struct kept_token token;
	enum err err = app_token(req, app, question->deadline_us, &token);

	if (err == ERR_NONE)
		err = question->ask(req, token.text, question->ctx);
	if (err != ERR_UPSTREAM_TOKEN)
		return err;
	err = app_token_after(req, app, question->deadline_us, &token);
	if (err == ERR_NONE)
		err = question->ask(req, token.text, question->ctx);
	if (err == ERR_UPSTREAM_TOKEN)
		return request_fail(req, ERR_UPSTREAM_CONFIG, "WeChat takes no token of the app");
	return err;
}
