/*
 * Conflicts: accounts that may be one person, but that a login did not merge. The operator lists
 * them, merges two accounts in spite of a conflict, or dismisses it.
 *
 * The operator may merge accounts that hold two openids of one app, that are bound to different
 * members, or of which one is disabled: each WeChat user keeps its openid and its member, and the
 * stricter flags hold. Accounts with two unionids of one Open Platform account are two people, as
 * WeChat says, and are never merged; the operator dismisses their conflict.
 */
#ifndef ACCOUNT_CONFLICT_H
#define ACCOUNT_CONFLICT_H

#include <stdbool.h>
#include <stddef.h>

#include "account_admin.h"
#include "db.h"

struct account_conflict {
	int64_t id;
	int32_t tenant_id, reason; /* enum conflict_reason */
	/* If an account was merged since, the survivor's id; other_id may be nil. */
	struct uuid account_id, other_id;
	const char *openid, *unionid;
	int64_t created_us;
};

/* Calls row for at most a thousand open conflicts. */
enum err account_conflict_list(
	struct db *db, void (*row)(void *ctx, const struct account_conflict *conflict), void *ctx);
/* "two members": the name of an enum conflict_reason. */
const char *conflict_reason_name(int32_t reason);

struct conflict_page {
	int32_t tenant_id;
	int64_t after_id;
	int32_t n_most;
};

/* Reads the tenant's open conflicts with ids above after_id, by id, into the arena. */
enum err account_conflict_page(struct db *db, const struct conflict_page *page,
	const struct account_conflict **conflicts_r, size_t *n_r);
/* Settles a conflict and leaves both accounts as they are. Returns ERR_PARAMETER if there is no
 * such open conflict. */
enum err account_conflict_dismiss(struct db *db, int64_t id);
/* The same for a conflict of this tenant. */
enum err account_conflict_dismiss_of(struct db *db, int32_t tenant_id, int64_t id);

struct conflict_merge {
	struct account_ref a, b;
	bool is_dry_run; /* changes nothing */
	/* Set by account_conflict_merge(). */
	struct uuid survivor, merged;
	int32_t n_users, n_unionids, n_aliases, n_memberships, n_tokens; /* that move */
	/* Either forbids the merge; an account has gone if it was deleted or merged. */
	bool has_two_unionids, has_gone;
	bool has_openids_of_one_app, has_two_members, has_one_off;
	int64_t id; /* of merge_log */
};

/* Merges two accounts and settles their conflicts. Returns ERR_PARAMETER if a and b are one
 * account, belong to different tenants, or must not be merged. */
enum err account_conflict_merge(struct db *db, struct conflict_merge *merge);

#endif
