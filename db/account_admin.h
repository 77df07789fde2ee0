/*
 * What an operator sees of an account and does to it. Every change is audited; to make it again
 * changes nothing and succeeds.
 */
#ifndef ACCOUNT_ADMIN_H
#define ACCOUNT_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct account_ref {
	int32_t tenant_id;
	struct uuid id;
};

/* name: an account's id, or that of one which was merged into it, or an openid. ERR_USER_UNKNOWN:
 * nobody; ERR_PARAMETER: several tenants have the openid. */
enum err account_find(struct db *db, const char *name, struct account_ref *ref_r);

/* Revokes all its access tokens, and no login succeeds. ERR_USER_UNKNOWN: deleted; so the three
 * below. */
enum err account_disable(struct db *db, const struct account_ref *ref);
/* The tokens from before stay revoked. */
enum err account_enable(struct db *db, const struct account_ref *ref);
/* Revokes all its access tokens. */
enum err account_log_out(struct db *db, const struct account_ref *ref);

enum own_flag { OWN_FALSE, OWN_TRUE, OWN_NONE }; /* none: as the tenant's setting says */

/* Sets one of ACCOUNT_CUSTOMER_FLAGS. ERR_PARAMETER: no such flag. */
enum err account_set_flag(
	struct db *db, const struct account_ref *ref, const char *name, enum own_flag value);

struct overview_user {
	int32_t id, tenant_id;
	struct uuid row_uuid;
	const char *appid; /* NULL: none yet */
	const char *openid, *unionid, *name, *phone;
	int32_t member_id;
};

struct overview_merge {
	int64_t id;
	struct uuid merged;
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
enum err account_overview(
	struct db *db, const struct account_ref *ref, struct account_overview *overview_r);

#endif
