/*
 * Which person a login belongs to: by (app, openid), then by the unionid within the app's Open
 * Platform account. A unionid that names somebody else makes both one, or, where that would be
 * wrong, leaves a conflict for the operator.
 */
#ifndef LINK_H
#define LINK_H

#include "app.h"
#include "db.h"
#include "profile.h"

enum conflict_reason {
	CONFLICT_NONE,
	CONFLICT_UNIONID, /* the account has another unionid there */
	CONFLICT_OPENID,  /* both hold an openid of one app */
	CONFLICT_MEMBER,  /* both are bound to different members */
};

struct link {
	const struct app *app;
	const char *unionid; /* NULL: WeChat gave none */
	struct user_row *user;
	enum conflict_reason reason;
	uint8_t other_id[SECRET_UUID_SIZE];
	bool is_new_account;
};

/* Within a transaction, with link->user locked or not stored yet: sets its account_id and
 * link->reason. */
enum err link_account(struct db *db, struct link *link);
/* Once the user is stored: writes down the conflict, if there is one. */
enum err link_note_conflict(struct db *db, const struct link *link);

#endif
