#include "admin/admin_page.h"
#include "arena.h"
#include "request.h"
#include "str.h"
#include "v1/faults.h"

#define PRESET 100

struct page_query {
	struct page_request page;
};

static const struct field page_fields[] = {
	ADMIN_PAGE_QUERY(struct page_query),
	FIELD_END
};

const struct shape admin_page_shape = {
	.name = "Page", .size = sizeof(struct page_query), .fields = page_fields,
};

enum err admin_page_limit(struct request *req, int32_t limit, int32_t *n_most_r)
{
	if (limit < 0 || limit > ADMIN_PAGE_MAX)
		return v1_refuse_member(
			req, "limit", (struct text){"须为 1 至 1000。", "It must be 1 to 1000."});
	*n_most_r = (limit == 0 ? PRESET : limit) + 1;
	return ERR_NONE;
}

enum err admin_page_refuse_after(struct request *req)
{
	return v1_refuse_member(req, "after",
		(struct text){"不是上一页的 next。", "It is no next of a page."});
}

enum err admin_page_read(struct request *req, struct page_wanted *page_r)
{
	const struct page_request *in = req->in;
	enum err err;

	*page_r = (struct page_wanted){0};
	err = admin_page_limit(req, in->limit, &page_r->n_most);
	if (err == ERR_NONE && in->after != NULL &&
		(!str_parse_int64(in->after, &page_r->after_id) || page_r->after_id < 1))
		return admin_page_refuse_after(req);
	return err;
}

void admin_page_show(
	struct request *req, const struct page_wanted *page, const struct page_rows *found)
{
	struct page_answer *out = req->out;
	const size_t n_most = (size_t)page->n_most - 1;
	const size_t n_items = found->n_rows < n_most ? found->n_rows : n_most;
	char *items = arena_alloc(req->arena, n_items * found->item_size);
	const char *rows = found->rows;
	int64_t last_id = 0;

	for (size_t i = 0; i < n_items; i++)
		last_id = found->show(found->ctx, rows + i * found->row_size,
			items + i * found->item_size);
	out->items = (struct object_list){.items = items, .n_items = n_items};
	if (found->n_rows > n_most)
		out->next = arena_printf(req->arena, "%lld", (long long)last_id);
}
