#include "account_admin.h"
#include "account_close.h"
#include "admin/admin_id.h"
#include "admin/dialect.h"
#include "audit.h"
#include "request.h"

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

#define CHANGE                                                                                  \
	.dialect = &admin_dialect, .method = "POST",                                            \
	.parameter = {"账号的编号，也可以是已并入别的账号的",                                   \
		"id of the account, or of one that was merged into it"},                        \
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
