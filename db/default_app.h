/*
 * The default app: to which requests go that name none. It is configured, or an operator has chosen
 * it, or it is the only app. A second app does not change it unasked.
 */
#ifndef DEFAULT_APP_H
#define DEFAULT_APP_H

#include <stdbool.h>

#include "db.h"

enum default_app_source {
	DEFAULT_APP_NONE,
	DEFAULT_APP_CONFIGURED, /* [http] default_app, whether there is such an app or not */
	DEFAULT_APP_CHOSEN,     /* by an operator */
	DEFAULT_APP_ONLY,       /* there is no other app */
};

struct default_app {
	enum default_app_source source;
	const char *appid; /* NULL: none */
};

enum err default_app_find(struct db *db, struct default_app *default_r);

/* What a command that adds an app or a tenant says of the default app. */
struct default_app_choice {
	const char *appid; /* NULL: the operator has not chosen */
	bool is_needed, is_unknown; /* set on the way: why ERR_PARAMETER is returned */
};

/* Call within a transaction, before the row is added: no other process adds one until the
 * transaction ends. Returns ERR_PARAMETER if requests go to the only app and the operator has not
 * chosen where they go from now on. */
enum err default_app_guard(struct db *db, struct default_app_choice *choice);
/* Call within a transaction: makes the chosen app the default. Returns ERR_PARAMETER if there is no
 * such app. */
enum err default_app_choose(struct db *db, struct default_app_choice *choice);
/* The same in a transaction of its own. */
enum err default_app_set(struct db *db, struct default_app_choice *choice);

#endif
