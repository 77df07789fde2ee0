/*
 * The files of an import of users, as one list of records of users (user_fields.h): whether they
 * are in our own format or in another system's, whose tables are put together.
 */
#ifndef USER_TABLES_H
#define USER_TABLES_H

#include <stddef.h>

#include "import.h"
#include "user_formats.h"
#include "wechat.h"

struct user_tables;

/* format: NULL for our own. map: "FIELD=COLUMN,…", which take the place of the format's columns;
 * NULL: none. The caller frees it. NULL: *error_r says what is wrong with map. */
struct user_tables *user_tables_new(const struct user_format *format, enum app_kind kind,
	const char *map, struct arena *arena, const char **error_r);
void user_tables_free(struct user_tables *tables);

/* Sets what of the import says how its files are read: paths of the first table, columns and
 * skips_others. Those of the other tables are read into memory. Returns the exit status. */
int user_tables_open(struct user_tables *tables, struct ctl *ctl, const struct argument *files,
	size_t n_files, struct import *import);
/* Returns NULL and the record of a user, import_is_left_out, or what is wrong. Its texts are those
 * of record, in the arena, or in tables. */
const char *user_tables_read(struct user_tables *tables, const struct csv_record *record,
	struct arena *arena, struct csv_record *user_r);
/* NULL, or which column of map no record has had that was read so far, in the arena. */
const char *user_tables_find_unmapped(const struct user_tables *tables, struct arena *arena);
/* Which records are an app's users, and what to type if there are none, in the arena. */
const char *user_tables_wanted(const struct user_tables *tables, struct arena *arena);

#endif
