/*
 * What the users of the database have and need: for "migrate --grants" and for "check".
 */
#ifndef GRANTEES_H
#define GRANTEES_H

#include <stdbool.h>

#include "db_user.h"
#include "grants.h"

struct ctl;

struct grantees {
	/* By the first of those that it is; NULL: it is another one, or nobody alone. */
	struct grantee *of[N_DB_USERS];
	const char *problems[N_DB_USERS]; /* why one cannot be asked; NULL: it was */
};

/* Connects as each user of the database. A user who cannot is taken to have nothing. */
void grantees_read(struct ctl *ctl, struct grantees *grantees_r);
/* Whether one user is all three. */
bool grantees_are_one(const struct ctl *ctl);
/* Whether the user also migrates, though nothing says so: then it may need more at times. */
bool grantee_migrates(const struct ctl *ctl, enum db_user user);

#endif
