#include "account/dialect.h"
#include "account/identity.h"
#include "account/instant.h"
#include "app.h"
#include "called_app.h"
#include "code_login.h"
#include "request.h"
#include "setting.h"

struct getuserinfo_request {
	const char *code;
};

static const struct field request_fields[] = {
	FIELD(struct getuserinfo_request, code, STR, .name = "code", .is_id = true, .max = 512,
		.is_required = true,
		.text = {"wx.login() 或网页授权得到的 code，只能使用一次",
			"code of wx.login() or of an authorization in a web page; good for one "
			"login"}),
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
	response_tell(req, HEADER_ACCESS_TOKEN, token->text);
	response_tell(req, HEADER_ACCESS_TOKEN_EXPIRES,
		account_instant(req->arena, token->expires_us));
}

static enum err getuserinfo(struct request *req)
{
	const struct getuserinfo_request *in = req->in;
	struct app app;
	struct code_login login = {.app = &app, .code = in->code};
	enum err err = called_app(req, &app);

	if (err == ERR_NONE) {
		login.wants_token = wants_token(req, &app);
		err = code_login(req, &login);
	}
	if (err != ERR_NONE)
		return err;
	account_identity(req->arena, &login.account, req->out);
	show_token(req, &login.token);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_APP_UNKNOWN, ERR_PARAMETER, CODE_LOGIN_ERRORS, ERR_NONE};

const struct endpoint account_getuserinfo = {
	.dialect = &account_dialect,
	.method = "POST",
	.path = "account_api/wechat/user/getUserInfo",
	.summary = {"微信授权", "Log in by WeChat"},
	.details = {"用 code 向微信换取用户并登录，首次登录时新建账号。code 只换取一次：60 秒内同一地址重复提交"
		    "得到相同结果，之后按已使用拒绝。",
		"Exchanges the code at WeChat and logs the user in; a first login creates the "
		"account. A code is exchanged once: repeated from the same address within 60 s "
		"it gives the same answer, later it is refused as used."},
	.access = ACCESS_ANYBODY,
	.is_login = true,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.request = &request_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &account_identity_shape,
	.headers = HEADER_BIT(ACCESS_TOKEN) | HEADER_BIT(ACCESS_TOKEN_EXPIRES),
	.errors = errors,
	.run = getuserinfo,
};
