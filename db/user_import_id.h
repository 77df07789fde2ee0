/*
 * The ids by which other systems know the users of an import: whom they name already, and new ones.
 * For db/ alone and within a transaction.
 */
#ifndef USER_IMPORT_ID_H
#define USER_IMPORT_ID_H

#include "user_import_row.h"

struct user_import_id {
	int32_t tenant_id;
	struct uuid account_id;
	const char *id, *source;
};

/* The source of id number i of a row; "": not named. */
const char *user_import_source(
	const struct user_import *import, const struct user_import_row *row, size_t i);
/* Gives a new user the account of an id of the row, unless it has a user of the app already or may
 * be another person's; then the row's clashes say so. If nobody has an id, it changes nothing. */
enum err user_import_join(struct db *db, const struct user_import *import,
	struct user_import_row *row, struct user_row *user);
/* Adds those ids of a row that are nobody's to its account. Those of another account are a clash of
 * the row. Sets *is_changed if it adds one. */
enum err user_import_add_ids(struct db *db, const struct user_import *import,
	struct user_import_row *row, struct uuid account_id, bool *is_changed);
/* Adds ids that are nobody's yet. */
enum err user_import_insert_ids(struct db *db, const struct user_import_id *ids, size_t n_ids);

#endif
