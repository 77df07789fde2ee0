/*
 * Accounts. An account is the person behind one or more WeChat users.
 */
#ifndef DB_ACCOUNT_H
#define DB_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

/* What the apps of customers may do: columns of an account which, unless NULL, take the place of
 * its tenant's settings of these names. */
#define ACCOUNT_CUSTOMER_FLAGS(X)                                                               \
	X(is_mini_program_remind)                                                               \
	X(is_close_order_pda)                                                                   \
	X(is_show_statistics_pda)                                                               \
	X(is_show_no_fee_leave_button)                                                          \
	X(can_balance_pay)

/* FLAG_UNREAD: as login_complete() may return it. */
enum account_flag { FLAG_UNREAD, FLAG_OF_TENANT, FLAG_OFF, FLAG_ON };

struct account_flags {
#define ACCOUNT_FLAG(name) int32_t name; /* enum account_flag */
	ACCOUNT_CUSTOMER_FLAGS(ACCOUNT_FLAG)
#undef ACCOUNT_FLAG
};

/* An account as one of its WeChat users sees it. What that user's profile lacks is taken from the
 * others', the latest value first. */
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
	const char *security_stamp;    /* 32 of base32; tells nothing about the real one */
	const char *concurrency_stamp; /* 32 lower-case hexadecimal digits */
	int32_t entity_version;
	bool is_active, is_deleted, is_lockout_enabled, is_risk;
	int32_t access_failed_count;
	/* Microseconds since 1970 UTC; 0 if unset. */
	int64_t lockout_end_us, created_us, modified_us;
	int64_t trial_from_us, trial_to_us;
	bool is_following;
	int64_t unfollowed_us;
	struct account_flags flags;
};

struct principal;

/* Returns ERR_USER_UNKNOWN, or ERR_ACCOUNT_DISABLED if the account is switched off, locked or
 * deleted. */
enum err account_by_wechat_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct account *account_r);

/* Finds the account of the person who presents an access token. Returns ERR_USER_UNKNOWN if the
 * person has gone since the token was found, or ERR_ABSENT if the account has no user of this app
 * and openid. */
enum err account_of_person(struct db *db, const struct principal *principal, int32_t app_id,
	const char *openid, struct uuid *account_id_r);

/* ---- The row, for db/ alone and within a transaction. With the nil id the functions do
 * nothing. */

/* SQL: whether the account a may log in and its tokens count. What changes here must change the
 * column plain_stamp, which is NULL if they do not (db/schema/0034_plain_account.sql). */
#define ACCOUNT_MAY_LOG_IN                                                                      \
	"(a.is_active AND NOT a.is_deleted AND NOT (a.is_lockout_enabled "                      \
	"AND COALESCE(a.lockout_end > UTC_TIMESTAMP(6), FALSE)))"

/* SQL: what account_touch() sets, with a new concurrency stamp for the ?. */
#define ACCOUNT_SET_TOUCHED(a)                                                                  \
	a "entity_version = " a "entity_version + 1, " a "concurrency_stamp = ?, "              \
	a "modified_at = UTC_TIMESTAMP(6)"

/* Revokes all access tokens of the account's users, and changes both stamps. */
enum err account_revoke_tokens(struct db *db, int32_t tenant_id, struct uuid id);
/* Changes version and concurrency stamp, since something changed that the account shows. */
enum err account_touch(struct db *db, int32_t tenant_id, struct uuid id);

#endif
