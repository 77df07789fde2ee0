#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "activity.h"
#include "arena.h"
#include "both_texts.h"
#include "clock.h"
#include "conn_node.h"
#include "counters.h"
#include "row.h"
#include "session.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

/* If others go on meanwhile; after a deadlock, in which another one was first; and on a cluster,
 * where a node that is behind catches up before it says that. */
#define LONG_WAIT_US (3 * CLOCK_SECOND_US)

/* Sends a statement once. Some errors show only among the rows (a duplicate key with RETURNING, a
 * time limit, a cluster's abort), so a statement has succeeded when its rows are here. A handle
 * that has failed there is closed, since it would wait for the rest of the rows. */
static int stmt_execute_once(
	struct db *db, MYSQL_STMT *handle, const struct stmt *stmt, MYSQL_BIND *params)
{
	bool is_executed;

	db->conn->asked_us = clock_monotonic_us();
	counter_add(COUNTER_DATABASE_STATEMENTS, 1);
	mysql_stmt_bind_param(handle, params);
	is_executed = mysql_stmt_execute(handle) == 0;
	if (is_executed && mysql_stmt_store_result(handle) == 0) {
		db->conn->used_us = clock_monotonic_us();
		if (db->is_writing && !db->is_in_transaction)
			conn_node_note_written(db, true);
		return 0;
	}
	conn_fail_of_values(
		db, mysql_stmt_errno(handle), stmt->text, mysql_stmt_error(handle));
	if (db->conn->mysql != NULL && (is_executed || db->error.kind == DB_ERROR_STALE))
		conn_forget(db->conn, handle);
	return -1;
}

/* An INSERT may have columns, too: those of RETURNING. */
static bool stmt_is_read(const struct stmt *stmt)
{
	return str_starts_with(stmt->text, "SELECT ");
}

/* Whether a statement that failed may be sent once more, since it surely changed nothing. */
static bool stmt_may_repeat(const struct db *db, const struct stmt *stmt, int64_t begun_us)
{
	const bool waits_long = db->conn->transfers != NULL || db->conn->is_cluster ||
		db->error.code == ER_LOCK_DEADLOCK;
	const int64_t most_us = waits_long ? LONG_WAIT_US : CLOCK_SECOND_US;

	switch (db->error.kind) {
	case DB_ERROR_STALE:
		return true;
	case DB_ERROR_UNSENT:
		return !db->is_in_transaction && db->given_up == DB_ERROR_NONE;
	case DB_ERROR_LOST:
		return !db->is_in_transaction && db->given_up == DB_ERROR_NONE &&
			stmt_is_read(stmt);
	case DB_ERROR_CONTENTION:
		return !db->is_in_transaction && clock_monotonic_us() - begun_us < most_us;
	default:
		return false;
	}
}

static int stmt_open(struct db *db, const struct stmt *stmt)
{
	return stmt_is_read(stmt) ? session_open(db) : session_open_to_write(db);
}

/* Returns the statement's handle; NULL: it failed. */
static MYSQL_STMT *stmt_prepare(struct db *db, const struct stmt *stmt, bool has_both)
{
	return conn_prepare(db,
		has_both ? both_texts_find(&db->conn->both_texts, stmt->text, stmt->params)
			 : stmt->text);
}

/* Sends a statement until it succeeds or may not be repeated. Returns the handle with its result
 * stored, or NULL with db->error set. */
static MYSQL_STMT *stmt_repeat(struct db *db, const struct stmt *stmt, const void *params)
{
	const int64_t begun_us = clock_monotonic_us();
	struct conn_tries tries = {0};

	for (;;) {
		const bool has_both = both_texts_needed(db->keys, stmt->params);
		MYSQL_STMT *handle;

		db->error = (struct db_error){0};
		arena_reset(db->scratch);
		handle = stmt_open(db, stmt) == 0 && conn_catch_up(db) == 0
			? stmt_prepare(db, stmt, has_both)
			: NULL;
		if (handle != NULL &&
			stmt_execute_once(db, handle, stmt,
				row_bind(db, stmt->params, params, has_both)) == 0)
			return handle;
		if (!conn_may_try_again(db, &tries) || !stmt_may_repeat(db, stmt, begun_us))
			break;
		if (db->error.kind == DB_ERROR_CONTENTION)
			conn_pause(db, tries.n);
	}
	if (db->is_writing && !db->is_in_transaction)
		conn_node_note_stalled_write(db, begun_us);
	return NULL;
}

/* Whether it has found no row that another node may have. */
static bool stmt_has_missed(const struct db *db, MYSQL_STMT *handle, const struct stmt *stmt)
{
	if (stmt_is_read(stmt))
		return stmt->reads_again && mysql_stmt_num_rows(handle) == 0;
	if (mysql_stmt_affected_rows(handle) > 0 || str_starts_with(stmt->text, "INSERT "))
		return false;
	return stmt->reads_again || !db->is_in_transaction;
}

/* Sends a statement again that found no row, where it may find one. Returns as stmt_repeat(). */
static MYSQL_STMT *stmt_look_again(
	struct db *db, MYSQL_STMT *handle, const struct stmt *stmt, const void *params)
{
	if (!stmt_has_missed(db, handle, stmt) || !conn_may_find_more(db))
		return handle;
	mysql_stmt_free_result(handle);
	if (!db->is_in_transaction)
		return stmt_repeat(db, stmt, params);
	transaction_again(db);
	return NULL;
}

/* The one way of a statement to the server. Returns as stmt_repeat(). */
static MYSQL_STMT *stmt_execute(struct db *db, const struct stmt *stmt, const void *params)
{
	const int64_t begun_us = clock_monotonic_us();
	enum activity before;
	MYSQL_STMT *handle;

	if (db->is_in_transaction && db->error.kind != DB_ERROR_NONE)
		return NULL;
	if (conn_node_is_given_up(db))
		return NULL;
	before = activity_begin(ACTIVITY_DATABASE);
	handle = stmt_repeat(db, stmt, params);
	if (handle != NULL)
		handle = stmt_look_again(db, handle, stmt, params);
	if (handle != NULL && !stmt_is_read(stmt) && mysql_stmt_affected_rows(handle) > 0)
		db->has_written = true;
	activity_begin(before);
	if (!db->is_in_transaction)
		conn_note_wait(db, begun_us);
	if (handle == NULL && !db->is_in_transaction && db->error.kind != DB_ERROR_DUPLICATE)
		db_error_report(&db->error);
	return handle;
}

enum err stmt_write(struct db *db, const struct stmt *stmt, const void *params)
{
	MYSQL_STMT *handle = stmt_execute(db, stmt, params);

	db->n_rows = 0;
	db->conn->has_changed_remembered |= stmt->changes_remembered;
	if (stmt->changes_users && db->dated_us == 0)
		db->dated_us = db->conn->asked_us;
	if (handle != NULL) {
		db->insert_id = (int64_t)mysql_stmt_insert_id(handle);
		db->n_rows = (int64_t)mysql_stmt_affected_rows(handle);
		return ERR_NONE;
	}
	if (db->error.kind != DB_ERROR_DUPLICATE)
		return db_error_err(&db->error);
	db->error = (struct db_error){0};
	return ERR_DUPLICATE;
}

void stmt_write_spare(struct db *db, const struct stmt *stmt, const void *params)
{
	const enum db_error_kind given_up = db->given_up;
	const int64_t hung_us = db->conn->hung_us;

	if (db->is_in_transaction)
		BUG("a transaction cannot do without a statement");
	if (stmt_write(db, stmt, params) == ERR_NONE)
		return;
	db->error = (struct db_error){0};
	db->given_up = given_up;
	db->conn->hung_us = hung_us;
}

static int stmt_execute_rows(
	struct db *db, const struct stmt *stmt, const void *rows, size_t n_rows)
{
	const unsigned n = (unsigned)n_rows;
	MYSQL_STMT *handle = stmt_open(db, stmt) == 0 ? stmt_prepare(db, stmt, false) : NULL;

	if (handle == NULL)
		return -1;
	mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &n);
	return stmt_execute_once(db, handle, stmt,
		row_bind_rows(db, stmt->params, rows, n_rows, stmt->row_size));
}

enum err stmt_write_rows(struct db *db, const struct stmt *stmt, const void *rows, size_t n_rows)
{
	struct conn_tries tries = {0};
	enum activity before;
	int status;

	if (!db->is_in_transaction)
		BUG("rows are written without a transaction");
	if (n_rows == 0)
		return ERR_NONE;
	if (db->error.kind != DB_ERROR_NONE || conn_node_is_given_up(db))
		return db_error_err(&db->error);
	before = activity_begin(ACTIVITY_DATABASE);
	do {
		db->error = (struct db_error){0};
		arena_reset(db->scratch);
		status = stmt_execute_rows(db, stmt, rows, n_rows);
	} while (status != 0 && db->error.kind == DB_ERROR_STALE &&
		conn_may_try_again(db, &tries));
	activity_begin(before);
	if (status == 0) {
		db->has_written = true;
		if (stmt->changes_users && db->dated_us == 0)
			db->dated_us = db->conn->asked_us;
		return ERR_NONE;
	}
	if (db->error.kind != DB_ERROR_DUPLICATE)
		return db_error_err(&db->error);
	db->error = (struct db_error){0};
	return ERR_DUPLICATE;
}

enum err stmt_change(
	struct db *db, const struct stmt *stmt, const void *params, enum err unknown)
{
	enum err err = stmt_write(db, stmt, params);

	return err == ERR_NONE && db->n_rows == 0 ? unknown : err;
}

static void stmt_begin_reading(struct row_reader *reader, struct db *db, MYSQL_STMT *handle,
	const struct stmt *stmt, const void *params)
{
	row_reader_init(reader, db, handle, stmt->columns);
	row_reader_compare_tenant(reader, stmt->params, params);
}

static void stmt_end_reading(struct row_reader *reader, enum err err)
{
	mysql_stmt_free_result(reader->handle);
	if (err != ERR_NONE && err != ERR_ABSENT && !reader->db->is_in_transaction)
		db_error_report(&reader->db->error);
}

enum err stmt_need(struct db *db, const struct stmt *stmt, const void *params, void *row_r,
	enum err unknown)
{
	MYSQL_STMT *handle = stmt_execute(db, stmt, params);
	struct row_reader reader;
	enum err err;

	if (handle == NULL)
		return db_error_err(&db->error);
	stmt_begin_reading(&reader, db, handle, stmt, params);
	err = row_read(&reader, row_r);
	stmt_end_reading(&reader, err);
	return err == ERR_ABSENT ? unknown : err;
}

enum err stmt_all(struct db *db, const struct stmt *stmt, const void *params, void **rows_r,
	size_t *n_rows_r)
{
	MYSQL_STMT *handle = stmt_execute(db, stmt, params);
	struct row_reader reader;
	char *rows;
	enum err err;

	if (handle == NULL)
		return db_error_err(&db->error);
	stmt_begin_reading(&reader, db, handle, stmt, params);
	rows = arena_alloc(db->arena, mysql_stmt_num_rows(handle) * stmt->row_size + 1);
	*rows_r = rows;
	*n_rows_r = 0;
	while ((err = row_read(&reader, rows)) == ERR_NONE) {
		rows += stmt->row_size;
		++*n_rows_r;
	}
	stmt_end_reading(&reader, err);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

/* What a RETURNING brings the server tells only when it runs. */
static bool stmt_has_columns(MYSQL_STMT *handle, const struct stmt *stmt)
{
	return mysql_stmt_field_count(handle) == row_n_columns(stmt->columns) ||
		strstr(stmt->text, " RETURNING ") != NULL;
}

int stmt_check(struct db *db, const struct stmt *stmt)
{
	const bool has_both = both_texts_needed(db->keys, stmt->params);
	MYSQL_STMT *handle;

	db->error = (struct db_error){0};
	handle = session_open(db) == 0 ? stmt_prepare(db, stmt, has_both) : NULL;
	if (handle == NULL)
		return -1;
	if (mysql_stmt_param_count(handle) == row_n_sent(stmt->params, has_both) &&
		stmt_has_columns(handle, stmt))
		return 0;
	return conn_fail(db, CR_INVALID_PARAMETER_NO, stmt->text,
		"its table has another number of parameters or columns");
}
