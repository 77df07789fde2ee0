#include "account_close.h"
#include "app.h"
#include "arena.h"
#include "called_app.h"
#include "code_login.h"
#include "phone_button.h"
#include "request.h"
#include "str.h"
#include "v1/dialect.h"
#include "v1/v1_person.h"
#include "v1/v1_token.h"
#include "wechat_user.h"

struct login_request {
	const char *code, *phone_code;
	const void *profile; /* struct v1_profile */
	bool reopen;
};

#define LOGIN(member, type, ...) FIELD(struct login_request, member, type, __VA_ARGS__)

static const struct field request_fields[] = {
	LOGIN(code, STR, .name = "code", .max = 512, .is_required = true,
		.is_id = true,
		.text = {"wx.login() 或网页授权得到的 code，只能使用一次",
			"code of wx.login() or of an authorization in a web page; good for one "
			"login"}),
	LOGIN(phone_code, STR, .name = "phone_code", .is_id = true, .max = 512,
		.text = {"小程序手机号按钮的 code：登录后验证手机号",
			"code of a mini program's phone button: confirms the phone after the "
			"login"}),
	LOGIN(profile, OBJECT, .name = "profile", .shape = &v1_profile_shape,
		.text = {"登录后写入的资料，规则同 PATCH /v1/me",
			"the profile to store after the login, by the rules of PATCH /v1/me"}),
	LOGIN(reopen, BOOL, .name = "reopen",
		.text = {"本人已注销、尚未删除的账号：取回它",
			"whether to take back an account that its person has closed and that is "
			"not erased yet"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "Login", .size = sizeof(struct login_request), .fields = request_fields,
};

struct login_answer {
	struct v1_token token;
	bool is_new;
	const void *account, *phone_error; /* struct v1_person, struct v1_failure */
};

static const struct field answer_fields[] = {
	V1_TOKEN_FIELDS(struct login_answer, token),
	FIELD(struct login_answer, is_new, BOOL, .name = "is_new",
		.text = {"账号是否由这次登录新建；重复提交同一 code 时不变",
			"whether this login has made the account; the same for a repeated code"}),
	FIELD(struct login_answer, account, OBJECT, .name = "account", .shape = &v1_person_shape,
		.text = {"本人，同 GET /v1/me", "the person, as GET /v1/me answers"}),
	FIELD(struct login_answer, phone_error, OBJECT, .name = "phone_error",
		.shape = &v1_failure_shape, .is_optional = true,
		.text = {"手机号未能验证的原因，同 POST /v1/me/phone/wechat；登录仍然成功",
			"why the phone could not be confirmed, as POST /v1/me/phone/wechat says "
			"it; the login succeeds all the same"}),
	FIELD_END
};

static const struct shape answer_shape = {
	.name = "LoggedIn", .size = sizeof(struct login_answer), .fields = answer_fields,
};

static struct principal login_principal(const struct request *req, const struct account *account)
{
	struct principal person = {
		.kind = PRINCIPAL_ACCESS_TOKEN,
		.tenant_id = account->tenant_id,
		.name = arena_printf(req->arena, "wechat_user %d", account->wechat_user_id),
		.wechat_user_id = account->wechat_user_id,
		.openid = account->openid,
	};

	if (!uuid_parse(account->id, &person.account_id))
		BUG("an account has no id");
	return person;
}

/* A person who has closed the account is told until when it can be taken back. To a code's first
 * request alone WeChat names the account of an openid that is new. */
static enum err login_refuse_account(struct request *req, const struct code_login *login)
{
	const struct account_ref ref = {
		.tenant_id = login->app->tenant_id, .id = login->refused_by,
	};
	enum err err;

	if (uuid_is_nil(ref.id))
		return request_fail(req, ERR_CODE_USED, "the account is not known any more");
	err = account_find_closed(req->db, &ref, &req->err_until_us);
	if (err == ERR_NONE)
		return request_fail(req, ERR_ACCOUNT_CLOSED, "the person has closed the account");
	return err == ERR_ABSENT ? ERR_ACCOUNT_DISABLED : err;
}

/* Returns why the phone is not confirmed; NULL if it is, or none is wanted. The login is committed
 * already. */
static const struct v1_failure *login_confirm_phone(
	struct request *req, const struct code_login *login, const char *phone_code)
{
	struct v1_failure *failure = arena_new_of(req->arena, struct v1_failure);
	enum err err = str_is_empty(phone_code) ? ERR_NONE
						: phone_button(req, login->app, phone_code);

	if (err == ERR_NONE)
		return NULL;
	req->err_reason = arena_printf(req->arena, "phone_code: %s", err_name(err));
	*failure = v1_failure_of(req, err);
	return failure;
}

/* The principal is from now on the person who has logged in. */
static enum err login_answer(struct request *req, const struct code_login *login)
{
	const struct login_request *in = req->in;
	struct login_answer *out = req->out;
	struct v1_person *person = arena_new_of(req->arena, struct v1_person);
	const struct profile change = v1_profile_change(in->profile);
	const int32_t id = login->account.wechat_user_id;
	const struct v1_failure *phone_error;
	enum err err = ERR_NONE;

	if (login->token.text[0] == '\0')
		return request_fail(req, ERR_BUSY, "a repeated code got no token");
	req->principal = login_principal(req, &login->account);
	if (in->profile != NULL)
		err = wechat_user_edit(req->db, &req->principal, id, &change);
	if (err != ERR_NONE)
		return err;
	phone_error = login_confirm_phone(req, login, in->phone_code);
	err = v1_person_find(req, id, person);
	*out = (struct login_answer){
		.token = v1_token_from(req, &login->token),
		.is_new = login->is_new,
		.account = person,
		.phone_error = phone_error,
	};
	return err;
}

static enum err login(struct request *req)
{
	const struct login_request *in = req->in;
	struct app app;
	struct code_login login = {
		.app = &app, .code = in->code, .wants_token = true, .reopens = in->reopen,
	};
	enum err err = called_app(req, &app);

	if (err == ERR_NONE)
		err = code_login(req, &login);
	if (err == ERR_ACCOUNT_DISABLED)
		return login_refuse_account(req, &login);
	if (err == ERR_NONE)
		err = login_answer(req, &login);
	if (err == ERR_USER_UNKNOWN)
		return request_fail(req, ERR_CODE_USED, "the user was erased since");
	return err;
}

static const enum err errors[] = {
	ERR_APP_UNKNOWN, ERR_PARAMETER, ERR_ACCOUNT_CLOSED, CODE_LOGIN_ERRORS, ERR_NONE};

const struct endpoint v1_login = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/login",
	.summary = {"用微信 code 登录", "Log in by a code of WeChat"},
	.details = {"用 code 向微信换取用户并登录，首次登录时新建账号，返回访问令牌和本人。code 只换取一次：60 秒内同一"
		    "地址重复提交得到同一用户和又一个令牌，之后按已使用拒绝；同一个 code 在 60 秒内也可用于 "
		    "getUserInfo 和 AppAuthorization。profile 有误时 code 不会被用掉；"
		    "phone_code 在登录之后才验证，失败不影响登录。"
		    "每个用户最多 10 次登录同时有效，再登录则最早的一次作废。"
		    "account_closed 时可在 60 秒内用同一个 code（之后用新的 code）加 reopen 取回账号。",
		"Exchanges the code at WeChat and logs the user in; a first login makes the "
		"account. Answers an access token and the person. A code is exchanged once: "
		"repeated from the same address within 60 s it gives the same user and another "
		"token, later it is refused as used; within 60 s it serves getUserInfo and "
		"AppAuthorization, too. A bad profile does not spend the code. phone_code "
		"is exchanged after the login, which succeeds even if that fails. A user has at "
		"most 10 logins at a time: one more ends the oldest. After "
		"account_closed the same code within 60 s, or a new one, with reopen takes the "
		"account back."},
	.access = ACCESS_ANYBODY, .is_login = true,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &answer_shape,
	.errors = errors,
	.run = login,
};
