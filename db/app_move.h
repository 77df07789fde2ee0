/*
 * The Open Platform account that an app is in. When it moves to another, WeChat gives its users
 * other unionids; their next logins bring them in (db/account_link.h). Back to the one before
 * undoes it: nothing of there was thrown away.
 */
#ifndef APP_MOVE_H
#define APP_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct app_move {
	const char *appid;
	const char *platform; /* where to: a name within the tenant */
	/* Found on the way. */
	bool is_unknown, is_there; /* why ERR_PARAMETER: no such app; it is there already */
	bool is_undo;
};

/* ERR_PARAMETER also where the name is too long. */
enum err app_move(struct db *db, struct app_move *move);

struct app_move_report {
	const char *appid, *from, *to;
	int64_t since_us;
	int32_t n_moved, n_to_come; /* users; not those of whom no unionid is known */
	int32_t n_conflicts;        /* open ones in the new place */
};

/* Apps that have moved; appid NULL: all of them. */
enum err app_move_list(struct db *db, const char *appid,
	void (*row)(void *ctx, const struct app_move_report *report), void *ctx);

/* Apps whose users come with other unionids than before, and how many: they may have moved. */
enum err app_move_suspects(struct db *db,
	void (*row)(void *ctx, const char *appid, int32_t n_users), void *ctx);

#endif
