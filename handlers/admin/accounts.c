#include "account.h"
#include "account_admin.h"
#include "account_close.h"
#include "admin/admin_id.h"
#include "admin/dialect.h"
#include "audit.h"
#include "request.h"
#include "v1/faults.h"

static enum err change_account(
	struct request *req, enum err (*change)(struct db *db, const struct account_ref *ref))
{
	struct account_ref ref;
	enum err err = admin_account_find(req, req->path_parameter, &ref);

	return err == ERR_NONE ? change(req->db, &ref) : err;
}

static enum err accounts_disable_post(struct request *req)
{
	return change_account(req, account_disable);
}

static enum err accounts_enable_post(struct request *req)
{
	return change_account(req, account_enable);
}

static enum err accounts_log_out_post(struct request *req)
{
	return change_account(req, account_log_out);
}

static enum err reopen(struct db *db, const struct account_ref *ref)
{
	enum err err = account_reopen(db, ref, AUDIT_ACTOR_ADMIN);

	return err == ERR_ABSENT ? ERR_NONE : err;
}

static enum err accounts_reopen_post(struct request *req)
{
	return change_account(req, reopen);
}

static const enum err errors[] = {ERR_USER_UNKNOWN, ERR_NONE};

#define OF_ACCOUNT                                                                              \
	{                                                                                       \
		"账号的编号，也可以是已并入别的账号的",                                         \
			"id of the account, or of one that was merged into it"                  \
	}
#define CHANGE                                                                                  \
	.dialect = &admin_dialect, .method = "POST",                                            \
	.parameter = OF_ACCOUNT,                                                                \
	.access = ACCESS_KEY_ADMIN, .pool = POOL_CORE, .source = FROM_NOTHING,                  \
	.answer = ANSWER_EMPTY, .errors = errors

const struct endpoint admin_accounts_disable_post = {
	CHANGE,
	.path = "v1/admin/accounts/{id}/disable",
	.summary = {"停用账号", "Disable an account"},
	.details = {"结束它的登录，并拒绝新的登录。请求没有正文。重复请求结果相同。",
		"Ends its logins and refuses new ones. The request has no body. A repetition has "
		"the "
		"same result."},
	.run = accounts_disable_post,
};

const struct endpoint admin_accounts_enable_post = {
	CHANGE,
	.path = "v1/admin/accounts/{id}/enable",
	.summary = {"启用账号", "Enable an account"},
	.details = {"又可以登录；以前的登录不恢复。请求没有正文。重复请求结果相同。",
		"It may log in again; logins from before stay ended. The request has no body. A "
		"repetition has the same result."},
	.run = accounts_enable_post,
};

const struct endpoint admin_accounts_log_out_post = {
	CHANGE,
	.path = "v1/admin/accounts/{id}/log-out",
	.summary = {"结束账号的全部登录", "Log an account out everywhere"},
	.details = {"请求没有正文。重复请求结果相同。",
		"The request has no body. A repetition has the same result."},
	.run = accounts_log_out_post,
};

const struct endpoint admin_accounts_reopen_post = {
	CHANGE,
	.path = "v1/admin/accounts/{id}/reopen",
	.summary = {"取回本人注销的账号", "Open an account that its person has closed"},
	.details = {"在删除之前，应本人要求；以前的登录不恢复。请求没有正文。重复请求结果相同。",
		"For a person who asks for it before the account is erased. Logins from before "
		"stay ended. The request has no body. A repetition has the same result."},
	.run = accounts_reopen_post,
};

/* ---- Flags. */

struct flag_request {
	const char *name, *value;
};

static const struct field flag_fields[] = {
	FIELD(struct flag_request, name, STR, .name = "name", .max = 64, .is_required = true,
		.text = {"标志的名称，同租户的设置", "name of the flag, as of the tenant's setting"}),
	FIELD(struct flag_request, value, STR, .name = "value", .max = 8, .is_required = true,
		.takes_scalars = true,
		.text = {"true、false，写成字符串也可以；或 \"none\"：按租户的设置",
			"true or false, also as a string, or \"none\": as the tenant's setting "
			"has it"}),
	FIELD_END
};

static const struct shape flag_shape = {
	.name = "AccountFlag", .size = sizeof(struct flag_request), .fields = flag_fields,
};

static bool find_value(const char *text, enum own_flag *value_r)
{
	static const char *const values[] = {
		[OWN_FALSE] = "false", [OWN_TRUE] = "true", [OWN_NONE] = "none",
	};

	for (int i = OWN_FALSE; i <= OWN_NONE; i++)
		if (strcmp(values[i], text) == 0) {
			*value_r = (enum own_flag)i;
			return true;
		}
	return false;
}

static enum err accounts_flag_put(struct request *req)
{
#define WORD(flag) " " #flag
	static const struct text wrong_name = {"须为以下之一：" ACCOUNT_CUSTOMER_FLAGS(WORD),
		"It must be one of:" ACCOUNT_CUSTOMER_FLAGS(WORD)};
#undef WORD
	const struct flag_request *in = req->in;
	struct account_ref ref;
	enum own_flag value;
	enum err err;

	if (!find_value(in->value, &value))
		return v1_refuse_member(req, "value",
			(struct text){"须为 true、false 或 none。",
				"It must be true, false or none."});
	err = admin_account_find(req, req->path_parameter, &ref);
	if (err == ERR_NONE)
		err = account_set_flag(req->db, &ref, in->name, value);
	return err == ERR_PARAMETER ? v1_refuse_member(req, "name", wrong_name) : err;
}

static const enum err flag_errors[] = {ERR_USER_UNKNOWN, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_accounts_flag_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/accounts/{id}/flag",
	.parameter = OF_ACCOUNT,
	.summary = {"单独设置账号的一个标志", "Set a flag of an account"},
	.details = {"同 wxuserctl account set：代替租户的设置，客户方言读它。重复请求结果相同。",
		"As wxuserctl account set: in place of its tenant's setting, for the customer "
		"dialect. A repetition has the same result."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &flag_shape,
	.answer = ANSWER_EMPTY,
	.errors = flag_errors,
	.run = accounts_flag_put,
};
