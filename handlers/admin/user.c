#include "admin/admin_found.h"
#include "admin/admin_id.h"
#include "admin/dialect.h"
#include "arena.h"
#include "audit.h"
#include "export_json.h"
#include "person_find.h"
#include "person_overview.h"
#include "request.h"
#include "user_find.h"
#include "v1/admin_person.h"
#include "v1/dialect.h"

static const enum err errors[] = {ERR_NOT_FOUND, ERR_NONE};

#define OF_USER                                                                                 \
	.dialect = &admin_dialect, .parameter = {"微信用户的编号", "id of the WeChat user"},    \
	.access = ACCESS_KEY_ADMIN, .pool = POOL_CORE, .source = FROM_NOTHING, .errors = errors

/* Somebody may have erased the person since the user was found. */
static enum err refuse_gone(struct request *req, enum err err)
{
	return err == ERR_USER_UNKNOWN ? request_fail(req, ERR_NOT_FOUND, "the user has gone")
				       : err;
}

/* ---- Show. */

static enum err users_show_get(struct request *req)
{
	struct person_overview overview;
	struct found_user user;
	struct person person;
	enum err err = admin_found(req, &user);

	if (err != ERR_NONE)
		return err;
	person = admin_found_person(&user);
	err = person_overview(req->db, &person, &overview);
	if (err != ERR_NONE)
		return refuse_gone(req, err);
	*(struct admin_person *)req->out = admin_person_from(req->arena, &overview);
	return ERR_NONE;
}

const struct endpoint admin_users_show_get = {
	OF_USER,
	.method = "GET",
	.path = "v1/admin/users/{id}",
	.summary = {"查看一个人", "Show a person"},
	.details = {"同 wxuserctl user show：账号、微信用户、手机号、会员、登录，最近被拒绝的登录及原因。个人数据已遮掩。停用、启用和结束登录用 "
		    "/v1/admin/accounts/{id}，id 是 account_id。",
		"As wxuserctl user show: account, WeChat users, phones, members, logins, and why "
		"logins were refused. Personal data are masked. To disable, enable or log out, use "
		"/v1/admin/accounts/{id} with account_id."},
	.answer = ANSWER_PLAIN,
	.response = &admin_person_shape,
	.run = users_show_get,
};

/* ---- Reveal. */

struct reveal_answer {
	int32_t id;
	const char *account_id, *appid, *openid, *unionid, *name, *phone;
};

#define REVEALED(member, type, ...) FIELD(struct reveal_answer, member, type, __VA_ARGS__)

static const struct field reveal_fields[] = {
	REVEALED(id, INT32, .name = "id", .text = {"微信用户的编号", "id of the WeChat user"}),
	REVEALED(account_id, STR, .name = "account_id", .may_be_null = true,
		.text = {"账号的编号；还没登录过时为 null",
			"id of the account; null before the first login"}),
	REVEALED(appid, STR, .name = "appid", .may_be_null = true,
		.text = {"微信应用的 appid", "appid"}),
	REVEALED(openid, STR, .name = "openid", .may_be_null = true, .text = {"openid", "openid"}),
	REVEALED(unionid, STR, .name = "unionid", .may_be_null = true,
		.text = {"unionid", "unionid"}),
	REVEALED(name, STR, .name = "name", .text = {"资料中的姓名或昵称", "the profile's name"}),
	REVEALED(phone, STR, .name = "phone",
		.text = {"资料中的手机号", "the profile's phone"}),
	FIELD_END
};

static const struct shape reveal_shape = {
	.name = "RevealedUser", .size = sizeof(struct reveal_answer), .fields = reveal_fields,
};

static enum err users_reveal_post(struct request *req)
{
	const struct audit_entry entry = {
		.tenant_id = req->principal.tenant_id,
		.action = "user.reveal",
		.subject = arena_printf(req->arena, "user %s", req->path_parameter),
		.details = "{}",
	};
	struct found_user user;
	enum err err = admin_found(req, &user);

	if (err == ERR_NONE)
		err = audit_write_alone(req->db, &entry);
	if (err != ERR_NONE)
		return err;
	*(struct reveal_answer *)req->out = (struct reveal_answer){
		.id = user.id,
		.account_id = admin_uuid(req, user.account_id),
		.appid = user.appid,
		.openid = user.openid,
		.unionid = user.unionid,
		.name = user.name,
		.phone = user.phone,
	};
	return ERR_NONE;
}

const struct endpoint admin_users_reveal_post = {
	OF_USER,
	.method = "POST",
	.path = "v1/admin/users/{id}/reveal",
	.summary = {"查看一个微信用户的完整资料", "Show a WeChat user without masks"},
	.details = {"每次都记入审计。请求没有正文。",
		"Each time is written to the audit. The request has no body."},
	.answer = ANSWER_PLAIN,
	.response = &reveal_shape,
	.run = users_reveal_post,
};

/* ---- Export. */

static enum err users_export_post(struct request *req)
{
	struct found_user user;
	struct person person;
	enum err err = admin_found(req, &user);

	if (err != ERR_NONE)
		return err;
	person = admin_found_person(&user);
	response_set(req, 200, "application/json");
	err = export_json(req->db, &person, AUDIT_ACTOR_ADMIN, &req->response.body);
	return refuse_gone(req, err);
}

const struct endpoint admin_users_export_post = {
	OF_USER,
	.method = "POST",
	.path = "v1/admin/users/{id}/export",
	.summary = {"导出一个人的数据", "Export a person's data"},
	.details = {"同 wxuserctl user export，供交给本人：加密保存的以明文返回，凭证、哈希和涉及他人的内容除外。每次都记入审计。请求没有正文。",
		"As wxuserctl user export, for that person: sealed values in clear, but no "
		"credentials, hashes, or what identifies others. Each time is written to the "
		"audit. The request has no body."},
	.answer = ANSWER_BY_RUN,
	.response = &v1_export_shape,
	.run = users_export_post,
};
