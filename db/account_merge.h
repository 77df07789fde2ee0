/*
 * The merge of two accounts into one, and its undo.
 *
 * The older account survives. The younger one's id becomes an alias, and its row is kept. Its
 * WeChat users with their access tokens, its unionids, aliases and memberships move, except a
 * membership that the survivor has as well. Of two different flags the stricter one holds. An
 * access token is valid while it has the security stamp of its account, so a token that moves gets
 * the survivor's.
 *
 * merge_log keeps what the undo needs. The undo moves back what the merge moved, and restores the
 * flags that nobody has changed since. What came after the merge stays with the survivor. A login
 * does not merge the two accounts again.
 */
#ifndef ACCOUNT_MERGE_H
#define ACCOUNT_MERGE_H

#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct account_merge {
	int32_t tenant_id;
	struct uuid a, b;
	const char *actor;            /* for the audit, as that of an entry */
	struct uuid survivor, merged; /* set by account_merge_lock() */
	int64_t log_id;               /* set by account_merge_apply() */
};

/* The three are called in this order and within one transaction. */

/* Locks both accounts: no other request moves what belongs to them. a may be nil; then merged stays
 * nil. */
enum err account_merge_lock(struct db *db, struct account_merge *merge);
/* Writes to both accounts, which locks them on all nodes of a cluster. */
enum err account_merge_mark(struct db *db, const struct account_merge *merge);
/* Merges, and writes it to the audit. */
enum err account_merge_apply(struct db *db, struct account_merge *merge);

enum unmerge_problem {
	UNMERGE_NO_PROBLEM,
	UNMERGE_UNKNOWN,
	UNMERGE_DONE,
	UNMERGE_SURVIVOR_MERGED, /* the survivor was itself merged since */
	UNMERGE_SURVIVOR_CLOSED, /* its person has closed it: account_close.h */
	UNMERGE_MOVED_ON, /* a user, unionid or alias is no longer where the merge left it */
};

/* Undoes the merge with this id of merge_log. Returns ERR_PARAMETER, with problem_r set, if that is
 * impossible. */
enum err account_unmerge(struct db *db, int64_t id, enum unmerge_problem *problem_r);
/* The same for a merge of this tenant. */
enum err account_unmerge_of(
	struct db *db, int32_t tenant_id, int64_t id, enum unmerge_problem *problem_r);

#endif
