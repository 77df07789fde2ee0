#include "account.h"
#include "account/dialect.h"
#include "account/identity.h"
#include "account/instant.h"
#include "app.h"
#include "called_app.h"
#include "code_login.h"
#include "request.h"
#include "setting.h"
#include "token.h"

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

static bool wants_token(struct request *req, const struct app *app)
{
	bool is_wanted;

	return setting_bool(req->db, app->tenant_id, SETTING_access_token_header, &is_wanted) ==
		ERR_NONE && is_wanted;
}

static void show_token(struct request *req, const struct access_token *token)
{
	if (token->text[0] == '\0')
		return;
	response_header(req, "X-Access-Token", token->text);
	response_header(
		req, "X-Access-Token-Expires", account_instant(req->arena, token->expires_us));
}

static enum err getuserinfo(struct request *req)
{
	const struct getuserinfo_request *in = req->in;
	struct access_token token = {.text = ""};
	struct account account;
	struct app app;
	enum err err = called_app(req, &app);

	if (err == ERR_NONE)
		err = code_login(
			req, &app, in->code, &account, wants_token(req, &app) ? &token : NULL);
	if (err != ERR_NONE)
		return err;
	account_identity(req->arena, &account, req->out);
	show_token(req, &token);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_APP_UNKNOWN, ERR_PARAMETER, CODE_LOGIN_ERRORS, ERR_NONE};

const struct endpoint account_getuserinfo = {
	.dialect = &account_dialect,
	.method = "POST",
	.path = "account_api/wechat/user/getUserInfo",
	.summary = "微信授权",
	.access = ACCESS_ANYBODY,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.request = &request_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &account_identity_shape,
	.errors = errors,
	.run = getuserinfo,
};
