/*
 * A statement is declared once: its text, which members of a struct go into its ? and which
 * members its columns come out to. A column that is sealed at rest is opened and sealed on the
 * way, so that no rule sees the bytes.
 *
 *	static const struct stmt statements[] = {
 *		[BY_NAME] = {
 *			.text = "SELECT id, tenant_id, row_uuid, phone FROM person "
 *				"WHERE tenant_id = ? AND name = ?",
 *			.params = COLUMNS(COLUMN(struct person, tenant_id, INT32),
 *				COLUMN(struct person, name, STR)),
 *			.columns = COLUMNS(COLUMN(struct person, id, INT32),
 *				COLUMN(struct person, tenant_id, INT32),
 *				COLUMN(struct person, row_uuid, UUID),
 *				SEALED(struct person, phone, "person", "phone")),
 *		},
 *	};
 *	const struct stmt_table person_statements = STMT_TABLE(statements);
 *
 * COLUMN() does not compile if the kind does not fit the C type of the member. A table is also
 * named in statements.def, so that all of its statements are checked at start. Outside a
 * transaction a statement that surely did not run is repeated, and a failure is logged, here;
 * within one, transaction_run() does both.
 */
#ifndef STMT_H
#define STMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conn.h"
#include "crypto.h"

enum column_kind {
	COLUMN_END_OF_TABLE,
	COLUMN_INT32,  /* int32_t */
	COLUMN_REF,    /* int32_t; 0 is NULL */
	COLUMN_INT64,  /* int64_t */
	COLUMN_BOOL,   /* bool */
	COLUMN_STR,    /* const char *; NULL is NULL */
	COLUMN_TIME,   /* int64_t: microseconds since 1970 UTC of a DATETIME(6); 0 is NULL */
	COLUMN_UUID,   /* struct uuid; the nil one is NULL */
	COLUMN_HASH,   /* uint8_t[32]; all zero is NULL */
	COLUMN_SEALED, /* const char *; "" is NULL */
	COLUMN_TRIED,  /* the same, of results only; NULL if no key opens it */
	COLUMN_KEYED,  /* const char *, of parameters only: its keyed hash; "" is NULL */
};

/* "": what a TRIED column reads as if the file of the keys marks its key as lost. */
extern const char stmt_lost[];

struct column {
	enum column_kind kind;
	size_t offset;
	/* For SEALED, TRIED and KEYED. */
	const char *table, *name;
	size_t tenant_offset, uuid_offset;
	const char *values; /* for SEALED: the query by which key_verify.c reads the column */
};

#define COLUMN_TYPE_INT32 int32_t
#define COLUMN_TYPE_REF int32_t
#define COLUMN_TYPE_INT64 int64_t
#define COLUMN_TYPE_BOOL bool
#define COLUMN_TYPE_STR const char *
#define COLUMN_TYPE_TIME int64_t
#define COLUMN_TYPE_UUID struct uuid
#define COLUMN_TYPE_HASH __typeof__(uint8_t[CRYPTO_HASH_SIZE])
#define COLUMN_TYPE_SEALED const char *

#define COLUMN_OFFSET(model, member, type)                                                      \
	(offsetof(model, member) +                                                              \
		0 * sizeof((COLUMN_TYPE_##type *)0 == &((model *)0)->member))
#define COLUMN(model, member, type)                                                             \
	{                                                                                       \
		.kind = COLUMN_##type, .offset = COLUMN_OFFSET(model, member, type)             \
	}
/* A sealed column. The model needs the members tenant_id and row_uuid, too; a list of results names
 * all three. */
#define SEALED(model, member, table_name, column_name)                                          \
	SEALED_BY(model, member, table_name, column_name, "id")
/* A sealed column of results that may fail to open: it is NULL then, or stmt_lost if its key is
 * marked as lost. */
#define TRIED(model, member, table_name, column_name)                                           \
	{                                                                                       \
		.kind = COLUMN_TRIED, .offset = COLUMN_OFFSET(model, member, STR),              \
		.table = table_name, .name = column_name,                                       \
		.tenant_offset = COLUMN_OFFSET(model, tenant_id, INT32),                        \
		.uuid_offset = COLUMN_OFFSET(model, row_uuid, UUID)                             \
	}
/* A sealed column of a table whose primary key is not "id". */
#define SEALED_BY(model, member, table_name, column_name, key_name)                             \
	{                                                                                       \
		.kind = COLUMN_SEALED, .offset = COLUMN_OFFSET(model, member, SEALED),          \
		.table = table_name, .name = column_name,                                       \
		.tenant_offset = COLUMN_OFFSET(model, tenant_id, INT32),                        \
		.uuid_offset = COLUMN_OFFSET(model, row_uuid, UUID),                            \
		.values = "SELECT " key_name ", tenant_id, row_uuid, " column_name              \
			  " FROM " table_name " WHERE " key_name " > ? ORDER BY " key_name      \
			  " LIMIT ?"                                                            \
	}
/* The keyed hash of a text; kind_name keeps the hashes of one kind apart from those of others. */
#define KEYED(model, member, kind_name)                                                         \
	{                                                                                       \
		.kind = COLUMN_KEYED, .offset = COLUMN_OFFSET(model, member, STR),              \
		.name = kind_name, .tenant_offset = COLUMN_OFFSET(model, tenant_id, INT32)      \
	}
#define COLUMNS(...)                                                                            \
	(const struct column[])                                                                 \
	{                                                                                       \
		__VA_ARGS__,                                                                    \
		{                                                                               \
			.kind = COLUMN_END_OF_TABLE                                             \
		}                                                                               \
	}

/* The number of a macro, for the text of a statement. */
#define STMT_NUMBER(number) STMT_AS_TEXT(number)
#define STMT_AS_TEXT(number) #number

struct stmt {
	const char *text;
	const struct column *params, *columns; /* NULL: none */
	size_t row_size;                       /* of the struct that stmt_all() fills */
};

struct stmt_table {
	const struct stmt *stmts;
	size_t n_stmts;
};
#define STMT_TABLE(array)                                                                       \
	{                                                                                       \
		.stmts = (array), .n_stmts = sizeof(array) / sizeof((array)[0])                 \
	}

/* A statement that deletes the oldest rows of a table, at most a thousand. It uses the index of
 * their age whatever the optimizer thinks of a small table; otherwise it would lock all rows, and
 * requests would wait for it. KEY: columns of the primary key. OLD: table, index, condition and
 * order, "x FORCE INDEX (x_age) WHERE … ORDER BY …". ON: which row of the table is one of old. */
#define STMT_PURGE(TABLE, KEY, OLD, ON)                                                         \
	{                                                                                       \
		.text = "DELETE " TABLE " FROM (SELECT " KEY " FROM " OLD " LIMIT 1000) old "   \
			"STRAIGHT_JOIN " TABLE " ON " ON,                                       \
	}

/*
 * Each of these returns ERR_NONE, or why the database failed: ERR_BUSY or ERR_INTERNAL, as
 * db_err().
 *
 * Reads the first row. Returns unknown if there is no row. What is no column, and everything if
 * there is no row, is left alone: row_r may be params.
 */
enum err stmt_need(struct db *db, const struct stmt *stmt, const void *params, void *row_r,
	enum err unknown);
/* The same. On a cluster, unknown is returned only after this node has caught up. */
enum err stmt_need_synced(struct db *db, const struct stmt *stmt, const void *params, void *row_r,
	enum err unknown);
/* Reads all rows into an array in the arena. */
enum err stmt_all(struct db *db, const struct stmt *stmt, const void *params, void **rows_r,
	size_t *n_rows_r);
/* Runs a statement that writes. Sets db->n_rows to the number of rows that it matched, inserted or
 * deleted, and db->insert_id. Returns ERR_DUPLICATE if a unique key has the value already; a
 * transaction that returns it is repeated. */
enum err stmt_write(struct db *db, const struct stmt *stmt, const void *params);
/* The same. Returns unknown if no row was matched. */
enum err stmt_change(
	struct db *db, const struct stmt *stmt, const void *params, enum err unknown);

/* Prepares a statement and compares the numbers of its parameters and columns with what is
 * declared. Returns 0, or -1 with db->error set. */
int stmt_check(struct db *db, const struct stmt *stmt);

#endif
