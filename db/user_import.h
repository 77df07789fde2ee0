/*
 * Users of an app as another system knows them, stored as if they had logged in here: each with an
 * account, which account_link.h chooses. What WeChat's placeholders say, or what the user has set
 * here, is not overwritten, nor is what a login has said. No account of somebody who has logged in
 * is merged. Whoever was erased is refused (user_import_look.h). A repetition changes nothing.
 *
 * An id of another system, the source, names one account. If the import says that its source is the
 * same as that of imports before, a new user without a unionid that is known here joins the account
 * of its id, unless that has a user of this app already, or another unionid or phone.
 *
 * A user of another app of the tenant is refused, unless the import moves users; whoever has logged
 * in to that app is refused in any case.
 *
 * A phone counts as confirmed only if the row says so, from the moment it says: whoever has
 * confirmed it since keeps it, whoever did before loses it.
 *
 * New users whom nothing links to what is stored are inserted many at a time.
 */
#ifndef USER_IMPORT_H
#define USER_IMPORT_H

#include "user_import_row.h"

/* Stores the first n_done rows, or none: as many as there is time for in a transaction. */
enum err user_import(struct db *db, struct user_import *import);
/* Writes to the audit that an import into the app has ended. details: a JSON object. */
enum err user_import_end(struct db *db, const struct app *app, const char *details);

#endif
