/*
 * The removal of an app. What was counted of it stays in the tenant's statistics, and its Open
 * Platform account stays. What WeChat has pushed for openids that never logged in goes along.
 *
 * It is refused while requests may need the app: while it is the default app of several or the
 * configuration names it, and while a valid API key names it, since a key without any app would be
 * for all of them. It is refused while it has users, who may be erased before. The configuration is
 * that of this host; a login of a user who is new meanwhile is refused with ERR_APP_UNKNOWN.
 */
#ifndef DB_APP_REMOVAL_H
#define DB_APP_REMOVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

/* What still needs an app. */
enum app_need {
	APP_NEED_NONE,
	APP_NEED_DEFAULT,       /* it is the default app, and there are others */
	APP_NEED_CONFIGURATION, /* http.default_app or http.hosts */
	APP_NEED_KEYS,
	APP_NEED_USERS,
};

struct app_removal {
	const char *appid;
	/* By app_removal_look() and app_remove(). */
	int32_t id, tenant_id;
	int64_t n_users;
	int64_t n_events; /* events and follows of WeChat's */
	const char *keys; /* the ids of those that name it, with commas; NULL: none */
	enum app_need need;
	int32_t last_user_id; /* of app_removal_erase(); 0 before the first call */
};

/* Finds what stands against the removal, and what would go. Returns ERR_APP_UNKNOWN. */
enum err app_removal_look(struct db *db, struct app_removal *removal);
/* Erases the next hundred users of an app that was looked at, each as "user erase" does; but a
 * person's users of other apps stay, if the account is closed, too. n_erased_r: how many were
 * erased, since somebody else may have been first; is_over_r: there was none left. */
enum err app_removal_erase(
	struct db *db, struct app_removal *removal, int64_t *n_erased_r, bool *is_over_r);
/* Removes the app. Returns ERR_APP_UNKNOWN, or ERR_PARAMETER with need set. */
enum err app_remove(struct db *db, struct app_removal *removal);

#endif
