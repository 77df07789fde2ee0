#include "arena.h"
#include "cell.h"
#include "csv_record.h"
#include "str.h"

/* As much as a cell of Excel's shows of a number that it has rounded. */
#define SHOWN_SIZE_MAX (sizeof("1.23457E+10") - 1)

static bool is_short_ascii(const char *text)
{
	size_t size = strlen(text);

	return size <= SHOWN_SIZE_MAX && str_n_chars(text) == size;
}

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
	if (record->columns[column].is_personal && (loss == NULL || !is_short_ascii(value))) {
		str_mask(value, masked);
		value = masked;
	}
	return arena_printf(
		arena, "%s \"%s\" %s", name, cell_show(arena, value), loss == NULL ? what : loss);
}
