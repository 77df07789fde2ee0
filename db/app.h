/*
 * A WeChat appid of a tenant. The secret is sealed at rest and opened only here.
 */
#ifndef DB_APP_H
#define DB_APP_H

#include <stdint.h>

#include "db.h"
#include "wechat.h"

struct default_app_choice;

struct app {
	int32_t id;
	int32_t tenant_id;
	const char *appid;
	enum app_kind kind;
	const char *secret;
	int32_t open_platform_id; /* the Open Platform account that gives unionids; 0: none */
	int32_t moved_from_id;    /* that before; 0: none */
	const char *open_platform; /* its name, "" for none; of app_list() alone */
};

/* As WeChat is asked for it. */
struct wechat_app app_of_wechat(const struct app *app);
int app_find(struct db *db, const char *appid, struct app *app_r);
/* open_platform: its name within the tenant, "" for none. ERR_PARAMETER: the appid is taken or
 * malformed, the secret or the name too long, there is no such tenant, or what choice says. */
enum err app_add(struct db *db, const struct app *app, const char *open_platform,
	struct default_app_choice *choice);
/* The one before need not open. ERR_PARAMETER: there is no such app. */
enum err app_set_secret(struct db *db, const char *appid, const char *secret);
/* Calls row for each, secrets left NULL. */
enum err app_list(struct db *db, void (*row)(void *ctx, const struct app *app), void *ctx);

#endif
