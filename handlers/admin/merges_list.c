#include "admin/admin_page.h"
#include "admin/dialect.h"
#include "arena.h"
#include "merge_list.h"
#include "request.h"
#include "v1/admin_shapes.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_merge_shape, "最近的在前", "the newest first")
};

static const struct shape page_shape = {
	.name = "Merges", .size = sizeof(struct page_answer), .fields = page_fields,
};

static enum err merges_get(struct request *req)
{
	const struct listed_merge *merges;
	struct admin_merge *shown;
	struct page_wanted page;
	int64_t *ids;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = merge_list_page_of_tenant(req->db,
			&(struct merge_page){
				req->principal.tenant_id, page.after_id, page.n_most},
			&merges, &n);
	if (err != ERR_NONE)
		return err;
	shown = arena_array(req->arena, struct admin_merge, n);
	ids = arena_array(req->arena, int64_t, n);
	for (size_t i = 0; i < n; i++) {
		shown[i] = admin_merge_from(req->arena, &merges[i]);
		ids[i] = merges[i].id;
	}
	admin_page_show(req, &page, (struct object_list){.items = shown, .n_items = n}, ids);
	return ERR_NONE;
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
