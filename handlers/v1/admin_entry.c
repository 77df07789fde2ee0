#include "audit_list.h"
#include "v1/admin_entry.h"

#define ENTRY(member, type, ...) FIELD(struct admin_entry, member, type, __VA_ARGS__)
#define ENTRY_FIELDS                                                                            \
	ENTRY(at_us, INSTANT, .name = "at", .text = {"时间", "when"}),                    \
	ENTRY(action, STR, .name = "action",                                            \
		.text = {"做了什么，如 key.add", "what was done, as key.add"}),               \
	ENTRY(actor, STR, .name = "actor",                                              \
		.text = {"由什么做的，如 admin、wxuserctl、login",                               \
			"what did it, as admin, wxuserctl, login"}),                    \
	ENTRY(subject, STR, .name = "subject", .text = {"对什么做的", "what it was done to"}), \
	ENTRY(details, STR, .name = "details",                                          \
		.text = {"细节，一个 JSON 对象的文本", "details, the text of a JSON object"}),    \
	ENTRY(who, STR, .name = "who", .may_be_null = true,                             \
		.text = {"谁做的；旧版本的记录为 null",                                            \
			"who did it; null of an old release's entry"}),                 \
	ENTRY(address, STR, .name = "address", .may_be_null = true,                     \
		.text = {"从哪里：遮掩了末段的地址，或主机",                                            \
			"from where: an address without its last part, or a host"}),    \
	ENTRY(request_id, STR, .name = "request_id", .may_be_null = true,               \
		.text = {"哪个请求", "by which request"}),                                  \
	ENTRY(sequence, INT64, .name = "sequence",                                      \
		.text = {"在审计链中的序号；0 表示还没有封入",                                          \
			"its place in the chain; 0: it is to be sealed"})

static const struct field entry_fields[] = {
	ENTRY(id, INT64, .name = "id", .text = {"编号", "id"}),
	ENTRY_FIELDS,
	ENTRY(is_signed, BOOL, .name = "is_signed",
		.text = {"签名是否正确；false 表示记录被改过，或签名的 key 已不在",
			"whether its signature is right; false: the entry was changed, or the key "
			"that signed it is not there"}),
	FIELD_END
};

const struct shape admin_entry_shape = {
	.name = "AuditEntry", .size = sizeof(struct admin_entry), .fields = entry_fields,
};

static const struct field any_entry_fields[] = {
	ENTRY(id, INT64, .name = "id", .text = {"编号", "id"}),
	ENTRY(tenant_id, INT32, .name = "tenant_id", .is_id = true,
		.text = {"租户；0 为安装本身", "the tenant; 0: the installation"}),
	ENTRY_FIELDS,
	FIELD_END
};

const struct shape admin_any_entry_shape = {
	.name = "AnyAuditEntry", .size = sizeof(struct admin_entry), .fields = any_entry_fields,
};

struct admin_entry admin_entry_from(const struct audit_listed *listed)
{
	return (struct admin_entry){
		.id = listed->id,
		.tenant_id = listed->entry.tenant_id,
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
