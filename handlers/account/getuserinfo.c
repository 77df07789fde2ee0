#include "account.h"
#include "account/dialect.h"
#include "account/identity.h"
#include "address.h"
#include "arena.h"
#include "called_app.h"
#include "clock.h"
#include "conf.h"
#include "login.h"
#include "request.h"
#include "wechat.h"

#define OUTCOME_WAIT_US (6 * 1000000)
#define POLL_PAUSE_US 50000

struct getuserinfo_request {
	const char *code;
};

static const struct field request_fields[] = {
	FIELD(struct getuserinfo_request, code, STR, .name = "code", .max = 512,
		.is_required = true, .is_secret = true),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "GetUserInfo", .size = sizeof(struct getuserinfo_request),
	.fields = request_fields,
};

/* The claim is ours: ask WeChat, then note what came of it. Whatever may have reached WeChat
 * has spent the code. */
static enum err exchange(struct request *req, const struct app *app, const struct claim *claim,
	const char *code, struct account *account_r)
{
	const struct wechat_app wechat_app = {
		.kind = app->kind, .appid = app->appid, .secret = app->secret,
	};
	struct wechat_login login;
	enum err err = wechat_exchange(req->wechat, req->arena, &wechat_app, code, &login);

	if (err == ERR_NONE)
		err = login_complete(req->db, claim, app, &login, account_r);
	if (err == ERR_NONE)
		return ERR_NONE;
	/* The code is spent: to try it again later, as BUSY says, would be in vain. */
	if (err == ERR_BUSY)
		err = ERR_CODE_PENDING;
	if (err == ERR_UPSTREAM_UNSENT)
		login_release(req->db, claim);
	else
		login_refuse(req->db, claim, err);
	return request_fail(req, err, arena_printf(req->arena, "app %s", app->appid));
}

/* Another request has used the code: its outcome, for the same client and a short time only. */
static enum err replay(struct request *req, const struct app *app, const struct claim *claim,
	struct account *account_r)
{
	int64_t window_us = (int64_t)req->conf->account_replay_window_s * 1000000;

	if (!claim->is_same_address || claim->age_us > window_us)
		return request_fail(req, ERR_CODE_USED, "outside the replay window");
	if (claim->state == CLAIM_REFUSED)
		return claim->err;
	return account_by_wechat_user(
		req->db, app->tenant_id, claim->wechat_user_id, account_r);
}

static enum err wait_for_outcome(struct request *req, const struct app *app, const char *code,
	const char *address, struct claim *claim)
{
	enum err err = ERR_NONE;

	while (err == ERR_NONE && claim->state == CLAIM_PENDING) {
		if (clock_monotonic_us() - req->started_us > OUTCOME_WAIT_US)
			return request_fail(req, ERR_CODE_PENDING, "no outcome in time");
		clock_sleep_us(POLL_PAUSE_US);
		err = login_claim_poll(req->db, app, code, address, claim);
	}
	return err;
}

static enum err getuserinfo(struct request *req)
{
	const struct getuserinfo_request *in = req->in;
	const char *address = address_of_client(req);
	struct account account;
	struct claim claim;
	struct app app;
	enum err err = called_app(req, &app);

	if (err == ERR_NONE)
		err = login_claim(req->db, &app, in->code, address, &claim);
	if (err == ERR_NONE)
		err = wait_for_outcome(req, &app, in->code, address, &claim);
	if (err != ERR_NONE)
		return err;
	err = claim.state == CLAIM_TAKEN ? exchange(req, &app, &claim, in->code, &account)
					 : replay(req, &app, &claim, &account);
	if (err == ERR_NONE)
		account_identity(req->arena, &account, req->out);
	return err;
}

static const enum err errors[] = {ERR_APP_UNKNOWN, ERR_PARAMETER, ERR_CODE_INVALID, ERR_CODE_USED,
	ERR_CODE_PENDING, ERR_RISK_USER, ERR_SNAPSHOT_USER, ERR_ACCOUNT_DISABLED, ERR_UPSTREAM,
	ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY, ERR_UPSTREAM_CONFIG, ERR_NONE};

const struct endpoint account_getuserinfo = {
	.dialect = &account_dialect,
	.method = "POST",
	.path = "account_api/wechat/user/getUserInfo",
	.summary = "微信授权",
	.access = ACCESS_ANYBODY,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.is_enveloped = true,
	.request = &request_shape,
	.response = &account_identity_shape,
	.errors = errors,
	.run = getuserinfo,
};
