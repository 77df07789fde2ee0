#include "arena.h"
#include "cell.h"
#include "csv_record.h"
#include "str.h"

static const char *name_of(const struct csv_record *record, int column)
{
	const char *name = record->names == NULL ? NULL : record->names[column];

	return name == NULL ? record->columns[column].name : name;
}

const char *csv_record_complain(
	const struct csv_record *record, struct arena *arena, int column, const char *what)
{
	const char *name = name_of(record, column);
	const char *value = record->values[column];
	const char *loss = value == NULL ? NULL : cell_loss(value);
	char masked[STR_MASKED_SIZE];

	if (value == NULL)
		return arena_printf(arena, "it has no %s", name);
	if (*value == '\0')
		return arena_printf(arena, "%s is empty", name);
	if (loss == NULL && record->columns[column].is_personal) {
		str_mask(value, masked);
		value = masked;
	}
	return arena_printf(
		arena, "%s \"%s\" %s", name, cell_show(arena, value), loss == NULL ? what : loss);
}
