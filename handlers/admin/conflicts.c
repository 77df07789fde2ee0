#include "account_conflict.h"
#include "admin/admin_id.h"
#include "admin/admin_page.h"
#include "admin/dialect.h"
#include "request.h"
#include "v1/admin_shapes.h"
#include "v1/masked.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_conflict_shape, "按编号", "by id")
};

static const struct shape page_shape = {
	.name = "Conflicts", .size = sizeof(struct page_answer), .fields = page_fields,
};

static int64_t show_conflict(void *ctx, const void *row, void *item_r)
{
	struct request *req = ctx;
	const struct account_conflict *conflict = row;

	*(struct admin_conflict *)item_r = (struct admin_conflict){
		.id = conflict->id,
		.tenant_id = conflict->tenant_id,
		.reason = conflict_reason_name(conflict->reason),
		.account_id = admin_uuid(req, conflict->account_id),
		.other_account_id = admin_uuid(req, conflict->other_id),
		.openid = masked_text(req->arena, conflict->openid),
		.unionid = masked_text(req->arena, conflict->unionid),
		.created_us = conflict->created_us,
	};
	return conflict->id;
}

static enum err conflicts_get(struct request *req)
{
	const struct account_conflict *conflicts;
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = account_conflict_page(req->db,
			&(struct conflict_page){
				req->principal.tenant_id, page.after_id, page.n_most},
			&conflicts, &n);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(conflicts, n, struct admin_conflict, show_conflict, req));
	return err;
}

static const enum err page_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_conflicts_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/conflicts",
	.summary = {"列出账号冲突", "List the conflicts of accounts"},
	.details = {"登录带来的 unionid 说明两个账号是同一人，但没有合并它们。",
		"A login brought a unionid that says that two accounts are one person, but they "
		"were "
		"not merged."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = page_errors,
	.run = conflicts_get,
};

static enum err conflicts_dismiss_post(struct request *req)
{
	int64_t id;
	enum err err = ERR_PARAMETER;

	if (admin_path_id(req, &id))
		err = account_conflict_dismiss_of(req->db, req->principal.tenant_id, id);
	return err == ERR_PARAMETER ? request_fail(req, ERR_NOT_FOUND, "no such open conflict")
				    : err;
}

static const enum err dismiss_errors[] = {ERR_NOT_FOUND, ERR_NONE};

const struct endpoint admin_conflicts_dismiss_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/conflicts/{id}/dismiss",
	.parameter = {"冲突的编号", "id of the conflict"},
	.summary = {"从列表去掉一个冲突", "Dismiss a conflict"},
	.details = {"两个账号保持分开。请求没有正文。重复请求返回 404。",
		"The accounts stay apart. The request has no body. A repetition is 404."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.errors = dismiss_errors,
	.run = conflicts_dismiss_post,
};
