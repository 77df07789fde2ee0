/*
 * The payload of getUserInfo: the gateway's bean over ABP's IdentityUser, with its members in its
 * order.
 */
#ifndef ACCOUNT_IDENTITY_H
#define ACCOUNT_IDENTITY_H

#include "shape.h"

struct account;
struct arena;

extern const struct shape account_identity_shape;

struct account_identity {
	const void *null; /* every member that the gateway leaves null */
	bool no;          /* every member that the gateway leaves 0 */
	const char *user_type_code;
	const char *created_day, *registered_day, *unfollowed_day, *trial_from_day, *trial_to_day;
	const char *id, *user_name, *normalized_user_name;
	const char *surname, *avatar_url, *phone_number, *phone_number_mask;
	const char *email, *normalized_email;
	const char *last_modified, *lockout_end;
	const char *security_stamp, *concurrency_stamp, *extra_properties;
	bool is_deleted, is_active, is_follow, is_risk, lockout_enabled, phone_number_confirmed;
	int32_t access_failed_count, entity_version;
};

/* Fills the payload from the account. Texts are the account's or in the arena. */
void account_identity(
	struct arena *arena, const struct account *account, struct account_identity *identity_r);

#endif
