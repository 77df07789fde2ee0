#include "account_conflict.h"
#include "account_unmerge.h"
#include "admin/admin_id.h"
#include "admin/dialect.h"
#include "request.h"
#include "v1/faults.h"

struct merge_request {
	const char *account_id, *other_id;
	bool is_dry_run;
};

#define ASKED(member, type, ...) FIELD(struct merge_request, member, type, __VA_ARGS__)

static const struct field merge_fields[] = {
	ASKED(account_id, STR, .name = "account_id", .max = 36, .is_required = true, .is_id = true,
		.text = {"账号", "account"}),
	ASKED(other_id, STR, .name = "other_id", .max = 36, .is_required = true, .is_id = true,
		.text = {"另一账号", "the other account"}),
	ASKED(is_dry_run, BOOL, .name = "is_dry_run", .is_required = true,
		.text = {"true：只看会合并什么，什么都不改",
			"true: only shows what would move, and changes nothing"}),
	FIELD_END
};

static const struct shape merge_shape = {
	.name = "MergeRequest", .size = sizeof(struct merge_request), .fields = merge_fields,
};

struct merge_answer {
	int64_t id;
	const char *survivor_id, *merged_id;
	struct conflict_merge merge;
};

#define MERGED(member, type, ...) FIELD(struct merge_answer, member, type, __VA_ARGS__)

static const struct field merged_fields[] = {
	MERGED(id, INT64, .name = "id",
		.text = {"合并的编号，撤销时用；预览时为 0",
			"id of the merge, for its undo; 0 of a dry run"}),
	MERGED(survivor_id, STR, .name = "survivor_id",
		.text = {"留下的账号，即较早的", "the account that stays, the older one"}),
	MERGED(merged_id, STR, .name = "merged_id",
		.text = {"并入的账号", "the account that is merged into it"}),
	MERGED(merge.n_users, INT32, .name = "users",
		.text = {"移动的微信用户数", "WeChat users that move"}),
	MERGED(merge.n_unionids, INT32, .name = "unionids",
		.text = {"移动的 unionid 数", "unionids that move"}),
	MERGED(merge.n_memberships, INT32, .name = "memberships",
		.text = {"移动的社区身份数", "memberships of communities that move"}),
	MERGED(merge.n_tokens, INT32, .name = "tokens",
		.text = {"移动的登录数", "logins that move"}),
	MERGED(merge.has_openids_of_one_app, BOOL, .name = "has_openids_of_one_app",
		.text = {"两者有同一应用的 openid", "whether both hold an openid of one app"}),
	MERGED(merge.has_two_members, BOOL, .name = "has_two_members",
		.text = {"两者绑定了不同会员，合并后不变",
			"whether they are bound to different members, and stay so"}),
	MERGED(merge.has_one_off, BOOL, .name = "has_one_disabled",
		.text = {"其一已停用，合并后即停用", "whether one is disabled, and then both are"}),
	FIELD_END
};

static const struct shape merged_shape = {
	.name = "Merge", .size = sizeof(struct merge_answer), .fields = merged_fields,
};

/* member: that which names it. */
static enum err find_merged(struct request *req, const char *member, const char *id,
	struct account_ref *ref_r)
{
	enum err err = admin_account_find(req, id, ref_r);

	return err == ERR_USER_UNKNOWN
		? v1_refuse_member(
			  req, member, (struct text){"没有这个账号。", "There is no such account."})
		: err;
}

static enum err refuse_merge(struct request *req, const struct conflict_merge *merge)
{
	if (merge->has_two_unionids)
		return v1_refuse_member(req, "other_id",
			(struct text){"两者在同一开放平台账号下有不同的 unionid：微信说是两个人。",
				"They have different unionids of one Open Platform account: two "
				"people, says WeChat."});
	return v1_refuse_member(req, "other_id",
		(struct text){"两者是同一账号，或其一已删除或注销。",
			"They are one account already, or one of them is deleted or closed."});
}

static enum err merges_post(struct request *req)
{
	const struct merge_request *in = req->in;
	struct merge_answer *out = req->out;
	struct conflict_merge *merge = &out->merge;
	enum err err;

	merge->is_dry_run = in->is_dry_run;
	err = find_merged(req, "account_id", in->account_id, &merge->a);
	if (err == ERR_NONE)
		err = find_merged(req, "other_id", in->other_id, &merge->b);
	if (err != ERR_NONE)
		return err;
	err = account_conflict_merge(req->db, merge);
	if (err == ERR_PARAMETER)
		return refuse_merge(req, merge);
	out->id = merge->id;
	out->survivor_id = admin_uuid(req, merge->survivor);
	out->merged_id = admin_uuid(req, merge->merged);
	return err;
}

static const enum err merge_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_merges_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/merges",
	.summary = {"合并两个账号，或预览", "Merge two accounts, or see what would move"},
	.details = {"较早的账号留下，另一个的编号仍指向它。每个微信用户保留自己的 openid 和会员，从严的开关生效。可以撤销。",
		"The older account stays, and the id of the other one remains valid for it. Each "
		"WeChat user keeps its openid and its member, and the stricter flags hold. It "
		"can be "
		"undone."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &merge_shape,
	.answer = ANSWER_PLAIN,
	.response = &merged_shape,
	.errors = merge_errors,
	.run = merges_post,
};

static enum err refuse_undo(struct request *req, enum unmerge_problem problem)
{
	static const struct text problems[] = {
		[UNMERGE_DONE] = {"已经撤销。", "It is undone already."},
		[UNMERGE_SURVIVOR_MERGED] = {"留下的账号后来又被合并，请先撤销那一次。",
			"The account that stayed has itself been merged since: undo that first."},
		[UNMERGE_SURVIVOR_CLOSED] = {"本人已注销留下的账号。",
			"The person has closed the account that stayed."},
		[UNMERGE_MOVED_ON] = {"移动过的已不在留下的账号，放不回去。",
			"What moved is no longer with the account that stayed, so that it cannot "
			"be "
			"put back."},
	};

	if (problem == UNMERGE_UNKNOWN)
		return request_fail(req, ERR_NOT_FOUND, "no such merge");
	return v1_refuse_member(req, "", problems[problem]);
}

static enum err merges_undo_post(struct request *req)
{
	enum unmerge_problem problem = UNMERGE_UNKNOWN;
	enum err err = ERR_PARAMETER;
	int64_t id;

	if (admin_path_id(req, &id))
		err = account_unmerge_of(req->db, req->principal.tenant_id, id, &problem);
	return err == ERR_PARAMETER ? refuse_undo(req, problem) : err;
}

static const enum err undo_errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_merges_undo_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/merges/{id}/undo",
	.parameter = {"合并的编号", "id of the merge"},
	.summary = {"撤销一次合并", "Undo a merge"},
	.details = {"移动过的放回去；合并之后新来的留在留下的账号。以后的登录不会再合并这两个账号。请求没有正文。"
		    "重复请求返回 value。",
		"What moved goes back; what came since stays with the account that stayed. No "
		"login "
		"merges the two again. The request has no body. A repetition is refused by value."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.errors = undo_errors,
	.run = merges_undo_post,
};
