#include "account.h"
#include "address.h"
#include "app.h"
#include "arena.h"
#include "clock.h"
#include "code_login.h"
#include "conf.h"
#include "db.h"
#include "login.h"
#include "request.h"
#include "token.h"
#include "transfers.h"
#include "wechat.h"

#define OUTCOME_WAIT_US (6 * CLOCK_SECOND_US)
#define POLL_PAUSE_US 50000

/* This request has claimed the code: it asks WeChat and stores the outcome. Whatever may have
 * reached WeChat has spent the code. */
static enum err code_login_exchange(struct request *req, struct claim *claim,
	const char *code, struct account *account_r, struct access_token *token_r)
{
	const struct app *app = claim->app;
	const struct wechat_app wechat_app = app_of_wechat(app);
	struct wechat_login login;
	enum err err = wechat_exchange(req->wechat, req->arena, &wechat_app, code, &login);

	if (err == ERR_NONE)
		err = login_complete(req->db, claim, &login, account_r, token_r);
	if (err == ERR_NONE)
		return ERR_NONE;
	/* The code is spent: trying it again later, as ERR_BUSY says, cannot succeed. */
	if (err == ERR_BUSY)
		err = ERR_CODE_PENDING;
	if (err == ERR_UPSTREAM_UNSENT)
		login_release(req->db, claim);
	else
		login_refuse(req->db, claim, err);
	if (db_reason(req->db, err) != NULL)
		return err;
	return request_fail(req, err, arena_printf(req->arena, "app %s", app->appid));
}

/* A repeated code gets a new token, since the first answer may have been lost. The login succeeds
 * also without one. */
static void code_login_give_token(
	struct request *req, const struct account *account, struct access_token *token_r)
{
	if (token_issue(req->db, account->tenant_id, account->wechat_user_id, token_r) != ERR_NONE)
		token_r->text[0] = '\0';
}

/* Another request has used the code. Its outcome is for the same client only, and for a short
 * time. */
static enum err code_login_replay(struct request *req, const struct claim *claim,
	struct account *account_r, struct access_token *token_r)
{
	int64_t window_us = req->conf->account_replay_window_s * CLOCK_SECOND_US;
	enum err err;

	if (!claim->is_same_address)
		return request_fail(req, ERR_CODE_USED, "another client used the code");
	if (claim->age_us > window_us)
		return request_fail(req, ERR_CODE_USED, "outside the replay window");
	if (claim->state == CLAIM_REFUSED)
		return request_fail(req, claim->err, "the code's first request had this outcome");
	err = account_by_wechat_user(
		req->db, claim->app->tenant_id, claim->wechat_user_id, account_r);
	if (err == ERR_NONE && token_r != NULL)
		code_login_give_token(req, account_r, token_r);
	return err;
}

static enum err code_login_wait(struct request *req, const struct app *app, const char *code,
	const char *address, struct claim *claim)
{
	enum err err = ERR_NONE;

	while (err == ERR_NONE && claim->state == CLAIM_PENDING) {
		if (clock_monotonic_us() - req->started_us > OUTCOME_WAIT_US)
			return request_fail(req, ERR_CODE_PENDING, "no outcome in time");
		transfers_sleep_us(req->transfers, POLL_PAUSE_US);
		err = login_claim_poll(req->db, app, code, address, claim);
	}
	return err;
}

enum err code_login(struct request *req, const struct app *app, const char *code,
	struct account *account_r, struct access_token *token_r)
{
	const char *address = address_of_client(req);
	struct claim claim;
	enum err err = login_claim(req->db, app, code, address, &claim);

	if (err == ERR_NONE)
		err = code_login_wait(req, app, code, address, &claim);
	if (err != ERR_NONE)
		return err;
	if (claim.state == CLAIM_TAKEN)
		return code_login_exchange(req, &claim, code, account_r, token_r);
	return code_login_replay(req, &claim, account_r, token_r);
}
