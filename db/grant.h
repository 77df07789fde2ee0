/*
 * Rights in the database, table by table: those that statements need, and those that a user of the
 * database has.
 */
#ifndef GRANT_H
#define GRANT_H

#include <stdbool.h>
#include <stddef.h>

#define GRANT_TABLES_MAX 128
#define GRANT_COLUMNS_MAX 128

struct arena;
struct buf;

/* Rights that may be given on a table, in the order in which the server shows them. */
enum grant_right {
	GRANT_SELECT = 1 << 0,
	GRANT_INSERT = 1 << 1,
	GRANT_UPDATE = 1 << 2,
	GRANT_DELETE = 1 << 3,
	GRANT_CREATE = 1 << 4,
	GRANT_DROP = 1 << 5,
	GRANT_REFERENCES = 1 << 6,
	GRANT_INDEX = 1 << 7,
	GRANT_ALTER = 1 << 8,
	GRANT_CREATE_VIEW = 1 << 9,
	GRANT_SHOW_VIEW = 1 << 10,
	GRANT_TRIGGER = 1 << 11,
	GRANT_ALL = (1 << 12) - 1,
};
/* Those that change tables. */
#define GRANT_OF_TABLES                                                                         \
	(GRANT_CREATE | GRANT_DROP | GRANT_REFERENCES | GRANT_INDEX | GRANT_ALTER)

struct grant {
	const char *table;
	unsigned rights;
	/* Of some columns alone: those that UPDATE may write, in addition to rights. */
	const char *columns[GRANT_COLUMNS_MAX];
	size_t n_columns;
};

struct grants {
	unsigned everywhere, of_database; /* rights on *.*, and on all tables of the database */
	bool may_grant;                   /* what it has there, or in the database, to others */
	struct grant tables[GRANT_TABLES_MAX];
	size_t n;
};

/* Returns the grant of a table, a new one if there is none. The name is copied into the arena. */
struct grant *grants_of(
	struct grants *grants, struct arena *arena, const char *table, size_t size);
/* Returns it; NULL: there is none. */
const struct grant *grants_find(const struct grants *grants, const char *table);
/* Adds a column that UPDATE writes. */
void grant_add_column(struct grant *grant, struct arena *arena, const char *name, size_t size);
bool grant_has_column(const struct grant *grant, const char *name);

/* The right that the server calls so, of size bytes; "ALL PRIVILEGES" is GRANT_ALL, and what is
 * given on no table 0. */
unsigned grant_right_of(const char *name, size_t size);
/* Writes "SELECT, INSERT". */
void grant_write_rights(struct buf *out, unsigned rights);
/* Writes `name`. */
void grant_write_name(struct buf *out, const char *name);

#endif
