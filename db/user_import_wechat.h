/*
 * What a login has said of a user, which no file changes: the unionid, and what WeChat tells of the
 * profile. For db/ alone and within a transaction.
 */
#ifndef USER_IMPORT_WECHAT_H
#define USER_IMPORT_WECHAT_H

#include "user_import_row.h"

struct user_import_unionid {
	const char *text;     /* NULL: none, or it does not count */
	struct uuid owner_id; /* whose it is; nil: nobody's */
};

/* What a row changes of the user's profile. */
struct profile user_import_profile(
	const struct user_import_row *row, const struct user_row *user);
/* The row's unionid; NULL, and USER_IMPORT_CLASH_WECHAT is set, if a login has brought another
 * one. */
const char *user_import_known_unionid(
	const struct app *app, struct user_import_row *row, const struct user_row *user);
/* The same with its owner. It does not count either, and USER_IMPORT_CLASH_LIVING is set, if it is
 * another account's and somebody has logged in to the user's. */
enum err user_import_find_unionid(struct db *db, const struct app *app,
	struct user_import_row *row, const struct user_row *user,
	struct user_import_unionid *unionid_r);

#endif
