/*
 * The users of a tenant in the order in which they last changed, for a server that keeps a copy of
 * them. A page begins where the cursor of the page before says, and ends ten seconds before now:
 * a change that was dated earlier has been committed by then (transaction.h). So a user may come
 * twice, but is never missed.
 *
 * wechat_user.changed_at is a user's place in the order. A statement that changes what
 * person_view.h shows of a user, or of its account, gives one user of the account a new place;
 * logins that change nothing of that do not. With each user come those of its account that were on
 * earlier pages.
 *
 * An account that is closed comes as closed, and again when it is opened. For thirty days, users
 * who were erased and accounts that were merged into others come, too; a reader who was away for
 * longer has to read all users again. What no row shows moves nobody: the defaults of a tenant's
 * flags, and a confirmed phone that no longer counts because of its age.
 */
#ifndef USER_CHANGES_H
#define USER_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

#define USER_CHANGES_PAGE 1000
#define USER_CHANGES_CURSOR_MAX 128

enum user_state { USER_PRESENT, USER_CLOSED, USER_ERASED, USER_MERGED };

struct user_change {
	enum user_state state;
	int32_t wechat_user_id; /* 0: it is about an account alone */
	struct uuid account_id; /* of one that is closed, erased or merged; else nil */
	struct uuid into_id;    /* of one that was merged: into which */
};

struct user_changes {
	const struct user_change *changes;
	size_t n_changes;
	const char *cursor; /* of the next page */
	bool has_more;      /* the next page has something by now */
};

/* Reads the page into the arena. cursor: NULL for the first one. Returns ERR_PARAMETER if the
 * cursor is none of the tenant's, ERR_CURSOR_TOO_OLD. */
enum err user_changes_page(
	struct db *db, int32_t tenant_id, const char *cursor, struct user_changes *page_r);
/* Deletes some of the users who have been gone for more than thirty days. */
enum err user_changes_purge(struct db *db);

/* ---- For db/ alone and within a transaction. */

/* gone_id: the user's account if it is erased, too; else nil. */
enum err user_changes_add_erased(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct uuid gone_id);
enum err user_changes_add_merged(
	struct db *db, int32_t tenant_id, struct uuid merged, struct uuid survivor);

#endif
