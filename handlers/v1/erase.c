#include "account_close.h"
#include "fresh_code.h"
#include "json_writer.h"
#include "request.h"
#include "v1/dialect.h"

struct erasure_answer {
	int64_t receipt, erased_us, erases_us;
};

#define ERASURE(member, type, ...) FIELD(struct erasure_answer, member, type, __VA_ARGS__)

static const struct field answer_fields[] = {
	ERASURE(receipt, INT64, .name = "receipt",
		.text = {"回执号，即审计记录的编号，请本人保存",
			"the number of the entry in the audit, for the person to keep"}),
	ERASURE(erased_us, INSTANT, .name = "erased_at", .is_optional = true,
		.text = {"删除的时间", "when it was erased"}),
	ERASURE(erases_us, INSTANT, .name = "erases_at", .is_optional = true,
		.text = {"将要删除的时间，在此之前可以取回",
			"when it will be erased; it can be taken back before"}),
	FIELD_END
};

static const struct shape answer_shape = {
	.name = "Erasure", .size = sizeof(struct erasure_answer), .fields = answer_fields,
};

static enum err erase(struct request *req)
{
	struct uuid account_id;
	struct closing closing;
	struct erasure_answer answer;
	enum err err = fresh_code_prove(req, &account_id);

	if (err != ERR_NONE)
		return err;
	err = account_close(req->db, &req->principal, &closing);
	if (err != ERR_NONE)
		return fresh_code_spent(err);
	answer = (struct erasure_answer){
		.receipt = closing.receipt,
		.erased_us = closing.is_erased ? closing.erases_us : 0,
		.erases_us = closing.is_erased ? 0 : closing.erases_us,
	};
	response_set(req, closing.is_erased ? 200 : 202, "application/json");
	json_write(&req->response.body, &answer_shape, &answer);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_PARAMETER, FRESH_CODE_ERRORS, ERR_NONE};

const struct endpoint v1_me_erase = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/me/erase",
	.summary = {"注销账号，删除本人的数据", "Erase the account"},
	.details = {"删除账号的所有 openid 和数据，会员档案没有别的账号绑定时也一并删除（租户可以关掉）；令牌立即失效。"
		    "需要令牌和本人新取得的 code；不带 X-WX-AppId 时，code 属于令牌的应用。"
		    "租户设置了反悔期时返回 202 和 erases_at：账号先关闭，登录时带 "
		    "reopen 可以取回。重复发送同一个 code 得到 code_spent 或 401。",
		"Erases all openids of the account and its data, and the member unless another "
		"account is bound to it or the tenant keeps members; its tokens end at once. "
		"Needs the token and a new code of the person's; without X-WX-AppId it is one of "
		"the token's app. If the tenant gives days to "
		"reconsider, the answer is 202 with erases_at: the account is closed until then, "
		"and a login with reopen takes it back. The same code again is code_spent or "
		"401."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.takes_app_of_token = true,
	.unreadable = ERR_BAD_REQUEST,
	.request = &fresh_code_shape,
	.answer = ANSWER_BY_RUN,
	.may_answer_later = true,
	.response = &answer_shape,
	.errors = errors,
	.run = erase,
};
