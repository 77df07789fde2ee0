/*
 * The row of an account as saves and logins change it, within a transaction. 0 or -1 where
 * nothing else is said.
 */
#ifndef ACCOUNT_ROW_H
#define ACCOUNT_ROW_H

#include <stdint.h>

#include "account.h"
#include "secret.h"

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
int account_create(struct db *db, int32_t tenant_id, uint8_t id_r[SECRET_UUID_SIZE]);
/* Revokes all access tokens of its users, and tells by its other stamps. All zero: no account. */
int account_revoke_tokens(struct db *db, const uint8_t id[SECRET_UUID_SIZE]);
/* Something that it shows has changed. All zero: no account, nothing happens. */
int account_touch(struct db *db, const uint8_t id[SECRET_UUID_SIZE]);
/* The person has proven to hold this phone, the one that counts from now on. */
int account_confirm_phone(struct db *db, int32_t tenant_id, const uint8_t id[SECRET_UUID_SIZE],
	const char *phone);
/* It is confirmed no longer, unless a resident of the account has confirmed it. All zero: no
 * account. */
int account_forget_phone(struct db *db, int32_t tenant_id, const uint8_t id[SECRET_UUID_SIZE],
	const char *phone);
/* 8-4-4-4-12. */
void account_format_id(const uint8_t id[SECRET_UUID_SIZE], char text_r[ACCOUNT_ID_TEXT_SIZE]);

#endif
