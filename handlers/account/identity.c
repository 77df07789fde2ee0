#include "account.h"
#include "account/identity.h"
#include "account/instant.h"
#include "arena.h"
#include "ascii.h"
#include "buf.h"
#include "json_writer.h"
#include "str.h"

#define IS(member, type, json) FIELD(struct account_identity, member, type, .name = json)
#define NONE(json) FIELD(struct account_identity, null, NULL, .name = json)
#define NO(json) IS(no, FLAG, json)

static const struct field identity_fields[] = {
	/* The capitalised ones come twice: Jackson writes such fields beside their getters. */
	IS(created_day, STR, "CreationTime"),
	IS(unfollowed_day, STR, "CancelFollowTime"),
	IS(registered_day, STR, "RegisterTime"),
	IS(trial_from_day, STR, "ProductTrialTimeFrom"),
	IS(trial_to_day, STR, "ProductTrialTimeTo"),
	NONE("startTime"),
	NONE("endTime"),
	NONE("time"),
	NONE("filter"),
	NONE("name"),
	IS(id, STR, "id"),
	NONE("realName"),
	IS(created_day, STR, "creationTime"),
	NONE("creatorId"),
	IS(user_type_code, STR, "userTypeCode"),
	NO("isBackground"),
	IS(phone_number, STR, "phoneNumber"),
	IS(surname, STR, "surname"),
	NONE("remark"),
	NONE("password"),
	IS(user_name, STR, "userName"),
	IS(email, STR, "email"),
	IS(last_modified, STR, "lastModificationTime"),
	IS(avatar_url, STR, "avatarUrl"),
	IS(registered_day, STR, "registerTime"),
	IS(is_deleted, FLAG, "isDeleted"),
	NONE("tenantId"),
	IS(normalized_user_name, STR, "normalizedUserName"),
	IS(normalized_email, STR, "normalizedEmail"),
	NO("emailConfirmed"),
	NONE("passwordHash"),
	IS(security_stamp, STR, "securityStamp"),
	NO("isExternal"),
	IS(phone_number_confirmed, FLAG, "phoneNumberConfirmed"),
	IS(is_active, FLAG, "isActive"),
	NO("twoFactorEnabled"),
	IS(lockout_end, STR, "lockoutEnd"),
	IS(lockout_enabled, FLAG, "lockoutEnabled"),
	IS(access_failed_count, INT32, "accessFailedCount"),
	NO("shouldChangePasswordOnNextLogin"),
	NONE("lastPasswordChangeTime"),
	IS(extra_properties, STR, "extraProperties"),
	IS(concurrency_stamp, STR, "concurrencyStamp"),
	NONE("lastModifierId"),
	NONE("deleterId"),
	NONE("deletionTime"),
	IS(unfollowed_day, STR, "cancelFollowTime"),
	IS(is_follow, FLAG, "isFollow"),
	IS(is_risk, FLAG, "isRisk"),
	IS(trial_from_day, STR, "productTrialTimeFrom"),
	IS(trial_to_day, STR, "productTrialTimeTo"),
	IS(phone_number_mask, STR, "phoneNumberMask"),
	IS(entity_version, INT32, "entityVersion"),
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
