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
 * A look-up by the id of a row does better without a condition for the tenant, which costs the
 * server a fifth of its work. In its place a column of kind TENANT stands among the parameters,
 * which is not sent, and one among the columns: a row where they differ is no row. In the same way
 * ABSENT among the columns stands for a condition that hides a row.
 *
 * A statement reads and writes the rows of one tenant: it compares the tenant_id of each table with
 * a parameter, joins the table to a row whose tenant is compared, or has a TENANT. Otherwise
 * any_tenant says why. tests/unit/test_db_tenants.c refuses a statement with neither.
 *
 * On a cluster a row may be missing for some milliseconds after another node has committed it. A
 * look-up by what a client may just have been told by another host is marked reads_again: if it
 * finds no row, it waits until this node has caught up, and is repeated; within a transaction all
 * of that is. A request waits at most once. What finds a row, and a single server, waits for
 * nothing; values and lists may be of a moment ago.
 *
 * The users of the database are given the rights that their statements need (grants.h). A statement
 * is the service's unless its user says that wxuserctl alone runs it, or "wxuserctl migrate".
 * tests/lint/statement_users.py finds out who runs it, and refuses another mark.
 *
 * A table is also named in statements.def, so that all of its statements are checked at start.
 * Outside a transaction a statement that surely did not run is repeated, and a failure is logged,
 * here; within one, transaction_run() does both.
 */
#ifndef STMT_H
#define STMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "column.h"
#include "conn.h"
#include "db_user.h"

/* The number of a macro, for the text of a statement. */
#define STMT_NUMBER(number) STMT_AS_TEXT(number)
#define STMT_AS_TEXT(number) #number

/* The marks of a list, for the text of a statement, and its columns from item i on: COLUMN_OF(i) is
 * that of one item. */
#define STMT_TEN_MARKS "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
#define STMT_FIFTY_MARKS                                                                        \
	STMT_TEN_MARKS ", " STMT_TEN_MARKS ", " STMT_TEN_MARKS ", " STMT_TEN_MARKS              \
	", " STMT_TEN_MARKS
#define STMT_TEN(COLUMN_OF, i)                                                                  \
	COLUMN_OF(i), COLUMN_OF(i + 1), COLUMN_OF(i + 2), COLUMN_OF(i + 3), COLUMN_OF(i + 4),   \
		COLUMN_OF(i + 5), COLUMN_OF(i + 6), COLUMN_OF(i + 7), COLUMN_OF(i + 8),         \
		COLUMN_OF(i + 9)
#define STMT_FIFTY(COLUMN_OF, i)                                                                \
	STMT_TEN(COLUMN_OF, i), STMT_TEN(COLUMN_OF, i + 10), STMT_TEN(COLUMN_OF, i + 20),       \
		STMT_TEN(COLUMN_OF, i + 30), STMT_TEN(COLUMN_OF, i + 40)

struct stmt {
	const char *text;
	const struct column *params, *columns; /* NULL: none */
	size_t row_size; /* of the struct that stmt_all() fills, or stmt_write_rows() takes */
	const char *any_tenant; /* why it may be about rows of any tenant; NULL: it may not */
	bool changes_remembered; /* writes what workers may remember (remembered.h) */
	bool changes_users;      /* dates users as changed (user_changes.h) */
	/* If it finds no row that another node may have; as each UPDATE or DELETE that stands
	 * alone, and each transaction that has written nothing. */
	bool reads_again;
	enum db_user user; /* the first one, in the order of db_user.h, who runs it */
};

/* Reasons for any_tenant. */
#define STMT_BY_HASH "a hash of 256 bits names one row of all tenants"
#define STMT_BY_APPID "an appid names one app of all tenants"
#define STMT_OF_OPERATOR "the operator sees the rows of all tenants"
#define STMT_OF_JOB "a job does its work for all tenants"

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
		.any_tenant = STMT_OF_JOB,                                                      \
	}

/*
 * Each of these returns ERR_NONE, or ERR_BUSY or ERR_INTERNAL if the database failed.
 *
 * Reads the first row. Returns unknown if there is no row. What is no column, and everything if
 * there is no row, is left alone: row_r may be params.
 */
enum err stmt_need(struct db *db, const struct stmt *stmt, const void *params, void *row_r,
	enum err unknown);
/* Reads all rows into an array in the arena. */
enum err stmt_all(struct db *db, const struct stmt *stmt, const void *params, void **rows_r,
	size_t *n_rows_r);
/* Runs a statement that writes. Sets db->n_rows to the number of rows that it matched, inserted or
 * deleted, and db->insert_id. Returns ERR_DUPLICATE if a unique key has the value already; a
 * transaction that returns it is repeated. */
enum err stmt_write(struct db *db, const struct stmt *stmt, const void *params);
/* The same, outside of a transaction, of what the request can do without: a failure is logged, and
 * what the request asks next is sent as if there had been none. */
void stmt_write_spare(struct db *db, const struct stmt *stmt, const void *params);
/* The same as stmt_write() for an INSERT without RETURNING of an array of stmt->row_size, within a
 * transaction. The server gets all rows at once; db->n_rows and db->insert_id say nothing. No other
 * function writes with such a statement. */
enum err stmt_write_rows(struct db *db, const struct stmt *stmt, const void *rows, size_t n_rows);
/* The same as stmt_write(). Returns unknown if no row was matched. */
enum err stmt_change(
	struct db *db, const struct stmt *stmt, const void *params, enum err unknown);

/* Prepares a statement and compares the numbers of its parameters and columns with what is
 * declared. Returns 0, or -1 with db->error set. */
int stmt_check(struct db *db, const struct stmt *stmt);

#endif
