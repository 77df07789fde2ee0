/*
 * Migrations of the schema. They are numbered, compiled in from db/schema/NNNN_name.sql, and
 * applied in order and once; schema_version says which were. Each can be applied while the release
 * before it runs.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db.h"

struct migration_holder;

/* NULL: nothing is called. */
struct migrate_report {
	void (*progress)(void *ctx, const char *name); /* before each migration */
	/* Once, if another process migrates, for whose end it waits. */
	void (*wait)(void *ctx, const struct migration_holder *holder);
	/* If migrate_hosts_find_problem() finds one. */
	void (*refuse)(void *ctx, const char *problem);
	void *ctx;
};

/* Applies the migrations that are missing. Needs a database user with the right to create and alter
 * tables, unless none is missing. Returns ERR_PARAMETER and changes nothing if
 * migrate_find_stranger() finds one, or it refuses. */
enum err migrate(struct db *db, const struct migrate_report *report);
/* Looks for what another program has created under the name of a table that is still to be created:
 * a table without our columns, a view, a sequence, or a foreign key. Sets *stranger_r to a sentence
 * that says which, or to NULL. */
enum err migrate_find_stranger(struct db *db, const char **stranger_r);
/* Compares the version of the schema (0: none) with the one that this program needs. Returns
 * ERR_PARAMETER if they differ. */
enum err migrate_check(struct db *db, int *version_r, int *wanted_r);

/* Calls problem for each table that is gone, lacks a column, or has another engine or character set
 * than the migrations give it; what also says how to mend it. */
enum err migrate_check_tables(struct db *db,
	void (*problem)(void *ctx, const char *table, const char *what), void *ctx);

#endif
