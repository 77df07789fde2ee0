#include <errmsg.h>
#include <mysql.h>

#include "arena.h"
#include "clock.h"
#include "meter.h"
#include "stmt.h"
#include "str.h"

static size_t n_columns(const struct column *columns)
{
	size_t n = 0;

	while (columns != NULL && columns[n].kind != COLUMN_END_OF_TABLE)
		n++;
	return n;
}

/* How a kind travels. Numbers and bytes lie in the struct as the client library wants them. */
static const struct travel {
	enum enum_field_types type;
	size_t size;
	bool zero_is_null;
} travels[] = {
	[COLUMN_INT32] = {.type = MYSQL_TYPE_LONG, .size = 4},
	[COLUMN_REF] = {.type = MYSQL_TYPE_LONG, .size = 4, .zero_is_null = true},
	[COLUMN_INT64] = {.type = MYSQL_TYPE_LONGLONG, .size = 8},
	[COLUMN_BOOL] = {.type = MYSQL_TYPE_TINY, .size = 1},
	[COLUMN_TIME] = {.type = MYSQL_TYPE_DATETIME, .size = 8, .zero_is_null = true},
	[COLUMN_UUID] = {.type = MYSQL_TYPE_BLOB, .size = SECRET_UUID_SIZE, .zero_is_null = true},
	[COLUMN_HASH] = {.type = MYSQL_TYPE_BLOB, .size = SECRET_HASH_SIZE, .zero_is_null = true},
	[COLUMN_STR] = {.type = MYSQL_TYPE_STRING},
	[COLUMN_SEALED] = {.type = MYSQL_TYPE_BLOB},
	[COLUMN_KEYED] = {.type = MYSQL_TYPE_BLOB},
};

static const char *text_at(const struct column *column, const char *row)
{
	return *(const char *const *)(row + column->offset);
}

static int32_t tenant_of(const struct column *column, const char *row)
{
	return *(const int32_t *)(row + column->tenant_offset);
}

static struct secret_place place_of(const struct column *column, const char *row)
{
	return (struct secret_place){
		.table = column->table,
		.column = column->name,
		.tenant_id = tenant_of(column, row),
		.row_uuid = (const uint8_t *)row + column->uuid_offset,
	};
}

static bool is_null(const struct column *column, const char *row)
{
	static const uint8_t zero[SECRET_HASH_SIZE];
	const struct travel *travel = &travels[column->kind];

	if (column->kind == COLUMN_STR)
		return text_at(column, row) == NULL;
	if (column->kind == COLUMN_SEALED || column->kind == COLUMN_KEYED)
		return str_is_empty(text_at(column, row));
	return travel->zero_is_null && memcmp(row + column->offset, zero, travel->size) == 0;
}

static MYSQL_TIME *time_of(struct arena *arena, int64_t instant_us)
{
	MYSQL_TIME *time = arena_new_of(arena, MYSQL_TIME);
	struct civil civil;

	clock_to_civil(instant_us, 0, &civil);
	time->year = (unsigned)civil.year;
	time->month = (unsigned)civil.month;
	time->day = (unsigned)civil.day;
	time->hour = (unsigned)civil.hour;
	time->minute = (unsigned)civil.minute;
	time->second = (unsigned)civil.second;
	time->second_part = (unsigned long)civil.microsecond;
	time->time_type = MYSQL_TIMESTAMP_DATETIME;
	return time;
}

static int64_t instant_of(const MYSQL_TIME *time)
{
	const struct civil civil = {
		.year = (int)time->year,
		.month = (int)time->month,
		.day = (int)time->day,
		.hour = (int)time->hour,
		.minute = (int)time->minute,
		.second = (int)time->second,
		.microsecond = (int)time->second_part,
	};

	return clock_from_civil(&civil, 0);
}

static void bind_sealed(
	struct db *db, MYSQL_BIND *bind, const struct column *column, const char *row)
{
	const char *text = text_at(column, row);
	const struct secret_place place = place_of(column, row);

	bind->buffer = secret_seal(db->keys, &place, db->scratch, text, strlen(text));
	bind->buffer_length = strlen(text) + SECRET_SEAL_OVERHEAD;
}

static void bind_keyed(
	struct db *db, MYSQL_BIND *bind, const struct column *column, const char *row)
{
	uint8_t *hash = arena_alloc(db->scratch, SECRET_HASH_SIZE);

	secret_lookup(db->keys, tenant_of(column, row), column->name, text_at(column, row), hash);
	bind->buffer = hash;
	bind->buffer_length = SECRET_HASH_SIZE;
}

static void bind_param(
	struct db *db, MYSQL_BIND *bind, const struct column *column, const char *row)
{
	switch (column->kind) {
	case COLUMN_STR:
		bind->buffer = (void *)text_at(column, row);
		bind->buffer_length = strlen(text_at(column, row));
		return;
	case COLUMN_TIME:
		bind->buffer = time_of(db->scratch, *(const int64_t *)(row + column->offset));
		return;
	case COLUMN_SEALED:
		bind_sealed(db, bind, column, row);
		return;
	case COLUMN_KEYED:
		bind_keyed(db, bind, column, row);
		return;
	default:
		bind->buffer = (void *)(row + column->offset);
		bind->buffer_length = travels[column->kind].size;
	}
}

static MYSQL_BIND *bind_params(struct db *db, const struct stmt *stmt, const void *params)
{
	size_t n = n_columns(stmt->params);
	MYSQL_BIND *binds = arena_array(db->scratch, MYSQL_BIND, n + 1);

	for (size_t i = 0; i < n; i++) {
		const struct column *column = &stmt->params[i];

		binds[i].buffer_type = MYSQL_TYPE_NULL;
		if (is_null(column, params))
			continue;
		binds[i].buffer_type = travels[column->kind].type;
		bind_param(db, &binds[i], column, params);
	}
	return binds;
}

/* The one way to the server. Some errors only show among the rows (a duplicate key through
 * RETURNING, a time limit, a cluster's abort), so a statement has succeeded when its rows are here;
 * and a handle that has failed there would wait for the rest of them when used again. */
static int execute(
	struct db *db, MYSQL_STMT *handle, const struct stmt *stmt, const void *params)
{
	bool is_executed;

	db->asked_us = clock_monotonic_us();
	meter_add(METER_DATABASE_STATEMENTS, 1);
	mysql_stmt_bind_param(handle, bind_params(db, stmt, params));
	is_executed = mysql_stmt_execute(handle) == 0;
	if (is_executed && mysql_stmt_store_result(handle) == 0) {
		db->used_us = clock_monotonic_us();
		return 0;
	}
	conn_fail(db, mysql_stmt_errno(handle), stmt->text, "");
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
		return !db->is_in_transaction && !db->has_given_up;
	case TROUBLE_LOST:
		return !db->is_in_transaction && !db->has_given_up && stmt->columns != NULL;
	case TROUBLE_CONTENTION:
		return !db->is_in_transaction && clock_monotonic_us() - begun_us < 1000000;
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
	MYSQL_STMT *handle;

	if (db->is_in_transaction && db->failure.trouble != TROUBLE_NONE)
		return NULL;
	if (db->has_given_up) {
		db->failure.trouble = TROUBLE_ABSENT;
		return NULL;
	}
	handle = attempt(db, stmt, params);
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

/* What of a row does not go straight into its member. */
struct cell {
	my_bool is_null;
	unsigned long size;
	MYSQL_TIME time;
};

struct reading {
	struct db *db;
	MYSQL_STMT *handle;
	const struct column *columns;
	unsigned n_columns;
	struct cell *cells;
	MYSQL_BIND *binds;
};

static void bind_cell(struct reading *reading, unsigned i, char *row)
{
	const struct column *column = &reading->columns[i];
	const struct travel *travel = &travels[column->kind];
	struct cell *cell = &reading->cells[i];

	reading->binds[i] = (MYSQL_BIND){
		.buffer_type = travel->type,
		.buffer = row + column->offset,
		.buffer_length = travel->size,
		.is_null = &cell->is_null,
		.length = &cell->size,
	};
	if (column->kind == COLUMN_TIME)
		reading->binds[i].buffer = &cell->time;
}

/* Fetched once its size is known. */
static char *fetch_text(struct reading *reading, unsigned i, struct arena *arena)
{
	unsigned long size = reading->cells[i].size;
	MYSQL_BIND bind = {
		.buffer_type = MYSQL_TYPE_BLOB,
		.buffer = arena_alloc(arena, size + 1),
		.buffer_length = size,
		.length = &size,
	};

	if (size > 0 && mysql_stmt_fetch_column(reading->handle, &bind, i, 0) != 0)
		BUG("column %u of a stored result is gone", i);
	return bind.buffer;
}

/* NULL: noted. */
static const char *open_sealed(struct reading *reading, unsigned i, const char *row)
{
	struct db *db = reading->db;
	const struct column *column = &reading->columns[i];
	const struct secret_place place = place_of(column, row);
	const char *text = secret_open(db->keys, &place, db->arena,
		fetch_text(reading, i, db->scratch), reading->cells[i].size);

	if (text != NULL)
		return text;
	db->failure = (struct failure){.trouble = TROUBLE_REFUSED, .sql = "(open)"};
	snprintf(db->failure.message, sizeof(db->failure.message),
		"%s.%s: a key is missing or the value is not this row's", column->table,
		column->name);
	return NULL;
}

static int take_cell(struct reading *reading, unsigned i, char *row)
{
	const struct column *column = &reading->columns[i];
	const struct cell *cell = &reading->cells[i];
	const char **text = (const char **)(row + column->offset);

	switch (column->kind) {
	case COLUMN_TIME:
		*(int64_t *)(row + column->offset) = cell->is_null ? 0 : instant_of(&cell->time);
		return 0;
	case COLUMN_STR:
		*text = cell->is_null ? NULL : fetch_text(reading, i, reading->db->arena);
		return 0;
	case COLUMN_SEALED:
		*text = cell->is_null ? "" : open_sealed(reading, i, row);
		return *text == NULL ? -1 : 0;
	default:
		if (cell->is_null)
			memset(row + column->offset, 0, travels[column->kind].size);
		return 0;
	}
}

/* The next row: 1, 0 or -1. */
static int read_row(struct reading *reading, char *row)
{
	int status;

	for (unsigned i = 0; i < reading->n_columns; i++)
		bind_cell(reading, i, row);
	mysql_stmt_bind_result(reading->handle, reading->binds);
	/* Texts are reported as truncated, having no room yet. */
	status = mysql_stmt_fetch(reading->handle);
	if (status == MYSQL_NO_DATA)
		return 0;
	if (status != 0 && status != MYSQL_DATA_TRUNCATED)
		BUG("a stored result ends early");
	for (unsigned i = 0; i < reading->n_columns; i++) {
		if (take_cell(reading, i, row) != 0)
			return -1;
	}
	return 1;
}

/* 0, or -1 with the failure noted. */
static int begin_reading(struct db *db, const struct stmt *stmt, const void *params,
	struct reading *reading_r)
{
	MYSQL_STMT *handle = run(db, stmt, params);
	const unsigned n = (unsigned)n_columns(stmt->columns);

	*reading_r = (struct reading){
		.db = db,
		.handle = handle,
		.columns = stmt->columns,
		.n_columns = n,
		.cells = arena_array(db->scratch, struct cell, n),
		.binds = arena_array(db->scratch, MYSQL_BIND, n),
	};
	return handle == NULL ? -1 : 0;
}

static void end_reading(struct reading *reading, bool has_failed)
{
	mysql_stmt_free_result(reading->handle);
	if (has_failed && !reading->db->is_in_transaction)
		conn_report(reading->db);
}

int stmt_find(struct db *db, const struct stmt *stmt, const void *params, void *row_r)
{
	struct reading reading;
	int found;

	if (begin_reading(db, stmt, params, &reading) != 0)
		return -1;
	found = read_row(&reading, row_r);
	end_reading(&reading, found < 0);
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
	struct reading reading;
	size_t n;
	char *rows;
	int found = 1;

	if (begin_reading(db, stmt, params, &reading) != 0)
		return -1;
	n = mysql_stmt_num_rows(reading.handle);
	rows = arena_alloc(db->arena, n * stmt->row_size + 1);
	for (size_t i = 0; i < n && found == 1; i++)
		found = read_row(&reading, rows + i * stmt->row_size);
	end_reading(&reading, found < 0);
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
	if (mysql_stmt_param_count(handle) == n_columns(stmt->params) &&
		mysql_stmt_field_count(handle) == n_columns(stmt->columns))
		return 0;
	return conn_fail(db, CR_INVALID_PARAMETER_NO, stmt->text,
		"its table has another number of parameters or columns");
}
