#include "account_close.h"
#include "address.h"
#include "app.h"
#include "arena.h"
#include "code_claim.h"
#include "code_login.h"
#include "db.h"
#include "login.h"
#include "request.h"
#include "wechat.h"

/* Takes the closing of the account back. Whether the login may go on is decided after that. */
static enum err code_login_reopen(struct request *req, const struct claim *claim)
{
	const struct account_ref ref = {
		.tenant_id = claim->app->tenant_id,
		.id = claim->account_id,
	};
	enum err err = account_reopen(req->db, &ref, "login");

	return err == ERR_ABSENT || err == ERR_USER_UNKNOWN ? ERR_NONE : err;
}

static enum err code_login_complete(struct request *req, struct code_login *login,
	struct claim *claim, const struct wechat_login *answer)
{
	struct access_token *token = login->wants_token ? &login->token : NULL;
	enum err err = login_complete(req->db, claim, answer, &login->account, token);

	if (err != ERR_ACCOUNT_DISABLED || !login->reopens)
		return err;
	err = code_login_reopen(req, claim);
	return err == ERR_NONE ? login_complete(req->db, claim, answer, &login->account, token)
			       : err;
}

/* This request has claimed the code: it asks WeChat and stores the outcome. Whatever may have
 * reached WeChat has spent the code. */
static enum err code_login_exchange(
	struct request *req, struct code_login *login, struct claim *claim)
{
	const struct wechat_app wechat_app = app_of_wechat(login->app);
	struct wechat_login answer;
	enum err err = wechat_exchange(req->wechat, req->arena, &wechat_app, login->code, &answer);
	const char *reason = wechat_refusal_reason(
		req->arena, wechat_last_refusal(req->wechat), err, login->app->appid);

	claim->errcode = (int32_t)wechat_last_refusal(req->wechat)->errcode;
	if (err == ERR_NONE) {
		req->login.openid = answer.openid;
		err = code_login_complete(req, login, claim, &answer);
	}
	if (err == ERR_NONE)
		return ERR_NONE;
	/* The code is spent: trying it again later, as ERR_BUSY says, cannot succeed. */
	if (err == ERR_BUSY)
		err = ERR_CODE_PENDING;
	if (err == ERR_UPSTREAM_UNSENT)
		claim_release(req->db, claim);
	else
		claim_refuse(req->db, claim, err);
	if (db_reason(req->db, err) != NULL)
		return err;
	return request_fail(req, err, reason);
}

/* A repeated code gets a new token, since the first answer may have been lost. The login succeeds
 * also without one. */
static void code_login_give_token(struct request *req, struct code_login *login)
{
	const struct account *account = &login->account;

	if (token_issue(req->db, account->tenant_id, account->wechat_user_id, &login->token) !=
		ERR_NONE)
		login->token.text[0] = '\0';
}

/* Decides whether the code admits this request, too. An account that refused the first one may be
 * opened again, unless it has no user of this openid yet: WeChat named it to that request alone. */
static enum err code_login_admit(
	struct request *req, const struct code_login *login, const struct claim *claim)
{
	const bool is_refused = claim->state == CLAIM_REFUSED;
	enum err err;

	if (is_refused && (claim->err != ERR_ACCOUNT_DISABLED || !login->reopens))
		return code_claim_refuse_again(req, claim);
	if (is_refused && claim->wechat_user_id == 0)
		return request_fail(req, ERR_CODE_USED, "the user is not known yet");
	if (!login->reopens)
		return ERR_NONE;
	err = code_login_reopen(req, claim);
	return err == ERR_NONE && is_refused ? claim_admit(req->db, claim) : err;
}

/* Another request has used the code. Its outcome is for the same client only, and for a short
 * time. */
static enum err code_login_replay(
	struct request *req, struct code_login *login, const struct claim *claim)
{
	enum err err = code_claim_check_replay(req, claim);

	if (err == ERR_NONE)
		err = code_login_admit(req, login, claim);
	if (err == ERR_NONE)
		err = account_by_wechat_user(
			req->db, login->app->tenant_id, claim->wechat_user_id, &login->account);
	if (err == ERR_USER_UNKNOWN)
		return request_fail(req, ERR_CODE_USED, "the user was erased since");
	req->login.is_repeated = err == ERR_NONE;
	if (err == ERR_NONE)
		req->login.openid = login->account.openid;
	if (err == ERR_NONE && login->wants_token)
		code_login_give_token(req, login);
	return err;
}

/* Whose login it was, also if the account refuses it. */
static void code_login_note_account(
	struct request *req, const struct code_login *login, enum err err)
{
	char *refused_by = arena_alloc(req->arena, UUID_TEXT_SIZE);

	uuid_format(login->refused_by, refused_by);
	if (err == ERR_NONE)
		req->account_id = arena_strdup(req->arena, login->account.id);
	else if (!uuid_is_nil(login->refused_by))
		req->account_id = refused_by;
}

enum err code_login(struct request *req, struct code_login *login)
{
	const struct claimed_code code = {
		.app = login->app,
		.kind = CODE_OF_LOGIN,
		.text = login->code,
		.address = address_of_client(req),
	};
	struct claim claim;
	enum err err = code_claim(req, &code, &claim);

	if (err != ERR_NONE)
		return err;
	err = claim.state == CLAIM_TAKEN ? code_login_exchange(req, login, &claim)
					 : code_login_replay(req, login, &claim);
	login->is_new = claim.is_new_account;
	login->refused_by = claim.account_id;
	code_login_note_account(req, login, err);
	return err;
}
