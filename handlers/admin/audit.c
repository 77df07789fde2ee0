#include "admin/dialect.h"
#include "admin/admin_page.h"
#include "arena.h"
#include "audit_list.h"
#include "request.h"

struct entry_answer {
	int64_t id;
	int64_t at_us;
	const char *action, *actor, *subject, *details, *who, *address, *request_id;
	int64_t sequence;
	bool is_signed;
};

#define ENTRY(member, type, ...) FIELD(struct entry_answer, member, type, __VA_ARGS__)

static const struct field entry_fields[] = {
	ENTRY(id, INT64, .name = "id", .text = {"编号", "id"}),
	ENTRY(at_us, INSTANT, .name = "at", .text = {"时间", "when"}),
	ENTRY(action, STR, .name = "action",
		.text = {"做了什么，如 key.add", "what was done, as key.add"}),
	ENTRY(actor, STR, .name = "actor",
		.text = {"由什么做的，如 admin、wxuserctl、login",
			"what did it, as admin, wxuserctl, login"}),
	ENTRY(subject, STR, .name = "subject", .text = {"对什么做的", "what it was done to"}),
	ENTRY(details, STR, .name = "details",
		.text = {"细节，一个 JSON 对象的文本", "details, the text of a JSON object"}),
	ENTRY(who, STR, .name = "who", .may_be_null = true,
		.text = {"谁做的；旧版本的记录为 null",
			"who did it; null of an old release's entry"}),
	ENTRY(address, STR, .name = "address", .may_be_null = true,
		.text = {"从哪里：遮掩了末段的地址，或主机",
			"from where: an address without its last part, or a host"}),
	ENTRY(request_id, STR, .name = "request_id", .may_be_null = true,
		.text = {"哪个请求", "by which request"}),
	ENTRY(sequence, INT64, .name = "sequence",
		.text = {"在审计链中的序号；0 表示还没有封入",
			"its place in the chain; 0: it is to be sealed"}),
	ENTRY(is_signed, BOOL, .name = "is_signed",
		.text = {"签名是否正确；false 表示记录被改过，或签名的 key 已不在",
			"whether its signature is right; false: the entry was changed, or the key "
			"that signed it is not there"}),
	FIELD_END
};

static const struct shape entry_shape = {
	.name = "AuditEntry", .size = sizeof(struct entry_answer), .fields = entry_fields,
};

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&entry_shape, "最近的在前", "the newest first")
};

static const struct shape page_shape = {
	.name = "Audit", .size = sizeof(struct page_answer), .fields = page_fields,
};

static struct entry_answer entry_from(const struct audit_listed *listed)
{
	return (struct entry_answer){
		.id = listed->id,
		.at_us = listed->at_us,
		.action = listed->entry.action,
		.actor = listed->entry.actor,
		.subject = listed->entry.subject,
		.details = listed->entry.details,
		.who = listed->origin.who,
		.address = listed->origin.address,
		.request_id = listed->origin.request_id,
		.sequence = listed->sequence,
		.is_signed = listed->is_signed,
	};
}

static enum err audit_get(struct request *req)
{
	const struct audit_listed *entries;
	struct entry_answer *shown;
	struct page_wanted page;
	int64_t *ids;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = audit_list_before(req->db,
			&(struct audit_page){req->principal.tenant_id, page.after_id, page.n_most},
			&entries, &n);
	if (err != ERR_NONE)
		return err;
	shown = arena_array(req->arena, struct entry_answer, n);
	ids = arena_array(req->arena, int64_t, n);
	for (size_t i = 0; i < n; i++) {
		shown[i] = entry_from(&entries[i]);
		ids[i] = entries[i].id;
	}
	admin_page_show(req, &page, (struct object_list){.items = shown, .n_items = n}, ids);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_audit_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/audit",
	.summary = {"查看审计", "Read the audit"},
	.details = {"租户管理员看本租户的，运维人员看服务本身的。每条记录的签名在读取时验证；整条链用 wxuserctl audit verify 验证。",
		"A tenant's admin reads the tenant's entries, an operator those of the service "
		"itself. The signature of each is verified as it is read; wxuserctl audit verify "
		"verifies the chain."},
	.access = ACCESS_BY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = audit_get,
};
