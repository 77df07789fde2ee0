#include "admin/admin_page.h"
#include "admin/dialect.h"
#include "audit_list.h"
#include "request.h"
#include "v1/admin_entry.h"

struct list_request {
	struct page_request page;
	struct audit_match match;
};

#define MATCHED(member, most, zh, en)                                                           \
	FIELD(struct list_request, match.member, STR, .name = #member, .max = (most),           \
		.is_id = true, .text = {zh, en})

static const struct field list_fields[] = {
	ADMIN_PAGE_QUERY(struct list_request),
	FIELD(struct list_request, match.action, STR, .name = "action", .max = 64,
		.text = {"只列这种操作的，如 key.add", "of this action alone, as key.add"}),
	MATCHED(subject, 128, "只列对它做的，与列表中的 subject 完全相同，如 key 7",
		"what was done to this alone, the whole subject as it is listed, as key 7"),
	MATCHED(who, 160, "只列它做的，与列表中的 who 完全相同，如 key 7 back-office",
		"what this one has done alone, the whole who as it is listed, as key 7 "
		"back-office"),
	FIELD_END
};

static const struct shape list_shape = {
	.name = "AuditList", .size = sizeof(struct list_request), .fields = list_fields,
};

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_entry_shape, "最近的在前", "the newest first")
};

static const struct shape page_shape = {
	.name = "Audit", .size = sizeof(struct page_answer), .fields = page_fields,
};

static int64_t show_entry(void *ctx, const void *row, void *item_r)
{
	const struct audit_listed *entry = row;

	(void)ctx;
	*(struct admin_entry *)item_r = admin_entry_from(entry);
	return entry->id;
}

static enum err audit_get(struct request *req)
{
	const struct list_request *in = req->in;
	const struct audit_listed *entries;
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = audit_list_before(req->db,
			&(struct audit_page){req->principal.tenant_id, in->match, page.after_id,
				page.n_most},
			&entries, &n);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(entries, n, struct admin_entry, show_entry, NULL));
	return err;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_audit_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/audit",
	.summary = {"查看审计", "Read the audit"},
	.details = {"同 wxuserctl audit list。租户管理员看本租户的，运维人员看服务本身的。"
		    "每条记录的签名在读取时验证；整条链用 wxuserctl audit verify 验证。",
		"As wxuserctl audit list. A tenant's admin reads the tenant's entries, an "
		"operator those of the service itself. The signature of each is verified as it "
		"is read; wxuserctl audit verify verifies the chain."},
	.access = ACCESS_BY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &list_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = audit_get,
};
