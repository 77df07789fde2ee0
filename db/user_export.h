/*
 * An app's users as user_import.h takes them, so that they can be moved to another database.
 */
#ifndef USER_EXPORT_H
#define USER_EXPORT_H

#include "user_import_row.h"

struct exported_user {
	int32_t id;
	struct user_import_row row; /* state and clashes are not set */
	size_t n_ids_left; /* ids of other systems for which the row has no room */
};

/* Writes to the audit that the users are exported; call it before the first page. */
enum err user_export_begin(struct db *db, const struct app *app);
/* Reads at most a thousand users whose ids are above after_id, ordered by id, into the arena,
 * without those who have closed their accounts. None are left if n_users_r is 0. */
enum err user_export_page(struct db *db, const struct app *app, int32_t after_id,
	const struct exported_user **users_r, size_t *n_users_r);

#endif
