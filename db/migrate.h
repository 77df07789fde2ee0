/*
 * Numbered migrations, compiled in from db/schema/NNNN_name.sql, applied in order and once;
 * schema_version says which. Each can be applied while the release before it runs.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db.h"

/* Applies what is missing; says each on progress. Needs a user with DDL rights, unless nothing is
 * missing. ERR_PARAMETER: nothing is changed, there is a stranger. */
enum err migrate(struct db *db, void (*progress)(void *ctx, const char *name), void *ctx);
/* Whether what others have made is in the way of tables that are still to be made: a table of the
 * same name without our columns, a view, a sequence, a foreign key of the same name; says which, or
 * NULL. */
enum err migrate_find_stranger(struct db *db, const char **stranger_r);
/* ERR_NONE: the schema is this program's; ERR_PARAMETER: older or newer; *version_r: the
 * database's, 0: none. */
enum err migrate_check(struct db *db, int *version_r, int *wanted_r);

/* Tells of each of our tables that is not as the migrations make it, gone, of another engine or
 * character set, and what helps. */
enum err migrate_check_tables(struct db *db,
	void (*problem)(void *ctx, const char *table, const char *what), void *ctx);

#endif
