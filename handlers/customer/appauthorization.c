#include "account.h"
#include "app.h"
#include "authorization.h"
#include "called_app.h"
#include "code_login.h"
#include "customer/authorized.h"
#include "customer/dialect.h"
#include "limit.h"
#include "openid_proof.h"
#include "request.h"
#include "str.h"
#include "token.h"

/* The client is the user of the code. An openId beside it must be the same. */
static enum err prove_openid_by_code(struct request *req, const struct app *app,
	const struct customer_user *in, const char **openid_r)
{
	struct code_login login = {.app = app, .code = in->code};
	enum err err = code_login(req, &login);

	if (err != ERR_NONE)
		return err;
	*openid_r = login.account.openid;
	if (!str_is_empty(in->open_id) && strcmp(in->open_id, *openid_r) != 0)
		return request_fail(req, ERR_PROOF_MISSING, "the code is another openid's");
	return ERR_NONE;
}

static enum err prove_openid(struct request *req, const struct app *app,
	const struct customer_user *in, const char **openid_r)
{
	const struct openid_claim claim = {
		.openid = in->open_id,
		.session_key = in->session_key,
	};
	enum err err;

	if (!str_is_empty(in->code))
		return prove_openid_by_code(req, app, in, openid_r);
	if (str_is_empty(in->open_id) || !str_is_openid(in->open_id))
		return ERR_OPENID_MALFORMED;
	*openid_r = req->login.openid = in->open_id;
	if ((req->principal.scopes & SCOPE_WRITE) != 0)
		return ERR_NONE;
	req->login.is_claimed = true;
	err = openid_proof(req, app, &claim);
	req->login.is_claimed = err != ERR_NONE;
	return err;
}

static enum err appauthorization(struct request *req)
{
	const struct customer_user *in = req->in;
	struct app app;
	struct authorization authorization = {
		.app = &app,
		.unionid = str_is_empty(in->union_id) ? NULL : in->union_id,
		.is_trusted = (req->principal.scopes & SCOPE_WRITE) != 0,
		.change = {
			.name = in->nickname,
			.avatar = in->avatar_url,
			.language = in->language,
			.country = in->country,
			.province = in->province,
			.city = in->city,
			.gender = in->gender,
			.subscribed_us = date_to_instant(&in->subscribe_time),
		},
	};
	struct account account;
	struct access_token token;
	enum err err = called_app(req, &app);

	if (err == ERR_NONE)
		err = prove_openid(req, &app, in, &authorization.openid);
	if (authorization.is_trusted && str_is_empty(in->code)) {
		authorization.opened_by = req->principal.key_id;
		limit_note_rows(req, 1);
	}
	if (err == ERR_NONE)
		err = authorization_store(req->db, &authorization, &account, &token);
	return err == ERR_NONE ? customer_authorized(req, &account, &token) : err;
}

static const enum err errors[] = {ERR_APP_UNKNOWN, ERR_PARAMETER, ERR_FORBIDDEN,
	ERR_OPENID_MALFORMED, ERR_UNIONID_OTHER, OPENID_PROOF_ERRORS, CODE_LOGIN_ERRORS, ERR_NONE};

const struct endpoint customer_appauthorization = {
	.dialect = &customer_dialect,
	.method = "POST",
	.path = "api/Customer/AppAuthorization",
	.summary = {"微信移动APP用户授权", "Log in and get an access token"},
	.details = {"openId 必须得到证明：code、本服务一小时内换得的 session_key、微信确认的 session_key，"
		    "或有写权限的 API key。返回新的访问令牌，两小时有效。重复调用再得到一个令牌；"
		    "code 只换取一次，60 秒内同一地址重复提交得到同一用户。资料记为本人自己写的，取代"
		    "已保存的；无效或为空的项忽略，不影响登录。",
		"Something must prove the openId: a code, the session_key that this service got "
		"within the last hour, one that WeChat confirms, or an API key that may write. "
		"Answers with a new access token, valid for two hours. A repetition gives another "
		"token; a code is exchanged once and, repeated from the same address within 60 s, "
		"gives the same user. The profile is stored as the person's own, in place of what "
		"is there; what of it is not valid or empty is ignored."},
	.access = ACCESS_ANYBODY | ACCESS_KEY_WRITE,
	.is_login = true,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.request = &customer_user_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &customer_authorization_shape,
	.errors = errors,
	.run = appauthorization,
};
