#include "admin/dialect.h"
#include "admin/admin_page.h"
#include "push_event.h"
#include "request.h"
#include "v1/admin_shapes.h"
#include "v1/masked.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_pending_shape, "按编号", "by id")
};

static const struct shape page_shape = {
	.name = "PendingErasures", .size = sizeof(struct page_answer), .fields = page_fields,
};

static int64_t show_event(void *ctx, const void *row, void *item_r)
{
	const struct request *req = ctx;
	const struct push_event *event = row;
	struct admin_pending *item = item_r;

	*item = admin_pending_from(req->arena, event);
	item->event.openid = masked_text(req->arena, event->openid);
	return event->id;
}

static enum err erasures_get(struct request *req)
{
	const struct push_event *events;
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = push_event_page(req->db,
			&(struct push_event_page){
				req->principal.tenant_id, page.after_id, page.n_most},
			&events, &n);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(events, n, struct admin_pending, show_event, req));
	return err;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_erasures_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/erasures",
	.summary = {"列出待处理的删除", "List the pending erasures"},
	.details = {"微信说用户撤回了信息，但签名不涵盖消息，所以等管理员处理：wxuserctl user erase。",
		"WeChat says that a user has revoked data, but no signature covers the message, "
		"so it "
		"waits for an administrator: wxuserctl user erase."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = erasures_get,
};
