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

enum err admin_page_read(struct request *req, struct page_wanted *page_r)
{
	const struct page_request *in = req->in;
	const int32_t limit = in->limit == 0 ? PRESET : in->limit;

	*page_r = (struct page_wanted){.n_most = limit + 1};
	if (limit < 1 || limit > ADMIN_PAGE_MAX)
		return v1_refuse_member(
			req, "limit", (struct text){"须为 1 至 1000。", "It must be 1 to 1000."});
	if (in->after != NULL &&
		(!str_parse_int64(in->after, &page_r->after_id) || page_r->after_id < 1))
		return v1_refuse_member(req, "after",
			(struct text){"不是上一页的 next。", "It is no next of a page."});
	return ERR_NONE;
}

void admin_page_show(struct request *req, const struct page_wanted *page, struct object_list found,
	const int64_t *ids)
{
	struct page_answer *out = req->out;
	const size_t n_most = (size_t)page->n_most - 1;

	out->items = found;
	if (found.n_items <= n_most)
		return;
	out->items.n_items = n_most;
	out->next = arena_printf(req->arena, "%lld", (long long)ids[n_most - 1]);
}
