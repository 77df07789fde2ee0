/*
 * What an operator does about accounts that may be one person: looks at conflicts, merges two
 * accounts in spite of one, or leaves both as they are.
 *
 * An operator may merge accounts that hold two openids of one app, are bound to different members,
 * or of which one is off: each user keeps its openid and its member, and the stricter flags hold.
 * Two unionids of one Open Platform account are two people by WeChat's own word: those stay apart,
 * and the conflict is settled by saying so.
 */
#ifndef ACCOUNT_CONFLICT_H
#define ACCOUNT_CONFLICT_H

#include <stdbool.h>

#include "account.h"
#include "account_admin.h"
#include "db.h"

struct account_conflict {
	int64_t id;
	int32_t tenant_id, reason; /* enum conflict_reason */
	/* As of now: that into which it was merged. */
	struct uuid account_id, other_id; /* nil: none */
	const char *openid, *unionid;
	int64_t created_us;
};

enum err account_conflict_list(
	struct db *db, void (*row)(void *ctx, const struct account_conflict *conflict), void *ctx);
/* Leaves both as they are. ERR_PARAMETER: no such conflict, or it is settled. */
enum err account_conflict_dismiss(struct db *db, int64_t id);

struct conflict_merge {
	struct account_ref a, b;
	bool is_dry_run; /* nothing is written */
	/* Found on the way. */
	struct uuid survivor, merged;
	int32_t n_users, n_unionids, n_aliases, n_memberships, n_tokens; /* that move */
	bool has_two_unionids, has_gone; /* in the way; gone: deleted, or merged meanwhile */
	bool has_openids_of_one_app, has_two_members, has_one_off;
	int64_t id;
};

/* Settles their conflicts too. ERR_PARAMETER: the same account, of different tenants, or something
 * is in the way. */
enum err account_conflict_merge(struct db *db, struct conflict_merge *merge);

#endif
