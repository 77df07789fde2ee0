#include <string.h>

#include "arena.h"
#include "conn.h"
#include "sealed.h"
#include "statements.h"
#include "stmt.h"

#define COLUMNS_MAX 64
#define BATCH 1000

struct sealed_columns {
	const struct column *columns[COLUMNS_MAX];
	size_t n;
};

static bool has(const struct sealed_columns *sealed, const struct column *column)
{
	for (size_t i = 0; i < sealed->n; i++)
		if (strcmp(sealed->columns[i]->table, column->table) == 0 &&
			strcmp(sealed->columns[i]->name, column->name) == 0)
			return true;
	return false;
}

static void add(struct sealed_columns *sealed, const struct column *columns)
{
	for (; columns != NULL && columns->kind != COLUMN_END_OF_TABLE; columns++) {
		if (columns->kind != COLUMN_SEALED || has(sealed, columns))
			continue;
		if (sealed->n == COLUMNS_MAX)
			BUG("more than %d sealed columns", COLUMNS_MAX);
		sealed->columns[sealed->n++] = columns;
	}
}

static void add_those_of(void *ctx, const struct stmt *stmt)
{
	add(ctx, stmt->params);
	add(ctx, stmt->columns);
}

struct value {
	int64_t id;
	int32_t tenant_id;
	uint8_t row_uuid[SECRET_UUID_SIZE];
	const char *text; /* NULL: closed; "": there is none */
	int64_t n_most;
};

#define ROW(member, type) COLUMN(struct value, member, type)

static int read_batch(struct db *db, const struct column *column, const struct value *after,
	const struct value **values_r, size_t *n_values_r)
{
	const struct column columns[] = {
		ROW(id, INT64),
		ROW(tenant_id, INT32),
		ROW(row_uuid, UUID),
		TRIED(struct value, text, column->table, column->name),
		{.kind = COLUMN_END_OF_TABLE},
	};
	const struct stmt stmt = {
		.text = column->values,
		.params = COLUMNS(ROW(id, INT64), ROW(n_most, INT64)),
		.columns = columns,
		.row_size = sizeof(struct value),
	};
	void *rows;
	int status = stmt_all(db, &stmt, after, &rows, n_values_r);

	*values_r = rows;
	return status;
}

static void count(struct sealed_column *counts, const struct value *values, size_t n_values)
{
	for (size_t i = 0; i < n_values; i++) {
		if (values[i].text == NULL && counts->n_closed++ == 0)
			counts->closed_id = values[i].id;
		counts->n_lost += values[i].text == stmt_lost;
		counts->n_values += values[i].text == NULL || values[i].text == stmt_lost ||
			*values[i].text != '\0';
	}
}

/* What has been opened is forgotten after each batch. */
static enum err try_column(struct db *db, const struct column *column,
	enum sealed_extent extent, struct sealed_column *counts)
{
	struct arena *arena = arena_new(64 << 20), *results = db->arena;
	struct value last = {.n_most = BATCH};
	const struct value *values;
	enum err err = ERR_NONE;
	size_t n = 0;

	db_set_arena(db, arena);
	do {
		if (read_batch(db, column, &last, &values, &n) != 0)
			err = conn_err(db);
		else
			count(counts, values, n);
		if (err == ERR_NONE && n > 0)
			last.id = values[n - 1].id;
		arena_reset(arena);
	} while (err == ERR_NONE && n == BATCH &&
		(extent == SEALED_ALL || (extent == SEALED_ANY && counts->n_values == 0)));
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

enum err sealed_try(struct db *db, enum sealed_extent extent, struct sealed_column **columns_r,
	size_t *n_columns_r)
{
	struct sealed_columns sealed = {0};
	struct sealed_column *counts;
	enum err err = ERR_NONE;

	statements_each(add_those_of, &sealed);
	counts = arena_array(db->arena, struct sealed_column, sealed.n);
	for (size_t i = 0; i < sealed.n && err == ERR_NONE; i++) {
		counts[i].table = sealed.columns[i]->table;
		counts[i].name = sealed.columns[i]->name;
		err = try_column(db, sealed.columns[i], extent, &counts[i]);
	}
	*columns_r = counts;
	*n_columns_r = sealed.n;
	return err;
}
