/*
 * The person behind one or more WeChat users.
 */
#ifndef DB_ACCOUNT_H
#define DB_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

/* An account as seen by one of its WeChat users: the profile is that user's, where empty the
 * account's latest. */
struct account {
	char id[UUID_TEXT_SIZE]; /* lower-case 8-4-4-4-12 */
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

/* ---- For db/ alone: the row as saves and logins change it, within a transaction. 0 or -1 where
 * nothing else is said. */

/* SQL: whether the account a may log in and its tokens count. */
#define ACCOUNT_MAY_LOG_IN                                                                      \
	"(a.is_active AND NOT a.is_deleted AND NOT (a.is_lockout_enabled "                      \
	"AND COALESCE(a.lockout_end > UTC_TIMESTAMP(6), FALSE)))"

/* SQL: what an account may have of its own instead of its tenant's settings of these names. */
#define ACCOUNT_CUSTOMER_FLAGS(X)                                                               \
	X("is_mini_program_remind")                                                             \
	X("is_close_order_pda")                                                                 \
	X("is_show_statistics_pda")                                                             \
	X("is_show_no_fee_leave_button")                                                        \
	X("can_balance_pay")

/* A new account without anything. */
int account_create(struct db *db, int32_t tenant_id, struct uuid *id_r);
/* Revokes all access tokens of its users, and tells by its other stamps. Nil: no account. */
int account_revoke_tokens(struct db *db, struct uuid id);
/* Something that it shows has changed. Nil: no account, nothing happens. */
int account_touch(struct db *db, struct uuid id);
/* The person has proven to hold this phone, the one that counts from now on. */
int account_confirm_phone(struct db *db, int32_t tenant_id, struct uuid id,
	const char *phone);
/* It is confirmed no longer, unless a resident of the account has confirmed it. Nil: no account. */
int account_forget_phone(struct db *db, int32_t tenant_id, struct uuid id,
	const char *phone);

#endif
