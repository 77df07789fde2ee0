#include <errmsg.h>
#include <mysql.h>

#include "activity.h"
#include "arena.h"
#include "clock.h"
#include "counters.h"
#include "row.h"
#include "stmt.h"

/* The one way to the server. Some errors only show among the rows (a duplicate key through
 * RETURNING, a time limit, a cluster's abort), so a statement has succeeded when its rows are here;
 * and a handle that has failed there would wait for the rest of them when used again. */
static int execute(
	struct db *db, MYSQL_STMT *handle, const struct stmt *stmt, const void *params)
{
	bool is_executed;

	db->asked_us = clock_monotonic_us();
	counter_add(COUNTER_DATABASE_STATEMENTS, 1);
	mysql_stmt_bind_param(handle, row_bind(db, stmt->params, params));
	is_executed = mysql_stmt_execute(handle) == 0;
	if (is_executed && mysql_stmt_store_result(handle) == 0) {
		db->used_us = clock_monotonic_us();
		return 0;
	}
	conn_fail_of_values(
		db, mysql_stmt_errno(handle), stmt->text, mysql_stmt_error(handle));
	if (db->connection != NULL && (is_executed || db->failure.trouble == TROUBLE_STALE))
		conn_forget(db, handle);
	return -1;
}

/* Whether a statement may be sent once more: it surely changed nothing. */
static bool may_repeat(const struct db *db, const struct stmt *stmt, int64_t begun_us)
{
	switch (db->failure.trouble) {
	case TROUBLE_STALE:
		return true;
	case TROUBLE_UNSENT:
		return !db->is_in_transaction && db->given_up == TROUBLE_NONE;
	case TROUBLE_LOST:
		return !db->is_in_transaction && db->given_up == TROUBLE_NONE &&
			stmt->columns != NULL;
	case TROUBLE_CONTENTION:
		return !db->is_in_transaction && clock_monotonic_us() - begun_us < CLOCK_SECOND_US;
	default:
		return false;
	}
}

/* The handle with the result stored, or NULL with the failure noted. */
static MYSQL_STMT *attempt(struct db *db, const struct stmt *stmt, const void *params)
{
	const int64_t begun_us = clock_monotonic_us();

	for (int n_tries = 1;; n_tries++) {
		MYSQL_STMT *handle;

		db->failure = (struct failure){0};
		arena_reset(db->scratch);
		handle = conn_prepare(db, stmt->text);
		if (handle != NULL && execute(db, handle, stmt, params) == 0)
			return handle;
		if (n_tries == CONN_N_TRIES || !may_repeat(db, stmt, begun_us))
			return NULL;
		if (db->failure.trouble == TROUBLE_CONTENTION)
			conn_pause(n_tries);
	}
}

static MYSQL_STMT *run(struct db *db, const struct stmt *stmt, const void *params)
{
	const int64_t begun_us = clock_monotonic_us();
	enum activity before;
	MYSQL_STMT *handle;

	if (db->is_in_transaction && db->failure.trouble != TROUBLE_NONE)
		return NULL;
	if (db->given_up != TROUBLE_NONE) {
		db->failure.trouble = db->given_up;
		return NULL;
	}
	before = activity_begin(ACTIVITY_DATABASE);
	handle = attempt(db, stmt, params);
	activity_begin(before);
	if (!db->is_in_transaction)
		conn_note_wait(db, begun_us);
	if (handle == NULL && !db->is_in_transaction &&
		db->failure.trouble != TROUBLE_DUPLICATE)
		conn_report(db);
	return handle;
}

int stmt_run(struct db *db, const struct stmt *stmt, const void *params)
{
	MYSQL_STMT *handle = run(db, stmt, params);

	if (handle != NULL) {
		db->insert_id = (int64_t)mysql_stmt_insert_id(handle);
		return (int)mysql_stmt_affected_rows(handle);
	}
	if (db->failure.trouble != TROUBLE_DUPLICATE)
		return STMT_FAILED;
	db->failure = (struct failure){0};
	return STMT_DUPLICATE;
}

/* 0, or -1 with the failure noted. */
static int begin_reading(struct db *db, const struct stmt *stmt, const void *params,
	struct row_reader *reader_r)
{
	MYSQL_STMT *handle = run(db, stmt, params);

	if (handle == NULL)
		return -1;
	row_reader_init(reader_r, db, handle, stmt->columns);
	return 0;
}

static void end_reading(struct row_reader *reader, bool has_failed)
{
	mysql_stmt_free_result(reader->handle);
	if (has_failed && !reader->db->is_in_transaction)
		conn_report(reader->db);
}

int stmt_find(struct db *db, const struct stmt *stmt, const void *params, void *row_r)
{
	struct row_reader reader;
	int found;

	if (begin_reading(db, stmt, params, &reader) != 0)
		return -1;
	found = row_read(&reader, row_r);
	end_reading(&reader, found < 0);
	return found;
}

int stmt_find_surely(struct db *db, const struct stmt *stmt, const void *params, void *row_r)
{
	int found = stmt_find(db, stmt, params, row_r);

	if (found != 0 || !db->is_cluster || db->is_in_transaction)
		return found;
	if (conn_query(db, "SET SESSION wsrep_sync_wait = 1") != 0) {
		conn_report(db);
		return -1;
	}
	found = stmt_find(db, stmt, params, row_r);
	if (db->connection != NULL && conn_query(db, "SET SESSION wsrep_sync_wait = 0") != 0)
		conn_close(db);
	return found;
}

int stmt_all(struct db *db, const struct stmt *stmt, const void *params, void **rows_r,
	size_t *n_rows_r)
{
	struct row_reader reader;
	size_t n;
	char *rows;
	int found = 1;

	if (begin_reading(db, stmt, params, &reader) != 0)
		return -1;
	n = mysql_stmt_num_rows(reader.handle);
	rows = arena_alloc(db->arena, n * stmt->row_size + 1);
	for (size_t i = 0; i < n && found == 1; i++)
		found = row_read(&reader, rows + i * stmt->row_size);
	end_reading(&reader, found < 0);
	*rows_r = rows;
	*n_rows_r = n;
	return found < 0 ? -1 : 0;
}

int stmt_check(struct db *db, const struct stmt *stmt)
{
	MYSQL_STMT *handle;

	db->failure = (struct failure){0};
	handle = conn_prepare(db, stmt->text);
	if (handle == NULL)
		return -1;
	if (mysql_stmt_param_count(handle) == row_n_columns(stmt->params) &&
		mysql_stmt_field_count(handle) == row_n_columns(stmt->columns))
		return 0;
	return conn_fail(db, CR_INVALID_PARAMETER_NO, stmt->text,
		"its table has another number of parameters or columns");
}
