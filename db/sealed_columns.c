#include <string.h>

#include "column.h"
#include "err.h"
#include "sealed_columns.h"
#include "statements.h"
#include "stmt.h"

static bool has_column(const struct sealed_columns *sealed, const struct column *column)
{
	for (size_t i = 0; i < sealed->n; i++)
		if (strcmp(sealed->columns[i]->table, column->table) == 0 &&
			strcmp(sealed->columns[i]->name, column->name) == 0)
			return true;
	return false;
}

static void add_columns(struct sealed_columns *sealed, const struct column *columns)
{
	for (; columns != NULL && columns->kind != COLUMN_END_OF_TABLE; columns++) {
		if (columns->kind != COLUMN_SEALED || has_column(sealed, columns))
			continue;
		if (sealed->n == SEALED_MAX)
			BUG("more than %d sealed columns", SEALED_MAX);
		sealed->columns[sealed->n++] = columns;
	}
}

static void add_columns_of(void *ctx, const struct stmt *stmt)
{
	add_columns(ctx, stmt->params);
	add_columns(ctx, stmt->columns);
}

void sealed_columns_find(struct sealed_columns *sealed_r)
{
	*sealed_r = (struct sealed_columns){0};
	statements_each(add_columns_of, sealed_r);
}
