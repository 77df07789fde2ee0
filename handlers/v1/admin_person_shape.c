#include "person_overview.h"
#include "v1/admin_person.h"
#include "v1/admin_shapes.h"
#include "v1/v1_person.h"

#define USER(member, type, ...) FIELD(struct admin_person_user, member, type, __VA_ARGS__)

static const struct field user_fields[] = {
	USER(id, INT32, .name = "id", .text = {"微信用户的编号", "id of the WeChat user"}),
	USER(appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用；还没登录过时为 null",
			"appid of the WeChat app; null before the first login"}),
	USER(kind, STR, .name = "kind", .may_be_null = true,
		.text = {"mini、official、mobile 或 web；还没登录过时为 null",
			"mini, official, mobile or web; null before the first login"}),
	USER(openid, STR, .name = "openid", .text = {"openid，只露首尾", "openid, masked"}),
	USER(unionid, STR, .name = "unionid", .may_be_null = true,
		.text = {"unionid，只露首尾", "unionid, masked"}),
	USER(name, STR, .name = "name",
		.text = {"昵称，只露第一个字", "name, masked but for its first character"}),
	USER(member_id, INT32, .name = "member_id",
		.text = {"绑定的会员；0 为没有", "the member; 0: none"}),
	USER(is_following, BOOL, .name = "is_following",
		.text = {"是否关注公众号", "whether the user follows the official account"}),
	USER(created_us, INSTANT, .name = "created_at",
		.text = {"创建时间", "when the user was stored"}),
	USER(login_us, INSTANT, .name = "last_login_at", .may_be_null = true,
		.text = {"上次登录的时间", "the last login"}),
	USER(revoked_us, INSTANT, .name = "revoked_at", .may_be_null = true,
		.text = {"用户在微信要求删除、等待管理员处理的时间；没有则为 null",
			"when the user asked WeChat for an erasure that waits for an operator; "
			"null: none waits"}),
	FIELD_END
};

static const struct shape user_shape =
	SHAPE("PersonUser", struct admin_person_user, user_fields);

#define UNIONID(member, type, ...)                                                              \
	FIELD(struct admin_person_unionid, member, type, __VA_ARGS__)

static const struct field unionid_fields[] = {
	UNIONID(open_platform, STR, .name = "open_platform", .max = 64,
		.text = {"开放平台账号的名称", "name of the Open Platform account"}),
	UNIONID(unionid, STR, .name = "unionid", .text = {"unionid，只露首尾", "unionid, masked"}),
	UNIONID(created_us, INSTANT, .name = "created_at",
		.text = {"记下的时间", "since when it is known"}),
	FIELD_END
};

static const struct shape unionid_shape =
	SHAPE("PersonUnionid", struct admin_person_unionid, unionid_fields);

#define MEMBER(member, type, ...) FIELD(struct admin_person_member, member, type, __VA_ARGS__)

static const struct field member_fields[] = {
	MEMBER(id, INT32, .name = "id", .text = {"会员的编号", "id of the member"}),
	MEMBER(name, STR, .name = "name",
		.text = {"姓名，只露第一个字", "name, masked but for its first character"}),
	MEMBER(phone, STR, .name = "phone", .may_be_null = true,
		.text = {"手机号，只露首尾", "phone, masked"}),
	MEMBER(card_state, STR, .name = "card_state",
		.text = {"会员卡：valid、lost、void、unusable",
			"card: valid, lost, void or unusable"}),
	FIELD_END
};

static const struct shape member_shape =
	SHAPE("PersonMember", struct admin_person_member, member_fields);

static const struct field flag_fields[] = {
	FIELD(struct admin_flag, name, STR, .name = "name", .text = {"名称", "name"}),
	FIELD(struct admin_flag, value, BOOL, .name = "value", .text = {"值", "value"}),
	FIELD_END
};

static const struct shape flag_shape = SHAPE("OwnFlag", struct admin_flag, flag_fields);

static const struct field external_id_fields[] = {
	FIELD(struct admin_external_id, external_id, STR, .name = "external_id",
		.text = {"在旧系统中的编号，只露首尾", "id in a system before, masked"}),
	FIELD(struct admin_external_id, source, STR, .name = "source",
		.text = {"是哪个系统的编号，由导入时命名；没有命名时为空",
			"the system that it is of, as the import has named it; empty: not named"}),
	FIELD(struct admin_external_id, created_us, INSTANT, .name = "created_at",
		.text = {"记下的时间", "when it was stored"}),
	FIELD_END
};

static const struct shape external_id_shape =
	SHAPE("ExternalId", struct admin_external_id, external_id_fields);

#define MERGE(member, type, ...) FIELD(struct admin_person_merge, member, type, __VA_ARGS__)

static const struct field merge_fields[] = {
	MERGE(id, INT64, .name = "id", .text = {"合并的编号", "id of the merge"}),
	MERGE(account_id, STR, .name = "account_id", .max = UUID_TEXT_SIZE - 1,
		.text = {"并入的账号", "id of the account that was merged into this one"}),
	MERGE(merged_us, INSTANT, .name = "merged_at", .text = {"合并时间", "when"}),
	MERGE(undone_us, INSTANT, .name = "undone_at", .may_be_null = true,
		.text = {"撤销时间；null 为未撤销", "when it was undone; null: it was not"}),
	FIELD_END
};

static const struct shape merge_shape =
	SHAPE("PersonMerge", struct admin_person_merge, merge_fields);

#define PERSON(member, type, ...) FIELD(struct admin_person, member, type, __VA_ARGS__)
#define LIST(member, shape_, zh, en)                                                            \
	PERSON(member, OBJECT_LIST, .name = #member, .shape = (shape_), .text = {zh, en})

static const struct field person_fields[] = {
	PERSON(tenant_id, INT32, .name = "tenant_id", .text = {"租户的编号", "id of the tenant"}),
	PERSON(account_id, STR, .name = "account_id", .max = UUID_TEXT_SIZE - 1,
		.may_be_null = true,
		.text = {"账号的编号；还没登录过时为 null",
			"id of the account; null before the first login"}),
	PERSON(previous_account_ids, STR_LIST, .name = "previous_account_ids",
		.text = {"并入本账号的账号", "ids of accounts that were merged into this one"}),
	PERSON(state, STR, .name = "state",
		.text = {"new、active、disabled、locked 或 closed",
			"new, active, disabled, locked or closed"}),
	PERSON(is_risk, BOOL, .name = "is_risk", .text = {"是否有风险", "whether it is a risk"}),
	PERSON(created_us, INSTANT, .name = "created_at", .may_be_null = true,
		.text = {"账号的创建时间", "when the account was made"}),
	PERSON(disabled_us, INSTANT, .name = "disabled_at", .may_be_null = true,
		.text = {"停用时间", "when it was disabled"}),
	PERSON(tenant_disabled_us, INSTANT, .name = "tenant_disabled_at", .may_be_null = true,
		.text = {"租户的停用时间，此后没有人能登录",
			"since when the tenant is disabled, so that nobody can log in"}),
	PERSON(lockout_us, INSTANT, .name = "locked_until", .may_be_null = true,
		.text = {"锁定到何时", "until when it is locked out"}),
	PERSON(erases_us, INSTANT, .name = "erases_at", .may_be_null = true,
		.text = {"本人已注销，何时删除", "when the closed account is to be erased"}),
	LIST(users, &user_shape, "微信用户", "its WeChat users"),
	LIST(unionids, &unionid_shape, "unionid，按开放平台账号",
		"its unionids, one of each Open Platform account"),
	LIST(phones, &admin_person_phone_shape, "手机号，以及出自哪里",
		"its phones, and where they are from"),
	PERSON(confirmed_phone, OBJECT, .name = "confirmed_phone",
		.shape = &admin_person_confirmed_shape, .may_be_null = true,
		.text = {"已验证的手机号", "the confirmed phone"}),
	LIST(members, &member_shape, "绑定的会员", "the members whose users they are"),
	PERSON(n_memberships, INT32, .name = "memberships",
		.text = {"在社区中的角色数", "how many roles in communities it has"}),
	LIST(flags, &flag_shape, "账号自己的开关，代替租户的设置",
		"flags of its own, in place of its tenant's"),
	LIST(tokens, &admin_person_tokens_shape, "现在有效的令牌，按应用",
		"tokens that count now, by app"),
	LIST(sessions, &admin_person_session_shape, "最近 20 次登录，最近的在前，包括已结束的",
		"the latest 20 logins, the latest first, ended ones too"),
	LIST(consents, &v1_consent_shape, "同意的文件，最近的在前",
		"documents that it agreed to, the latest first"),
	LIST(external_ids, &external_id_shape, "在旧系统中的编号", "ids in systems before"),
	LIST(merges, &merge_shape, "并入本账号的合并", "merges into this account"),
	LIST(refusals, &admin_refusal_shape, "七天内被拒绝的登录，最近的在前，最多 20 次",
		"logins of seven days that were refused, the latest first, at most 20"),
	FIELD_END
};

const struct shape admin_person_shape = SHAPE("WholePerson", struct admin_person, person_fields);
