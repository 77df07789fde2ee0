#include "account.h"
#include "account/dialect.h"
#include "account/identity.h"
#include "app.h"
#include "called_app.h"
#include "code_login.h"
#include "request.h"

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

static enum err getuserinfo(struct request *req)
{
	const struct getuserinfo_request *in = req->in;
	struct account account;
	struct app app;
	enum err err = called_app(req, &app);

	if (err == ERR_NONE)
		err = code_login(req, &app, in->code, &account);
	if (err == ERR_NONE)
		account_identity(req->arena, &account, req->out);
	return err;
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
	.is_enveloped = true,
	.request = &request_shape,
	.response = &account_identity_shape,
	.errors = errors,
	.run = getuserinfo,
};
