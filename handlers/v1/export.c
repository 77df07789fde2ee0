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
};

static const struct field row_fields[] = {
	FIELD_END
};

static const struct shape row_shape = {.name = "ExportedRow", .fields = row_fields};

/* A table that is exported and has no text here does not compile. */
#define TEXT_account {"账号", "the account"}
#define TEXT_account_alias {"已并入该账号的账号", "accounts that were merged into it"}
#define TEXT_account_unionid {"unionid", "its unionids"}
#define TEXT_wechat_user {"微信用户及其资料", "its WeChat users and their profiles"}
#define TEXT_member {"会员档案", "members that they are bound to"}
#define TEXT_login_claim {"最近十分钟的登录 code 的结果", "outcomes of the login codes of ten minutes"}
#define TEXT_account_conflict {"未能自动合并的 unionid", "unionids by which no merge was possible"}
#define TEXT_access_token {"登录和换取令牌的时间", "logins and renewals, with their times"}
#define TEXT_membership {"在各社区的身份", "roles in communities"}
#define TEXT_resident {"居民资料", "what was stated about the own residence"}
#define TEXT_push_event {"微信推送的事件", "events that WeChat has sent"}
#define TEXT_waiting_follow {"登录之前的关注事件", "follow events from before the login"}
#define TEXT_consent {"本人的同意", "consents"}

static const struct field export_fields[] = {
#define EXPORT_BEGIN(table, key, column)                                                        \
	FIELD(struct export, table, OBJECT_LIST, .name = #table, .shape = &row_shape,           \
		.text = TEXT_##table),
#include "personal_tables.inc"
	FIELD_END
};

static const struct shape export_shape = {
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
	.details = {"返回本服务保存的本人全部数据，加密保存的以明文返回；凭证、哈希和涉及他人的内容除外。每张表一个"
		    "成员，行的成员即表的列。需要令牌和本人新取得的 code，不带 X-WX-AppId 时 code 属于令牌的应用；"
		    "不会登录。每小时一次，记入审计；失败的请求不计。重复发送同一个 code 得到 code_spent。",
		"Everything that is stored about the person, sealed values in clear, but no "
		"credentials, hashes, or what identifies others. Each table is a member, and the "
		"members of a row are the table's columns. Needs the token and a new code of the "
		"person's, without X-WX-AppId one of the token's app; nobody is logged in by it. "
		"Once an hour, and written to the audit; a failed request does not count. The same "
		"code again is code_spent."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.takes_app_of_token = true,
	.unreadable = ERR_BAD_REQUEST,
	.request = &fresh_code_shape,
	.answer = ANSWER_BY_RUN,
	.response = &export_shape,
	.errors = errors,
	.run = export_run,
};
