/*
 * The app of calls that name none: that of [http] default_app, else the one that an operator has
 * chosen, else the only one there is. A second app does not take such calls away unasked.
 */
#ifndef DEFAULT_APP_H
#define DEFAULT_APP_H

#include <stdbool.h>

#include "db.h"

enum default_app_source {
	DEFAULT_APP_NONE,
	DEFAULT_APP_CONFIGURED, /* whether there is such an app or not */
	DEFAULT_APP_CHOSEN,
	DEFAULT_APP_ONLY,
};

struct default_app {
	enum default_app_source source;
	const char *appid; /* NULL: none */
};

/* 1, 0 or -1. */
int default_app_find(struct db *db, struct default_app *default_r);

/* What a command that adds an app or a tenant says of it. */
struct default_app_choice {
	const char *appid; /* NULL: the operator has not chosen */
	bool is_needed, is_unknown; /* found on the way: why ERR_PARAMETER */
};

/* Within a transaction, before the row is added: nobody else adds one until its end. ERR_PARAMETER:
 * calls go to the only app, and nobody has said where to from now on. */
enum err default_app_guard(struct db *db, struct default_app_choice *choice);
/* Within a transaction: makes the chosen one the default. ERR_PARAMETER: there is no such app. */
enum err default_app_choose(struct db *db, struct default_app_choice *choice);
/* In a transaction of its own. */
enum err default_app_set(struct db *db, struct default_app_choice *choice);

#endif
