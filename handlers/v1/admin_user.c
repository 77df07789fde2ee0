#include <string.h>

#include "arena.h"
#include "user_find.h"
#include "uuid.h"
#include "v1/admin_user.h"
#include "v1/masked.h"

static const char *const state_names[] = {
	[USER_NEW] = "new",
	[USER_ACTIVE] = "active",
	[USER_DISABLED] = "disabled",
	[USER_LOCKED] = "locked",
	[USER_CLOSED] = "closed",
};

static const struct {
	enum user_match match;
	const char *name;
} match_names[] = {
	{MATCHED_ID, "id"},
	{MATCHED_OPENID, "openid"},
	{MATCHED_UNIONID, "unionid"},
	{MATCHED_CONFIRMED_PHONE, "confirmed_phone"},
	{MATCHED_PROFILE_PHONE, "profile_phone"},
	{MATCHED_RESIDENT_PHONE, "resident_phone"},
	{MATCHED_MEMBER_PHONE, "member_phone"},
	{MATCHED_VOID_CARD_PHONE, "void_card_phone"},
	{MATCHED_PROFILE_NAME, "profile_name"},
	{MATCHED_RESIDENT_NAME, "resident_name"},
	{MATCHED_MEMBER_NAME, "member_name"},
	{MATCHED_MEMBER, "member"},
	{MATCHED_EXTERNAL_ID, "external_id"},
};

#define N_STATES (sizeof(state_names) / sizeof(state_names[0]))
#define N_MATCHES (sizeof(match_names) / sizeof(match_names[0]))

bool admin_user_state(const char *name, int32_t *state_r)
{
	*state_r = 0;
	while (*state_r < (int32_t)N_STATES && strcmp(state_names[*state_r], name) != 0)
		++*state_r;
	return *state_r < (int32_t)N_STATES;
}

static struct string_list names_of_matches(struct arena *arena, unsigned matches)
{
	const char **names = arena_array(arena, const char *, N_MATCHES);
	size_t n = 0;

	for (size_t i = 0; i < N_MATCHES; i++)
		if ((matches & match_names[i].match) != 0)
			names[n++] = match_names[i].name;
	return (struct string_list){.items = names, .n_items = n};
}

const char *admin_user_state_name(int32_t state)
{
	return state_names[state];
}

struct admin_user admin_user_from(struct arena *arena, const struct found_user *user)
{
	char *account_id = NULL;

	if (!uuid_is_nil(user->account_id)) {
		account_id = arena_alloc(arena, UUID_TEXT_SIZE);
		uuid_format(user->account_id, account_id);
	}
	return (struct admin_user){
		.id = user->id,
		.tenant_id = user->tenant_id,
		.state = state_names[user->state],
		.account_id = account_id,
		.appid = user->appid,
		.openid = masked_or_null(arena, user->openid),
		.unionid = masked_or_null(arena, user->unionid),
		.name = masked_name(arena, user->name),
		.phone = masked_or_null(arena, user->phone),
		.member_id = user->member_id,
		.created_us = user->created_us,
		.login_us = user->login_us,
		.tenant_disabled_us = user->tenant_disabled_us,
		.matched = names_of_matches(arena, user->matches),
	};
}

#define USER(member, type, ...) FIELD(struct admin_user, member, type, __VA_ARGS__)

static const struct field user_fields[] = {
	USER(id, INT32, .name = "id", .is_id = true,
		.text = {"微信用户的编号；没有绑定用户的会员为 0",
			"id of the WeChat user; 0 for a member to whom none is bound"}),
	USER(tenant_id, INT32, .name = "tenant_id", .is_id = true,
		.text = {"租户的编号", "id of the tenant"}),
	USER(account_id, STR, .name = "account_id", .max = UUID_TEXT_SIZE - 1, .may_be_null = true,
		.text = {"账号的编号；还没登录过时为 null",
			"id of the account; null before the first login"}),
	USER(state, STR, .name = "state",
		.text = {"new、active、disabled、locked 或 closed",
			"new, active, disabled, locked or closed"}),
	USER(appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用的 appid", "appid"}),
	USER(openid, STR, .name = "openid", .may_be_null = true,
		.text = {"openid，只露首尾", "openid, masked"}),
	USER(unionid, STR, .name = "unionid", .may_be_null = true,
		.text = {"unionid，只露首尾", "unionid, masked"}),
	USER(name, STR, .name = "name",
		.text = {"姓名或昵称，只露第一个字", "name, masked but for its first character"}),
	USER(phone, STR, .name = "phone", .may_be_null = true,
		.text = {"资料里的手机号，只露首尾", "the profile's phone, masked"}),
	USER(member_id, INT32, .name = "member_id",
		.text = {"绑定的会员；0 为没有", "the member; 0: none"}),
	USER(created_us, INSTANT, .name = "created_at", .may_be_null = true,
		.text = {"创建时间", "when the user was stored"}),
	USER(login_us, INSTANT, .name = "last_login_at", .may_be_null = true,
		.text = {"上次登录的时间；导入后还没登录过的，是原系统记录的时间",
			"the last login; until the first one here that of the system before"}),
	USER(tenant_disabled_us, INSTANT, .name = "tenant_disabled_at", .may_be_null = true,
		.text = {"租户的停用时间，此后没有人能登录",
			"since when the tenant is disabled, so that nobody can log in"}),
	USER(matched, STR_LIST, .name = "matched",
		.text = {"凭什么找到的", "by what it was found"}),
	FIELD_END
};

const struct shape admin_user_shape = {
	.name = "FoundUser", .size = sizeof(struct admin_user), .fields = user_fields,
};
