/*
 * The person behind one or more WeChat users.
 */
#ifndef DB_ACCOUNT_H
#define DB_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

#define ACCOUNT_ID_TEXT_SIZE 37

/* An account as seen by one of its WeChat users: the profile is that user's, where empty the
 * account's latest. */
struct account {
	char id[ACCOUNT_ID_TEXT_SIZE]; /* lower-case 8-4-4-4-12 */
	int32_t tenant_id;
	int32_t wechat_user_id;
	const char *openid;
	const char *name, *avatar, *phone; /* "" when unset */
	bool phone_is_confirmed;
	const char *country, *province, *city;
	int32_t gender;
	const char *email;
	const char *security_stamp;    /* 32 of base32, which tell nothing about the real one */
	const char *concurrency_stamp; /* 32 lower hex */
	int32_t entity_version;
	bool is_active, is_deleted, is_lockout_enabled, is_risk;
	int32_t access_failed_count;
	/* Microseconds since 1970 UTC; 0: unset. */
	int64_t lockout_end_us, created_us, modified_us;
	int64_t trial_from_us, trial_to_us;
	bool is_following;
	int64_t unfollowed_us;
};

/* ERR_USER_UNKNOWN, ERR_ACCOUNT_DISABLED when switched off, locked or deleted. */
enum err account_by_wechat_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct account *account_r);

#endif
