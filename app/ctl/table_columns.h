/*
 * The tables of another system, or the one of ours, and the columns in which they are found: the
 * format's own, and those that --map names in their place. For user_tables.c alone.
 */
#ifndef TABLE_COLUMNS_H
#define TABLE_COLUMNS_H

#include "csv_column.h"
#include "user_formats.h"
#include "wechat.h"

struct arena;
struct records;

/* A record of a table that adds to another one. */
struct joined {
	const char *key;           /* NULL: the slot is free */
	const char *const *values; /* of enum user_field and enum user_link; NULL: it has none */
};

/* What of a column is not in struct csv_column. */
struct origin {
	const char *member, *disabled; /* of struct user_column */
	bool is_mapped;     /* --map names it */
	bool is_found;      /* a file's heading or a line of JSON has it */
};

struct table {
	const char *name;
	const char *const *kinds;
	struct csv_column columns[CSV_COLUMNS_MAX + 1];
	struct origin origins[CSV_COLUMNS_MAX];
	const char *deleted; /* of struct user_column; NULL: 1, true or b'1' */
	size_t n_columns;
	struct joined *slots; /* n_slots is a power of two */
	size_t n_slots, n_used;
};

struct user_tables {
	struct arena *arena; /* of what is read into memory */
	struct table tables[USER_TABLES_MAX];
	size_t n_tables;
	enum app_kind kind;
	bool is_own, skips_others, has_mapped_openid;
};

void table_columns_use_own(struct table *table);
void table_columns_use(
	struct user_tables *tables, struct table *table, const struct user_table *source);
/* Takes "FIELD=COLUMN,…"; NULL: nothing. NULL, or what is wrong with it, in the arena. */
const char *table_columns_map(struct user_tables *tables, struct arena *arena, const char *map);

/* Notes which columns a record of the table has. */
void table_columns_note(struct table *table, const struct csv_record *record);
/* NULL, or which column of --map no file has had so far, in the arena. */
const char *table_columns_find_unmapped(const struct user_tables *tables, struct arena *arena);
/* The same of a file by its heading; without one each line may have other columns. */
const char *table_columns_find_unnamed(
	struct table *table, struct arena *arena, struct records *records);

#endif
