/*
 * The removal of an app. What was counted of it stays in the tenant's statistics, and its Open
 * Platform account stays. What WeChat has pushed for openids that never logged in goes along.
 *
 * It is refused while requests may need the app: while it is the default app of several or the
 * configuration names it, and while a valid API key names it, since a key without any app would be
 * for all of them. It is refused while it has users, who may be erased before.
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
};

/* Finds what stands against the removal, and what would go. Returns ERR_APP_UNKNOWN. */
enum err app_removal_look(struct db *db, struct app_removal *removal);
/* Erases at most a hundred users of an app that was looked at, each as "user erase" does.
 * n_erased_r: how many there were. */
enum err app_removal_erase(struct db *db, struct app_removal *removal, int64_t *n_erased_r);
/* Removes the app. Returns ERR_APP_UNKNOWN, or ERR_PARAMETER with need set. */
enum err app_remove(struct db *db, struct app_removal *removal);

#endif
