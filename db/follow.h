/*
 * Follows: whether a WeChat user follows an official account. WeChat sends the events in any order;
 * the latest one counts.
 *
 * More people follow an account than log in. The last event of an openid is kept until its first
 * login, one row an openid. An unfollow is kept for 30 days, since who left may never log in.
 * Erasing the openid deletes the row.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct app;
struct user_row;

struct follow {
	int32_t tenant_id, app_id;
	const char *openid;
	bool is_following;
	int64_t happened_us;
};

/* Both are called within a transaction. */

/* Applies the event to the user, or keeps it until the user's first login if the app is an official
 * account, since WeChat tells of no other app that it is followed. */
enum err follow_store(struct db *db, const struct follow *follow);
/* Applies the event that was kept for a user who is new, or new to the app. Sets is_visible_r if
 * something changed that the account shows. */
enum err follow_catch_up(
	struct db *db, const struct app *app, const struct user_row *user, bool *is_visible_r);

/* Deletes at most a thousand unfollows that were kept for too long; db->n_rows is their number. */
enum err follow_purge(struct db *db);

#endif
