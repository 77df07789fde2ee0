/*
 * The undo of a merge of two accounts. It moves back what the merge moved, and restores the flags
 * that nobody has changed since. What came after the merge stays with the survivor. A login does
 * not merge the two accounts again.
 *
 * The undo enables nobody: while the survivor is disabled, both are afterwards, and who was
 * disabled before the merge is again.
 */
#ifndef ACCOUNT_UNMERGE_H
#define ACCOUNT_UNMERGE_H

#include <stdint.h>

#include "db.h"

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
