/*
 * Two accounts become one: the older stays, the younger's id becomes an alias and its row keeps
 * what it said; users with their access tokens, unionids, aliases and memberships move (not one
 * that the older has as well), the stricter of the flags hold. A token is valid while it has its
 * account's security stamp, so tokens that move get the stamp of where they go.
 *
 * merge_log has what the undo needs: users, unionids, aliases, memberships and tokens go back, and
 * of the flags those that nobody has changed since. What came later stays with the survivor. A
 * login does not merge the two again.
 */
#ifndef ACCOUNT_MERGE_H
#define ACCOUNT_MERGE_H

#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct account_merge {
	int32_t tenant_id;
	struct uuid a, b;
	const char *actor; /* for the audit */
	struct uuid survivor, merged; /* by account_merge_lock() */
	int64_t log_id; /* by account_merge_apply() */
};

/* Within a transaction; nobody else moves what belongs to either from here on. a may be nil:
 * none. 0 or -1. */
int account_merge_lock(struct db *db, struct account_merge *merge);
/* Once something is sure to move: the same on all nodes of a cluster. 0 or -1. */
int account_merge_mark(struct db *db, const struct account_merge *merge);
/* 0 or -1. */
int account_merge_apply(struct db *db, struct account_merge *merge);

enum unmerge_problem {
	UNMERGE_POSSIBLE,
	UNMERGE_UNKNOWN,
	UNMERGE_DONE,
	UNMERGE_SURVIVOR_MERGED, /* by now, itself */
	UNMERGE_MOVED_ON, /* a user, unionid or alias is no longer where the merge left it */
};

/* id: of merge_log. ERR_PARAMETER: the problem says why, and nothing has changed. */
enum err account_unmerge(struct db *db, int64_t id, enum unmerge_problem *problem_r);

#endif
