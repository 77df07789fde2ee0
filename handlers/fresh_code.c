#include "account.h"
#include "app.h"
#include "arena.h"
#include "called_app.h"
#include "claim.h"
#include "db.h"
#include "fresh_code.h"
#include "limit.h"
#include "request.h"
#include "wechat.h"

static const struct field fields[] = {
	FIELD(struct fresh_code, code, STR, .name = "code", .max = 512, .is_required = true,
		.is_id = true,
		.text = {"本人新取得的 code，没有用于任何请求；账号的任何一个 openid 都行",
			"a new code of the person's, which no request has carried; of any openid "
			"of the account"}),
	FIELD_END
};

const struct shape fresh_code_shape = {
	.name = "FreshCode", .size = sizeof(struct fresh_code), .fields = fields,
};

static enum err fresh_code_find_app(struct request *req, struct app *app_r)
{
	const struct principal *principal = &req->principal;

	return req->app_id_header != NULL
		? called_app(req, app_r)
		: app_of_user(req->db, principal->tenant_id, principal->wechat_user_id, app_r);
}

static enum err fresh_code_check_person(struct request *req, const struct app *app,
	const char *openid, struct uuid *account_id_r)
{
	enum err err = account_of_person(req->db, &req->principal, app->id, openid, account_id_r);

	return err == ERR_ABSENT
		? request_fail(req, ERR_CODE_OTHER, "the openid is not of the token's account")
		: err;
}

/* Whatever may have reached WeChat has spent the code. */
static enum err fresh_code_exchange(
	struct request *req, const struct claim *claim, struct uuid *account_id_r)
{
	const struct wechat_app wechat_app = app_of_wechat(claim->app);
	const struct fresh_code *in = req->in;
	struct wechat_login login;
	enum err err = wechat_exchange(req->wechat, req->arena, &wechat_app, in->code, &login);

	if (err == ERR_NONE)
		err = fresh_code_check_person(req, claim->app, login.openid, account_id_r);
	else
		request_fail(req, err,
			wechat_refusal_reason(req->arena, wechat_last_refusal(req->wechat), err,
				claim->app->appid));
	if (err == ERR_UPSTREAM_UNSENT)
		claim_release(req->db, claim);
	else
		claim_refuse(req->db, claim, ERR_CODE_USED);
	return fresh_code_spent(err);
}

/* Without an address, so that no request gets the outcome again. */
static enum err fresh_code_claim(struct request *req, struct uuid *account_id_r)
{
	const struct fresh_code *in = req->in;
	struct app app;
	const struct claimed_code code = {
		.app = &app, .kind = CODE_OF_LOGIN, .text = in->code,
	};
	struct claim claim;
	enum err err = fresh_code_find_app(req, &app);

	if (err == ERR_NONE)
		err = claim_take(req->db, &code, &claim);
	if (err != ERR_NONE)
		return err;
	if (claim.state != CLAIM_TAKEN)
		return request_fail(req, ERR_CODE_USED, "a request has carried the code before");
	return fresh_code_exchange(req, &claim, account_id_r);
}

enum err fresh_code_prove(struct request *req, struct uuid *account_id_r)
{
	char account[UUID_TEXT_SIZE];
	enum err err;

	uuid_format(req->principal.account_id, account);
	err = limit_look(req, LIMIT_LOGIN_FAILURES, account);
	if (err == ERR_NONE)
		err = fresh_code_claim(req, account_id_r);
	if (err == ERR_CODE_INVALID || err == ERR_CODE_USED || err == ERR_CODE_OTHER)
		limit_note(req, LIMIT_LOGIN_FAILURES, account);
	return err;
}

enum err fresh_code_spent(enum err err)
{
	return err == ERR_BUSY ? ERR_CODE_PENDING : err;
}
