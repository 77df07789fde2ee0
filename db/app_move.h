/*
 * Moves an app to another Open Platform account. WeChat then gives its users other unionids, which
 * their next logins store (db/account_link.h). A move back to the account before undoes the move,
 * since the unionids of that account are kept.
 */
#ifndef APP_MOVE_H
#define APP_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct app_move {
	const char *appid;
	const char *platform; /* the account to move to: a name within the tenant */
	/* Set on the way. */
	bool is_unknown; /* there is no such app, so that ERR_PARAMETER is returned */
	bool is_there;   /* it is there already, so that ERR_PARAMETER is returned */
	bool is_undo;    /* it moved back */
};

/* Returns ERR_PARAMETER also if the name is too long. */
enum err app_move(struct db *db, struct app_move *move);

struct app_move_report {
	int32_t id; /* of the app */
	const char *appid, *from, *to;
	int64_t since_us;
	int32_t n_moved;     /* users whose new unionid is known */
	int32_t n_to_come;   /* users of whom only the old one is known */
	int32_t n_conflicts; /* that are not settled, in the new account */
};

/* Calls row for an app that has moved, or for all of them if appid is NULL. */
enum err app_move_list(struct db *db, const char *appid,
	void (*row)(void *ctx, const struct app_move_report *report), void *ctx);

struct app_move_page {
	int32_t tenant_id;
	int32_t after_id; /* of an app */
	int32_t n_most;
};

/* Reads a page of the tenant's apps that have moved, by id, into the arena. */
enum err app_move_page(struct db *db, const struct app_move_page *page,
	const struct app_move_report **reports_r, size_t *n_r);

/* An app that may have moved: n_users of its users came with another unionid. */
struct app_suspect {
	const char *appid;
	int32_t n_users;
};

/* Reads them by appid into the arena. */
enum err app_move_suspects(struct db *db, const struct app_suspect **suspects_r, size_t *n_r);
/* Reads those of a tenant. */
enum err app_move_suspects_of_tenant(
	struct db *db, int32_t tenant_id, const struct app_suspect **suspects_r, size_t *n_r);
/* Sets how many users of one app of the tenant came so. */
enum err app_move_count_suspicious(
	struct db *db, int32_t tenant_id, const char *appid, int32_t *n_users_r);

#endif
