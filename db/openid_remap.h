/*
 * New openids of an app's users. WeChat gives its users other ones if the app moves to another
 * owner, and tells which are whose (cgi-bin/changeopenid). The user, the account and all that hangs
 * on them stay; the session ends, since it was of the old openid. The former openid is kept with
 * the user, so that an undo, by the same list with old and new exchanged, changes back those alone
 * whom a remap has changed.
 */
#ifndef OPENID_REMAP_H
#define OPENID_REMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "app.h"
#include "db.h"

#define OPENID_REMAP_MAX 250

enum openid_remap_state {
	OPENID_REMAP_UNKNOWN, /* the app has no user of either openid */
	OPENID_REMAP_DONE,
	OPENID_REMAP_SAME,  /* the user has the new one already */
	OPENID_REMAP_TAKEN, /* another user has the new one: nothing is changed */
	/* Of an undo, which changes nothing: no remap has changed the user; it has logged in
	 * since. */
	OPENID_REMAP_UNCHANGED,
	OPENID_REMAP_USED,
};

struct openid_remap_row {
	const char *old_openid, *new_openid; /* as str_is_openid() */
	enum openid_remap_state state;       /* set by openid_remap() */
};

struct openid_remap {
	const struct app *app;
	struct openid_remap_row *rows;
	size_t n_rows; /* up to OPENID_REMAP_MAX */
	bool is_undo;
	bool is_dry_run;
	const char *details; /* of the audit's entry, a JSON object; NULL: none is written */
};

/* Changes all rows or none. */
enum err openid_remap(struct db *db, struct openid_remap *remap);
/* Writes to the audit that a list has ended. details: a JSON object. */
enum err openid_remap_end(struct db *db, const struct app *app, const char *details);

#endif
