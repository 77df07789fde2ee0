#include "arena.h"
#include "revocation.h"
#include "v1/admin_shapes.h"

#define PENDING(member, type, ...) FIELD(struct admin_pending, member, type, __VA_ARGS__)

static const struct field pending_fields[] = {
	PENDING(event.tenant_id, INT32, .name = "tenant_id", .is_id = true,
		.text = {"租户的编号", "id of the tenant"}),
	PENDING(event.appid, STR, .name = "appid", .max = 64,
		.text = {"微信应用的 appid", "appid"}),
	PENDING(event.openid, STR, .name = "openid", .max = 64, .text = {"openid", "openid"}),
	PENDING(event.user_id, INT32, .name = "user_id",
		.text = {"用户的编号；0 表示没有", "id of the user; 0: there is none"}),
	PENDING(event.name, STR, .name = "event", .text = {"事件", "event"}),
	PENDING(event.revoke_info, STR, .name = "revoke_info",
		.text = {"撤回的资料的编号，即 RevokeInfo；其他事件为空",
			"numbers of what it withdraws, the RevokeInfo; empty of other events"}),
	PENDING(withdrawn, STR, .name = "withdrawn",
		.text = {"撤回的资料，英文", "what it withdraws, in English"}),
	PENDING(withdrawn_zh, STR, .name = "withdrawn_zh",
		.text = {"撤回的资料，中文", "the same in Chinese"}),
	PENDING(event.happened_us, INSTANT, .name = "happened_at",
		.text = {"发生时间", "when it happened"}),
	FIELD_END
};

const struct shape admin_pending_shape = {
	.name = "Pending", .size = sizeof(struct admin_pending), .fields = pending_fields,
};

struct admin_pending admin_pending_from(struct arena *arena, const struct push_event *event)
{
	const char *numbers = revocation_of_event(event->name, event->revoke_info);

	return (struct admin_pending){
		.event = *event,
		.withdrawn = revocation_words(arena, numbers, false),
		.withdrawn_zh = revocation_words(arena, numbers, true),
	};
}
