#include "arena.h"
#include "db.h"
#include "export_json.h"
#include "fresh_code.h"
#include "person_export.h"
#include "request.h"
#include "v1/dialect.h"

#define PAUSE_S 3600

/* For the reference: export_json() writes the answer. */
struct export {
#define EXPORT_BEGIN(table, key, column) struct object_list table;
#include "personal_tables.inc"
	struct object_list left_out;
};

struct left_out {
	const char *what, *why, *why_zh;
};

static const struct field left_out_fields[] = {
	FIELD(struct left_out, what, STR, .name = "what", .text = {"什么，英文", "what it is"}),
	FIELD(struct left_out, why, STR, .name = "why", .text = {"为什么，英文", "why"}),
	FIELD(struct left_out, why_zh, STR, .name = "why_zh",
		.text = {"什么，为什么，中文", "both in Chinese"}),
	FIELD_END
};

static const struct shape left_out_shape = {
	.name = "LeftOut", .size = sizeof(struct left_out), .fields = left_out_fields,
};

static const struct field row_fields[] = {
	FIELD_END
};

static const struct shape row_shape = {.name = "ExportedRow", .fields = row_fields};

/* A table that is exported and has no text here does not compile. */
#define TEXT_account                                                                            \
	{"账号；confirmed_phone_source：1 手机号按钮，2 短信，3 API key",                       \
		"the account; confirmed_phone_source: 1 the phone button, 2 SMS, 3 an API key"}
#define TEXT_account_alias {"已并入该账号的账号", "accounts that were merged into it"}
#define TEXT_account_unionid {"unionid", "its unionids"}
#define TEXT_wechat_user                                                                        \
	{"微信用户及其资料；user_set 是本人或租户填写的部分之和：1 名称，2 头像，4 电话，8 "    \
	 "性别，16 语言，32 地区",                                                              \
		"its WeChat users and their profiles; user_set is the sum of what the person or " \
		"the tenant has set: 1 name, 2 avatar, 4 phone, 8 gender, 16 language, 32 place"}
#define TEXT_member                                                                             \
	{"会员档案；card_state：0 有效，1 挂失，2 作废，3 不可用",                              \
		"members that they are bound to; card_state: 0 valid, 1 lost, 2 void, 3 unusable"}
#define TEXT_login_claim                                                                        \
	{"最近十分钟的 code 的结果；kind：0 登录，1 手机号按钮；state：0 未知，1 成功，2 拒绝", \
		"outcomes of the codes of ten minutes; kind: 0 a login, 1 the phone button; "   \
		"state: 0 not known, 1 success, 2 refused"}
#define TEXT_account_conflict                                                                   \
	{"未能自动合并的 unionid；reason：1 已有别的 unionid，2 同一应用的两个 openid，3 "      \
	 "两个会员，4 账号停用，5 管理员已撤销合并",                                            \
		"unionids by which no merge was possible; reason: 1 another unionid, 2 two "    \
		"openids of one app, 3 two members, 4 an account that may not log in, 5 a merge " \
		"that the operator has undone"}
#define TEXT_access_token {"登录和换取令牌的时间", "logins and renewals, with their times"}
#define TEXT_membership {"在各社区的身份", "roles in communities"}
#define TEXT_resident {"居民资料", "what was stated about the own residence"}
#define TEXT_push_event                                                                         \
	{"微信推送的事件；state：0 已处理，1 等待管理员",                                       \
		"events that WeChat has sent; state: 0 done, 1 waits for the operator"}
#define TEXT_waiting_follow {"登录之前的关注事件", "follow events from before the login"}
#define TEXT_login_refusal                                                                      \
	{"最近七天被拒绝的登录；is_claimed：openid 只是客户端所称，可能是别人的请求",           \
		"logins of seven days that were refused; is_claimed: the client alone has named " \
		"the openid, so the request may be somebody else's"}
#define TEXT_active_day {"最近八天中登录过的日期", "on which of eight days the person has logged in"}
#define TEXT_consent {"本人的同意", "consents"}
#define TEXT_former_openid {"更换主体之前的 openid", "openids before the app changed its owner"}
#define TEXT_external_id {"原系统里的编号", "its ids in the systems before"}

static const struct field export_fields[] = {
#define EXPORT_BEGIN(table, key, column)                                                        \
	FIELD(struct export, table, OBJECT_LIST, .name = #table, .shape = &row_shape,           \
		.text = TEXT_##table),
#include "personal_tables.inc"
	FIELD(struct export, left_out, OBJECT_LIST, .name = "left_out", .shape = &left_out_shape,
		.text = {"导出中没有的内容及原因，如审计",
			"what the export does not have, and why, such as the audit"}),
	FIELD_END
};

const struct shape v1_export_shape = {
	.name = "Export", .size = sizeof(struct export), .fields = export_fields,
};

static enum err export_refuse(struct request *req, int64_t wait_s)
{
	req->retry_after_s = (int32_t)wait_s;
	return ERR_RATE;
}

static enum err export_write(struct request *req, const struct person *person)
{
	enum err err;

	response_set(req, 200, "application/json");
	err = export_json(req->db, person, req->principal.name, &req->response.body);
	if (err == ERR_RATE)
		return export_refuse(req, PAUSE_S);
	return fresh_code_spent(err);
}

/* The hour is looked at first, so that a refusal spends no code. */
static enum err export_run(struct request *req)
{
	struct person person = {
		.tenant_id = req->principal.tenant_id,
		.account_id = req->principal.account_id,
		.is_asking = true,
	};
	int64_t wait_s;
	enum err err = person_export_look(req->db, &person, &wait_s);

	if (err == ERR_NONE && wait_s > 0) {
		request_fail(req, ERR_RATE, "the person has had an export within the hour");
		return export_refuse(req, wait_s);
	}
	if (err == ERR_NONE)
		err = fresh_code_prove(req, &person.account_id);
	return err == ERR_NONE ? export_write(req, &person) : err;
}

static const enum err errors[] = {ERR_PARAMETER, FRESH_CODE_ERRORS, ERR_NONE};

const struct endpoint v1_me_export = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/me/export",
	.summary = {"导出本人的数据", "Export one's data"},
	.details = {"返回本服务保存的本人数据，加密保存的以明文返回；left_out 说明缺少什么、为什么，如审计、凭证和涉及他人的内容。每张表一个"
		    "成员，行的成员即表的列。需要令牌和本人新取得的 code，不带 X-WX-AppId 时 code 属于令牌的应用；"
		    "不会登录。每小时一次，记入审计；失败的请求不计。一小时内再次请求返回 too_often，不消耗 code。",
		"What is stored about the person, sealed values in clear; left_out says what is "
		"not in it and why, such as the audit, credentials, and what identifies others. "
		"Each table is a member, and the "
		"members of a row are the table's columns. Needs the token and a new code of the "
		"person's, without X-WX-AppId one of the token's app; nobody is logged in by it. "
		"Once an hour, and written to the audit; a failed request does not count. "
		"Another within the hour is too_often and spends no code."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.takes_app_of_token = true,
	.unreadable = ERR_BAD_REQUEST,
	.request = &fresh_code_shape,
	.answer = ANSWER_BY_RUN,
	.response = &v1_export_shape,
	.errors = errors,
	.run = export_run,
};
