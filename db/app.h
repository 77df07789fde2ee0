/*
 * The WeChat apps of a tenant, and the Open Platform accounts that apps are in.
 *
 * An app's secret is sealed at rest and opened only here.
 */
#ifndef DB_APP_H
#define DB_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "wechat.h"

#define OPEN_PLATFORM_NAME_MAX_CHARS 64

struct default_app_choice;

struct app {
	int32_t id;
	int32_t tenant_id;
	const char *appid;
	enum app_kind kind;
	const char *secret;
	int32_t open_platform_id;  /* the Open Platform account that gives unionids; 0: none */
	int32_t moved_from_id;     /* the account before that one; 0: none */
	const char *open_platform; /* its name, "" for none; of app_list() and app_page() alone */
};

/* The app as WeChat is asked for it. */
struct wechat_app app_of_wechat(const struct app *app);
/* Returns ERR_APP_UNKNOWN if there is no such app. */
enum err app_find(struct db *db, const char *appid, struct app *app_r);

/* Finds the appid of an app of the tenant by its id, into the arena. Returns ERR_APP_UNKNOWN. */
enum err app_find_appid(
	struct db *db, int32_t tenant_id, int32_t id, const char **appid_r);
/* Finds the app of a WeChat user. Returns ERR_USER_UNKNOWN if there is no such user or the account
 * is closed, or ERR_APP_UNKNOWN if no app has named the user yet. */
enum err app_of_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct app *app_r);

/* Adds an app. open_platform: its name within the tenant, "" for none. Returns ERR_PARAMETER if the
 * appid is taken or malformed, the secret or the name is too long, there is no such tenant, or
 * choice says why. */
enum err app_add(struct db *db, const struct app *app, const char *open_platform,
	struct default_app_choice *choice);
/* Replaces the secret; the old one need not open. Returns ERR_PARAMETER if there is no such app. */
enum err app_set_secret(struct db *db, const char *appid, const char *secret);
/* Reads at most n_most apps of the tenant of after with ids above its id, by id, into the arena,
 * with secret left NULL. */
enum err app_page(
	struct db *db, const struct app *after, int32_t n_most, struct app **apps_r, size_t *n_r);
/* Calls row for each app, with secret left NULL. */
enum err app_list(struct db *db, void (*row)(void *ctx, const struct app *app), void *ctx);

/* Call within a transaction: finds the tenant's Open Platform account of that name, without the
 * blanks around it, or adds it. Sets *id_r to 0 if there is no such tenant. */
enum err open_platform_named(
	struct db *db, int32_t tenant_id, const char *name, int32_t *id_r);

#endif
