#include "arena.h"
#include "merge_list.h"
#include "v1/admin_shapes.h"

#define MERGE(member, type, ...) FIELD(struct admin_merge, member, type, __VA_ARGS__)

static const struct field merge_fields[] = {
	MERGE(id, INT64, .name = "id", .is_id = true,
		.text = {"合并的编号，撤销时用", "id of the merge, for its undo"}),
	MERGE(tenant_id, INT32, .name = "tenant_id", .is_id = true,
		.text = {"租户的编号", "id of the tenant"}),
	MERGE(survivor_id, STR, .name = "survivor_id", .max = UUID_TEXT_SIZE - 1,
		.text = {"留下的账号", "the account that stayed"}),
	MERGE(merged_id, STR, .name = "merged_id", .max = UUID_TEXT_SIZE - 1,
		.text = {"并入的账号", "the account that was merged into it"}),
	MERGE(n_users, INT32, .name = "users",
		.text = {"移动的微信用户数", "WeChat users that moved"}),
	MERGE(n_unionids, INT32, .name = "unionids",
		.text = {"移动的 unionid 数", "unionids that moved"}),
	MERGE(merged_us, INSTANT, .name = "merged_at", .text = {"合并时间", "when"}),
	MERGE(undone_us, INSTANT, .name = "undone_at", .may_be_null = true,
		.text = {"撤销时间；null 表示没有撤销", "when it was undone; null: it was not"}),
	MERGE(undo, STR, .name = "undo",
		.text = {"能否撤销：possible 可以，除非移动过的已不在留下的账号；done 已撤销；"
			 "survivor_merged 留下的账号后来又被合并；survivor_closed 本人已注销留下的账号",
			"whether it can be undone: possible, unless what moved is no longer with "
			"the account that stayed; done already; survivor_merged: that account has "
			"itself been merged since; survivor_closed: its person has closed it"}),
	FIELD_END
};

const struct shape admin_merge_shape = {
	.name = "StoredMerge", .size = sizeof(struct admin_merge), .fields = merge_fields,
};

static const char *id_text(struct arena *arena, struct uuid id)
{
	char *text = arena_alloc(arena, UUID_TEXT_SIZE);

	uuid_format(id, text);
	return text;
}

struct admin_merge admin_merge_from(struct arena *arena, const struct listed_merge *merge)
{
	return (struct admin_merge){
		.id = merge->id,
		.tenant_id = merge->tenant_id,
		.survivor_id = id_text(arena, merge->survivor),
		.merged_id = id_text(arena, merge->merged),
		.n_users = merge->n_users,
		.n_unionids = merge->n_unionids,
		.merged_us = merge->merged_us,
		.undone_us = merge->undone_us,
		.undo = merge_list_undo(merge),
	};
}
