#include "account.h"
#include "account/identity.h"
#include "account/instant.h"
#include "arena.h"
#include "ascii.h"
#include "buf.h"
#include "json_writer.h"
#include "str.h"

#define IS(member, type, json, zh_, en_)                                                        \
	FIELD(struct account_identity, member, type, .name = json, .text = {zh_, en_})
/* Of a text that may be null. */
#define MAY(member, json, zh_, en_)                                                             \
	FIELD(struct account_identity, member, STR, .name = json, .may_be_null = true,          \
		.text = {zh_, en_})
#define NONE(json)                                                                              \
	FIELD(struct account_identity, null, NULL, .name = json,                                \
		.text = {"总是 null", "always null"})
#define NO(json) IS(no, FLAG, json, "总是 0", "always 0")

static const struct field identity_fields[] = {
	/* The capitalised ones come twice: Jackson writes such fields beside their getters. */
	IS(created_day, STR, "CreationTime", "同 creationTime", "as creationTime"),
	MAY(unfollowed_day, "CancelFollowTime", "同 cancelFollowTime", "as cancelFollowTime"),
	IS(registered_day, STR, "RegisterTime", "同 registerTime", "as registerTime"),
	MAY(trial_from_day, "ProductTrialTimeFrom", "同 productTrialTimeFrom",
		"as productTrialTimeFrom"),
	MAY(trial_to_day, "ProductTrialTimeTo", "同 productTrialTimeTo",
		"as productTrialTimeTo"),
	NONE("startTime"),
	NONE("endTime"),
	NONE("time"),
	NONE("filter"),
	NONE("name"),
	IS(id, STR, "id", "账号 Id，GUID", "id of the account, a GUID"),
	NONE("realName"),
	IS(created_day, STR, "creationTime", "创建日期，UTC+8", "day of creation, UTC+8"),
	NONE("creatorId"),
	IS(user_type_code, STR, "userTypeCode", "用户类型，总是 2", "kind of the user, always 2"),
	NO("isBackground"),
	MAY(phone_number, "phoneNumber", "手机号", "phone"),
	MAY(surname, "surname", "昵称，即其他方言的 name",
		"nickname; the other dialects name it name"),
	NONE("remark"),
	NONE("password"),
	IS(user_name, STR, "userName", "微信 openid", "the WeChat openid"),
	IS(email, STR, "email", "自动生成的邮箱，收不到邮件",
		"an address made up; it receives no mail"),
	IS(last_modified, STR, "lastModificationTime", "最近修改时间，UTC，如 2026-01-29T07:00:34.140+00:00",
		"time of the last change, UTC, as 2026-01-29T07:00:34.140+00:00"),
	MAY(avatar_url, "avatarUrl", "头像地址", "URL of the avatar"),
	IS(registered_day, STR, "registerTime", "注册日期，UTC+8", "day of registration, UTC+8"),
	IS(is_deleted, FLAG, "isDeleted", "是否已删除，1 为是", "1: deleted"),
	NONE("tenantId"),
	IS(normalized_user_name, STR, "normalizedUserName", "大写的 userName",
		"userName in upper case"),
	IS(normalized_email, STR, "normalizedEmail", "大写的 email", "email in upper case"),
	NO("emailConfirmed"),
	NONE("passwordHash"),
	IS(security_stamp, STR, "securityStamp", "安全标识，注销全部登录后改变",
		"changes when all logins are revoked"),
	NO("isExternal"),
	IS(phone_number_confirmed, FLAG, "phoneNumberConfirmed", "手机号是否已验证，1 为是",
		"1: the phone is confirmed"),
	IS(is_active, FLAG, "isActive", "是否启用，1 为是", "1: in use"),
	NO("twoFactorEnabled"),
	MAY(lockout_end, "lockoutEnd", "锁定到何时，格式同 lastModificationTime；没有锁定时为 null",
		"end of a lockout, written as lastModificationTime; null: none"),
	IS(lockout_enabled, FLAG, "lockoutEnabled", "是否可锁定，1 为是", "1: can be locked out"),
	IS(access_failed_count, INT32, "accessFailedCount", "登录失败次数",
		"number of failed logins"),
	NO("shouldChangePasswordOnNextLogin"),
	NONE("lastPasswordChangeTime"),
	IS(extra_properties, STR, "extraProperties",
		"微信资料，JSON 字符串：Country、Province、City、Gender、Privilege",
		"WeChat's profile, as JSON in a string: Country, Province, City, Gender and "
		"Privilege"),
	IS(concurrency_stamp, STR, "concurrencyStamp", "版本标识，每次修改后改变",
		"changes with every change"),
	NONE("lastModifierId"),
	NONE("deleterId"),
	NONE("deletionTime"),
	MAY(unfollowed_day, "cancelFollowTime", "取消关注公众号的日期，UTC+8；没有时为 null",
		"day, UTC+8, on which the person unfollowed the official account; null: none"),
	IS(is_follow, FLAG, "isFollow", "是否关注公众号，1 为是",
		"1: follows the official account"),
	IS(is_risk, FLAG, "isRisk", "是否有风险，1 为是", "1: marked as a risk"),
	MAY(trial_from_day, "productTrialTimeFrom", "试用开始日期，UTC+8",
		"first day of the trial, UTC+8"),
	MAY(trial_to_day, "productTrialTimeTo", "试用结束日期，UTC+8", "last day of the trial, UTC+8"),
	MAY(phone_number_mask, "phoneNumberMask", "打码的手机号", "the phone, masked"),
	IS(entity_version, INT32, "entityVersion", "版本号，每次修改加一",
		"version, one more with every change"),
	FIELD_END
};

const struct shape account_identity_shape = {
	.name = "UserInfo", .size = sizeof(struct account_identity), .fields = identity_fields,
};

static const char *unless_empty(const char *text)
{
	return str_is_empty(text) ? NULL : text;
}

/* Openids and e-mail addresses are ASCII. */
static const char *upper(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *at = copy; *at != '\0'; at++)
		*at = ascii_upper(*at);
	return copy;
}

/* The gateway stores WeChat's profile as JSON in a string. */
static const char *extra_properties(struct arena *arena, const struct account *account)
{
	static const char *const names[] = {"{\"Country\":", ",\"Province\":", ",\"City\":"};
	const char *const places[] = {account->country, account->province, account->city};
	struct buf json = {.arena = arena};

	for (size_t i = 0; i < 3; i++) {
		buf_append_str(&json, names[i]);
		json_write_string(&json, places[i]);
	}
	buf_printf(&json, ",\"Gender\":%d,\"Privilege\":[]}", account->gender);
	return json.data;
}

void account_identity(
	struct arena *arena, const struct account *account, struct account_identity *identity_r)
{
	const char *phone = unless_empty(account->phone);
	char *masked = phone == NULL ? NULL : arena_alloc(arena, STR_MASKED_SIZE);
	int64_t modified_us =
		account->modified_us == 0 ? account->created_us : account->modified_us;

	if (phone != NULL)
		str_mask(phone, masked);
	*identity_r = (struct account_identity){
		.user_type_code = "2",
		.created_day = account_day(arena, account->created_us),
		.registered_day = account_day(arena, account->created_us),
		.unfollowed_day = account_day(arena, account->unfollowed_us),
		.trial_from_day = account_day(arena, account->trial_from_us),
		.trial_to_day = account_day(arena, account->trial_to_us),
		.id = arena_strdup(arena, account->id),
		.user_name = account->openid,
		.normalized_user_name = upper(arena, account->openid),
		.surname = unless_empty(account->name),
		.avatar_url = unless_empty(account->avatar),
		.phone_number = phone,
		.phone_number_mask = masked,
		.email = account->email,
		.normalized_email = upper(arena, account->email),
		.last_modified = account_instant(arena, modified_us),
		.lockout_end = account_instant(arena, account->lockout_end_us),
		.security_stamp = account->security_stamp,
		.concurrency_stamp = account->concurrency_stamp,
		.extra_properties = extra_properties(arena, account),
		.is_deleted = account->is_deleted,
		.is_active = account->is_active,
		.is_follow = account->is_following,
		.is_risk = account->is_risk,
		.lockout_enabled = account->is_lockout_enabled,
		.phone_number_confirmed = phone != NULL && account->phone_is_confirmed,
		.access_failed_count = account->access_failed_count,
		.entity_version = account->entity_version,
	};
}
