#include <errno.h>
#include <string.h>

#include "arena.h"
#include "records.h"
#include "table_columns.h"

static struct csv_column *add_column(struct table *table, struct origin origin)
{
	if (table->n_columns == CSV_COLUMNS_MAX)
		BUG("too many columns of %s", table->name);
	table->origins[table->n_columns] = origin;
	return &table->columns[table->n_columns++];
}

void table_columns_use_own(struct table *table)
{
	table->name = "users";
	for (int i = 0; i < N_USER_FIELDS; i++)
		*add_column(table, (struct origin){0}) = user_columns[i];
}

void table_columns_use(
	struct user_tables *tables, struct table *table, const struct user_table *source)
{
	table->name = source->name;
	table->kinds = source->kinds;
	for (const struct user_column *column = source->columns; column->names != NULL; column++) {
		const char *others = strchr(column->names, '|');

		if (column->kinds != 0 && (column->kinds & USER_KIND(tables->kind)) == 0)
			continue;
		if (column->deleted != NULL)
			table->deleted = column->deleted;
		*add_column(table, (struct origin){
			.member = column->member, .disabled = column->disabled,
		}) = (struct csv_column){
			.name = arena_strndup(
				tables->arena, column->names, strcspn(column->names, "|")),
			.others = others == NULL ? NULL : others + 1,
			.is_required = column->is_required,
			.is_personal = column->field < N_USER_FIELDS &&
				user_columns[column->field].is_personal,
			.id = column->field,
		};
	}
}

static void drop_field(struct table *table, int field)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n_columns; i++) {
		if (table->columns[i].id == field)
			continue;
		table->origins[n] = table->origins[i];
		table->columns[n++] = table->columns[i];
	}
	table->n_columns = n;
	table->columns[n] = (struct csv_column){.name = NULL};
}

/* In the first table: the others are found by columns that nobody maps. */
static const char *map_column(
	struct user_tables *tables, struct arena *arena, const char *field, const char *column)
{
	struct table *table = &tables->tables[0];
	const int id = csv_column_find(csv_column_fold(arena, user_columns), field);

	if (id < 0 || *column == '\0')
		return arena_printf(arena, "--map: \"%s\" is no column; name one of these: %s",
			field, csv_column_list(arena, user_columns));
	for (size_t i = 0; i < tables->n_tables; i++)
		drop_field(&tables->tables[i], id);
	*add_column(table, (struct origin){.is_mapped = true}) = (struct csv_column){
		.name = arena_strdup(arena, column),
		.is_required = id == FIELD_OPENID,
		.is_personal = user_columns[id].is_personal,
		.id = id,
	};
	tables->has_mapped_openid |= id == FIELD_OPENID;
	tables->skips_others = true;
	return NULL;
}

const char *table_columns_map(struct user_tables *tables, struct arena *arena, const char *map)
{
	const char *error = NULL;

	while (map != NULL && *map != '\0' && error == NULL) {
		size_t size = strcspn(map, ",");
		char *field = arena_strndup(arena, map, size);
		char *column = strchr(field, '=');

		if (column == NULL)
			return arena_printf(arena, "--map: \"%s\" is not FIELD=COLUMN", field);
		*column = '\0';
		error = map_column(tables, arena, field, column + 1);
		map += size + (map[size] == ',');
	}
	return error;
}

void table_columns_note(struct table *table, const struct csv_record *record)
{
	for (size_t i = 0; i < table->n_columns; i++)
		table->origins[i].is_found |= record->values[i] != NULL;
}

static const char *mapped_problem(struct arena *arena, const struct csv_column *column)
{
	return arena_printf(arena, "--map: there is no %s; correct the name, or leave it out",
		column->name);
}

const char *table_columns_find_unmapped(const struct user_tables *tables, struct arena *arena)
{
	const struct table *table = &tables->tables[0];

	for (size_t i = 0; i < table->n_columns; i++)
		if (table->origins[i].is_mapped && !table->origins[i].is_found)
			return mapped_problem(arena, &table->columns[i]);
	return NULL;
}

const char *table_columns_find_unnamed(
	struct table *table, struct arena *arena, struct records *records)
{
	struct csv_record record;

	if (records_read(records, arena, &record) < 0)
		return strerror(errno);
	for (size_t i = 0; i < table->n_columns && record.names != NULL; i++) {
		table->origins[i].is_found |= record.names[i] != NULL;
		if (table->origins[i].is_mapped && record.names[i] == NULL)
			return mapped_problem(arena, &table->columns[i]);
	}
	return NULL;
}
