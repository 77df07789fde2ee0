#include "admin/admin_page.h"
#include "admin/dialect.h"
#include "merge_list.h"
#include "request.h"
#include "v1/admin_shapes.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_merge_shape, "最近的在前", "the newest first")
};

static const struct shape page_shape = {
	.name = "Merges", .size = sizeof(struct page_answer), .fields = page_fields,
};

static int64_t show_merge(void *ctx, const void *row, void *item_r)
{
	const struct request *req = ctx;
	const struct listed_merge *merge = row;

	*(struct admin_merge *)item_r = admin_merge_from(req->arena, merge);
	return merge->id;
}

static enum err merges_get(struct request *req)
{
	const struct listed_merge *merges;
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = merge_list_page_of_tenant(req->db,
			&(struct merge_page){
				req->principal.tenant_id, page.after_id, page.n_most},
			&merges, &n);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(merges, n, struct admin_merge, show_merge, req));
	return err;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_merges_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/merges",
	.summary = {"列出账号的合并", "List the merges of accounts"},
	.details = {"登录带来的合并和管理员做的合并，撤销过的也在内，直到设置 retain_merge_days 的天数过去。谁做的见审计。",
		"Those that a login brought and those that an administrator made, undone ones too, "
		"until the days of the setting retain_merge_days are over. The audit tells who "
		"made one."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = merges_get,
};
