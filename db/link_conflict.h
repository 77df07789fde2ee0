/*
 * A conflict that a login finds: the unionid belongs to another account, and the two must not be
 * merged. It is recorded for the operator, who settles it (account_conflict.h). For account_link.h.
 */
#ifndef LINK_CONFLICT_H
#define LINK_CONFLICT_H

#include <stdint.h>

#include "db.h"
#include "uuid.h"

enum conflict_reason {
	CONFLICT_NONE,
	CONFLICT_UNIONID, /* the account has another unionid there */
	CONFLICT_OPENID,  /* both hold an openid of one app */
	CONFLICT_MEMBER,  /* both are bound to different members */
	CONFLICT_OFF,     /* one of them may not log in */
	CONFLICT_APART,   /* an operator has undone their merge */
};

struct link_conflict {
	int32_t tenant_id, open_platform_id, app_id;
	const char *appid;
	int32_t wechat_user_id; /* who logs in; 0: not stored yet */
	const char *unionid;
	struct uuid account_id; /* the user's; nil: there is none yet */
	struct uuid other_id;   /* the owner's */
	int32_t reason;         /* enum conflict_reason */
	bool is_from_file;      /* an import has brought the unionid, not WeChat */
};

/* Each is called within a transaction. */

/* Sets the reason for which the two accounts must not be merged, CONFLICT_NONE: there is none. */
enum err link_conflict_find(struct db *db, struct link_conflict *conflict);
/* Records the conflict once, however often the user logs in. Logs it if it looks as if the app had
 * moved to another Open Platform account, unless a file says so. */
enum err link_conflict_record(struct db *db, const struct link_conflict *conflict);
/* Deletes open conflicts of the user about other unionids. */
enum err link_conflict_forget(struct db *db, const struct link_conflict *conflict);

#endif
