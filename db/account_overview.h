/*
 * What an operator sees of an account: its state, its WeChat users, what was merged into it.
 */
#ifndef ACCOUNT_OVERVIEW_H
#define ACCOUNT_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "account_access.h"
#include "db.h"

struct overview_user {
	int32_t id, tenant_id;
	uint8_t row_uuid[SECRET_UUID_SIZE];
	const char *appid; /* NULL: none yet */
	const char *openid, *unionid, *name, *phone;
	int32_t member_id;
};

struct overview_merge {
	int64_t id;
	uint8_t merged[SECRET_UUID_SIZE];
	int64_t created_us, undone_us; /* 0: not undone */
};

struct account_overview {
	struct account_ref ref;
	bool is_active, is_deleted, is_locked, is_risk;
	int64_t created_us;
	int32_t n_tokens, n_memberships;
	const char *own_flags; /* "can_balance_pay true, …"; "": none */
	/* In the arena; a hundred of each at most. */
	const struct overview_user *users;
	const struct overview_merge *merges;
	size_t n_users, n_merges;
};

/* ERR_USER_UNKNOWN. */
enum err account_look(
	struct db *db, const struct account_ref *ref, struct account_overview *overview_r);

#endif
