#include <mysql.h>

#include "arena.h"
#include "clock.h"
#include "column.h"
#include "conn.h"
#include "row.h"
#include "sealed_value.h"
#include "secret.h"
#include "str.h"

size_t row_n_columns(const struct column *columns)
{
	size_t n = 0;

	while (columns != NULL && columns[n].kind != COLUMN_END_OF_TABLE)
		n++;
	return n;
}

/* Returns the column of the kind; NULL: there is none. */
static const struct column *row_column_of(const struct column *columns, enum column_kind kind)
{
	for (; columns != NULL && columns->kind != COLUMN_END_OF_TABLE; columns++)
		if (columns->kind == kind)
			return columns;
	return NULL;
}

size_t row_n_sent(const struct column *params, bool has_both)
{
	size_t n = 0;

	for (; params != NULL && params->kind != COLUMN_END_OF_TABLE; params++)
		n += params->kind == COLUMN_TENANT ? 0
			: has_both && params->kind == COLUMN_FOUND_BY ? 2 : 1;
	return n;
}

/* How the client library binds a kind. Numbers and bytes lie in the struct as it wants them. */
static const struct bind_type {
	enum enum_field_types type;
	size_t size;
	bool zero_is_null;
} bind_types[] = {
	[COLUMN_INT32] = {.type = MYSQL_TYPE_LONG, .size = 4},
	[COLUMN_REF] = {.type = MYSQL_TYPE_LONG, .size = 4, .zero_is_null = true},
	[COLUMN_TENANT] = {.type = MYSQL_TYPE_LONG, .size = 4},
	[COLUMN_ABSENT] = {.type = MYSQL_TYPE_TINY, .size = 1},
	[COLUMN_INT64] = {.type = MYSQL_TYPE_LONGLONG, .size = 8},
	[COLUMN_BOOL] = {.type = MYSQL_TYPE_TINY, .size = 1},
	[COLUMN_TIME] = {.type = MYSQL_TYPE_DATETIME, .size = 8, .zero_is_null = true},
	[COLUMN_UUID] = {.type = MYSQL_TYPE_BLOB, .size = UUID_SIZE, .zero_is_null = true},
	[COLUMN_HASH] = {.type = MYSQL_TYPE_BLOB, .size = CRYPTO_HASH_SIZE, .zero_is_null = true},
	[COLUMN_STR] = {.type = MYSQL_TYPE_STRING},
	[COLUMN_SEALED] = {.type = MYSQL_TYPE_BLOB},
	[COLUMN_TRIED] = {.type = MYSQL_TYPE_BLOB},
	[COLUMN_KEYED] = {.type = MYSQL_TYPE_BLOB},
	[COLUMN_FOUND_BY] = {.type = MYSQL_TYPE_BLOB},
	[COLUMN_NEXT] = {.type = MYSQL_TYPE_BLOB},
};

static const char *row_text(const struct column *column, const char *row)
{
	return *(const char *const *)(row + column->offset);
}

static int32_t row_tenant(const struct column *column, const char *row)
{
	return *(const int32_t *)(row + column->tenant_offset);
}

static struct secret_place row_place(const struct column *column, const char *row)
{
	return (struct secret_place){
		.table = column->table,
		.column = column->name,
		.tenant_id = row_tenant(column, row),
		.row_uuid = *(const struct uuid *)(row + column->uuid_offset),
	};
}

static bool row_is_null(const struct column *column, const char *row)
{
	static const uint8_t zero[CRYPTO_HASH_SIZE];
	const struct bind_type *type = &bind_types[column->kind];

	if (column->kind == COLUMN_STR)
		return row_text(column, row) == NULL;
	if (column->kind >= COLUMN_SEALED)
		return str_is_empty(row_text(column, row));
	return type->zero_is_null && memcmp(row + column->offset, zero, type->size) == 0;
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

static void row_bind_sealed(
	struct db *db, MYSQL_BIND *bind, const struct column *column, const char *row)
{
	const char *text = row_text(column, row);
	const struct secret_place place = row_place(column, row);

	bind->buffer = secret_seal(db->keys, &place, db->scratch, text, strlen(text));
	bind->buffer_length = strlen(text) + SECRET_SEAL_OVERHEAD;
}

static struct secret_text row_keyed_text(const struct column *column, const char *row)
{
	return (struct secret_text){
		row_tenant(column, row), column->name, row_text(column, row)};
}

static void row_bind_keyed(
	struct db *db, MYSQL_BIND *bind, const struct column *column, const char *row)
{
	const struct secret_text text = row_keyed_text(column, row);
	uint8_t *hash = arena_alloc(db->scratch, CRYPTO_HASH_SIZE);

	bind->buffer = hash;
	bind->buffer_length = CRYPTO_HASH_SIZE;
	if (column->kind != COLUMN_NEXT)
		secret_mac(db->keys, column->purpose, &text, hash);
	else if (!secret_mac_next(db->keys, &text, hash))
		bind->buffer_type = MYSQL_TYPE_NULL;
}

/* The second hash of a FOUND_BY. */
static void row_bind_beside(
	struct db *db, MYSQL_BIND *bind, const struct column *column, const char *row)
{
	const struct secret_text text = row_keyed_text(column, row);
	uint8_t *hash = arena_alloc(db->scratch, CRYPTO_HASH_SIZE);

	secret_mac_beside(db->keys, column->purpose, &text, hash);
	bind->buffer_type = MYSQL_TYPE_BLOB;
	bind->buffer = hash;
	bind->buffer_length = CRYPTO_HASH_SIZE;
}

static void row_bind_param(
	struct db *db, MYSQL_BIND *bind, const struct column *column, const char *row)
{
	switch (column->kind) {
	case COLUMN_STR:
		bind->buffer = (void *)row_text(column, row);
		bind->buffer_length = strlen(row_text(column, row));
		return;
	case COLUMN_TIME:
		bind->buffer = time_of(db->scratch, *(const int64_t *)(row + column->offset));
		return;
	case COLUMN_SEALED:
		row_bind_sealed(db, bind, column, row);
		return;
	case COLUMN_KEYED:
	case COLUMN_FOUND_BY:
	case COLUMN_NEXT:
		row_bind_keyed(db, bind, column, row);
		return;
	default:
		bind->buffer = (void *)(row + column->offset);
		bind->buffer_length = bind_types[column->kind].size;
	}
}

MYSQL_BIND *row_bind(struct db *db, const struct column *columns, const void *row, bool has_both)
{
	const size_t n = row_n_columns(columns);
	MYSQL_BIND *binds = arena_array(db->scratch, MYSQL_BIND, row_n_sent(columns, has_both) + 1);
	MYSQL_BIND *bind = binds;

	for (size_t i = 0; i < n; i++) {
		const struct column *column = &columns[i];

		if (column->kind == COLUMN_TENANT)
			continue;
		bind->buffer_type = MYSQL_TYPE_NULL;
		if (!row_is_null(column, row)) {
			bind->buffer_type = bind_types[column->kind].type;
			row_bind_param(db, bind, column, row);
		}
		bind++;
		if (!has_both || column->kind != COLUMN_FOUND_BY)
			continue;
		bind->buffer_type = MYSQL_TYPE_NULL;
		if (!row_is_null(column, row))
			row_bind_beside(db, bind, column, row);
		bind++;
	}
	return binds;
}

/* Adds a parameter of row number i to the list that the client library takes for all rows: of
 * values for numbers, of pointers for the rest. */
static void row_add_to_list(
	MYSQL_BIND *list, const struct column *column, const MYSQL_BIND *param, size_t i)
{
	const size_t size = bind_types[column->kind].size;

	list->u.indicator[i] = param->buffer_type == MYSQL_TYPE_NULL;
	list->length[i] = param->buffer_length;
	if (column->kind > COLUMN_BOOL)
		((void **)list->buffer)[i] = param->buffer;
	else if (param->buffer != NULL)
		memcpy((char *)list->buffer + i * size, param->buffer, size);
}

MYSQL_BIND *row_bind_rows(struct db *db, const struct column *columns, const void *rows,
	size_t n_rows, size_t row_size)
{
	const size_t n = row_n_columns(columns);
	MYSQL_BIND *lists = arena_array(db->scratch, MYSQL_BIND, n);

	for (size_t i = 0; i < n; i++) {
		lists[i].buffer_type = bind_types[columns[i].kind].type;
		lists[i].buffer = arena_array(db->scratch, void *, n_rows);
		lists[i].length = arena_array(db->scratch, unsigned long, n_rows);
		lists[i].u.indicator = arena_alloc(db->scratch, n_rows);
	}
	for (size_t k = 0; k < n_rows; k++) {
		const char *row = (const char *)rows + k * row_size;
		const MYSQL_BIND *params = row_bind(db, columns, row, false);

		for (size_t i = 0; i < n; i++)
			row_add_to_list(&lists[i], &columns[i], &params[i], k);
	}
	return lists;
}

/* What is fetched of a column. Of a text it is the size alone. */
struct cell {
	my_bool is_null;
	unsigned long size;
	union {
		int32_t number;
		uint8_t bytes[CRYPTO_HASH_SIZE];
		MYSQL_TIME time;
	} value;
};

/* Fetches a text, now that its size is known. */
static char *row_fetch_text(struct row_reader *reader, unsigned i, struct arena *arena)
{
	unsigned long size = reader->cells[i].size;
	MYSQL_BIND bind = {
		.buffer_type = MYSQL_TYPE_BLOB,
		.buffer = arena_alloc(arena, size + 1),
		.buffer_length = size,
		.length = &size,
	};

	if (size > 0 && mysql_stmt_fetch_column(reader->handle, &bind, i, 0) != 0)
		BUG("column %u of a stored result is gone", i);
	return bind.buffer;
}

/* Returns NULL if the statement fails because of it, or the column is TRIED. */
static const char *row_open_cell(struct row_reader *reader, unsigned i, const char *row)
{
	const struct column *column = &reader->columns[i];
	const struct sealed_value value = {
		.place = row_place(column, row),
		.bytes = row_fetch_text(reader, i, reader->db->scratch),
		.size = reader->cells[i].size,
	};

	return column->kind == COLUMN_TRIED ? sealed_value_try(reader->db, &value)
					    : sealed_value_open(reader->db, &value);
}

static int row_take_cell(struct row_reader *reader, unsigned i, char *row)
{
	const struct column *column = &reader->columns[i];
	const struct cell *cell = &reader->cells[i];
	const char **text = (const char **)(row + column->offset);

	switch (column->kind) {
	case COLUMN_TIME:
		*(int64_t *)(row + column->offset) =
			cell->is_null ? 0 : instant_of(&cell->value.time);
		return 0;
	case COLUMN_ABSENT:
		return 0;
	case COLUMN_STR:
		*text = cell->is_null ? NULL : row_fetch_text(reader, i, reader->db->arena);
		return 0;
	case COLUMN_SEALED:
	case COLUMN_TRIED:
		*text = cell->is_null ? "" : row_open_cell(reader, i, row);
		return *text == NULL && column->kind == COLUMN_SEALED ? -1 : 0;
	default:
		if (cell->is_null)
			memset(row + column->offset, 0, bind_types[column->kind].size);
		else
			memcpy(row + column->offset, &cell->value, bind_types[column->kind].size);
		return 0;
	}
}

/* Whether the cells are of a row that is there, and of the tenant's. */
static bool row_counts(const struct row_reader *reader)
{
	const struct cell *absent = reader->absent, *tenant = reader->tenant;

	if (absent != NULL && absent->value.bytes[0] != 0)
		return false;
	return tenant == NULL || (!tenant->is_null && tenant->value.number == reader->tenant_id);
}

/* Fills the cells. Returns false after the last row. */
static bool row_fetch(struct row_reader *reader)
{
	/* Texts are reported as truncated, since they have no room yet. */
	int status = mysql_stmt_fetch(reader->handle);

	if (status != 0 && status != MYSQL_DATA_TRUNCATED && status != MYSQL_NO_DATA)
		BUG("a stored result ends early");
	return status != MYSQL_NO_DATA;
}

enum err row_read(struct row_reader *reader, void *row)
{
	do {
		if (!row_fetch(reader))
			return ERR_ABSENT;
	} while (!row_counts(reader));
	for (unsigned i = 0; i < reader->n_columns; i++) {
		if (row_take_cell(reader, i, row) != 0)
			return db_error_err(&reader->db->error);
	}
	return ERR_NONE;
}

static void row_bind_cells(struct row_reader *reader)
{
	MYSQL_BIND *binds = arena_array(reader->db->scratch, MYSQL_BIND, reader->n_columns);

	for (unsigned i = 0; i < reader->n_columns; i++) {
		const struct bind_type *type = &bind_types[reader->columns[i].kind];
		struct cell *cell = &reader->cells[i];

		binds[i].buffer_type = type->type;
		binds[i].buffer = &cell->value;
		binds[i].buffer_length = type->size;
		binds[i].is_null = &cell->is_null;
		binds[i].length = &cell->size;
	}
	mysql_stmt_bind_result(reader->handle, binds);
}

/* Returns the cell of the column of the kind; NULL: there is none. */
static const struct cell *row_cell_of(const struct row_reader *reader, enum column_kind kind)
{
	const struct column *column = row_column_of(reader->columns, kind);

	return column == NULL ? NULL : &reader->cells[column - reader->columns];
}

void row_reader_init(struct row_reader *reader, struct db *db, MYSQL_STMT *handle,
	const struct column *columns)
{
	const size_t n = row_n_columns(columns);

	*reader = (struct row_reader){
		.db = db,
		.handle = handle,
		.columns = columns,
		.n_columns = (unsigned)n,
		.cells = arena_array(db->scratch, struct cell, n),
	};
	row_bind_cells(reader);
	reader->absent = row_cell_of(reader, COLUMN_ABSENT);
}

void row_reader_compare_tenant(
	struct row_reader *reader, const struct column *params, const void *row)
{
	const struct column *param = row_column_of(params, COLUMN_TENANT);

	if (param == NULL)
		return;
	reader->tenant = row_cell_of(reader, COLUMN_TENANT);
	reader->tenant_id = *(const int32_t *)((const char *)row + param->offset);
}
