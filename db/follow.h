/*
 * Whether a WeChat user follows an official account, as WeChat's events tell, in any order: the
 * latest counts.
 *
 * An openid is followed by more people than log in. Its last event waits for the first login, as
 * long as that takes, one row an openid; an unfollow for 30 days, since who has left may not come
 * at all. Erasing the openid ends the waiting.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct user_row;

struct follow {
	int32_t tenant_id, app_id;
	const char *openid;
	bool is_following;
	int64_t happened_us;
};

/* Within a transaction, 0 or -1: it is the user's, or waits. */
int follow_store(struct db *db, const struct follow *follow);
/* Within a transaction, for a user who has just been stored, or become this app's: the event that
 * waited. 1: it has changed what the account shows, 0 or -1. */
int follow_catch_up(struct db *db, const struct user_row *user);

/* Forgets unfollows that have waited too long, a thousand at most: their number, or -1. */
enum err follow_purge(struct db *db);

#endif
