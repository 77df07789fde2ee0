/*
 * Takes merged accounts apart, by what merge_log says: users, unionids, aliases, memberships and
 * tokens go back, and of the flags those that nobody has changed since. What came later stays with
 * the survivor. The two are not merged by a login again.
 */
#ifndef ACCOUNT_UNMERGE_H
#define ACCOUNT_UNMERGE_H

#include <stdint.h>

#include "db.h"

enum unmerge_obstacle {
	UNMERGE_POSSIBLE,
	UNMERGE_UNKNOWN,
	UNMERGE_DONE,
	UNMERGE_SURVIVOR_MERGED, /* by now, itself */
	UNMERGE_MOVED_ON, /* a user, unionid or alias is no longer where the merge left it */
};

/* id: of merge_log. ERR_PARAMETER: the obstacle says why, and nothing has changed. */
enum err account_unmerge(struct db *db, int64_t id, enum unmerge_obstacle *obstacle_r);

#endif
