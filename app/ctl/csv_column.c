#include <stdio.h>

#include "arena.h"
#include "cell.h"
#include "csv_column.h"
#include "fold.h"
#include "str.h"

#define NAME_SIZE 128
/* The size of a rounded number in a cell of Excel. */
#define SHOWN_SIZE_MAX (sizeof("1.23457E+10") - 1)

/* ---- Names. */

/* Drops what does not distinguish a name, such as a remark in brackets at its end. */
static void fold_name(const char *name, char folded_r[NAME_SIZE])
{
	fold_text(name, "_-*:'", folded_r, NAME_SIZE);
	folded_r[strcspn(folded_r, "([")] = '\0';
}

static size_t count_names(const struct csv_column *columns)
{
	size_t n = 0;

	for (; columns->name != NULL; columns++) {
		n += 1 + (columns->others != NULL);
		for (const char *at = columns->others; at != NULL; n += at != NULL)
			at = strchr(at + 1, '|');
	}
	return n;
}

/* Returns behind the last one. */
static struct csv_name *fold_names(
	struct arena *arena, const char *names, int column, struct csv_name *at)
{
	char folded[NAME_SIZE];

	while (*names != '\0') {
		const size_t size = strcspn(names, "|");

		fold_name(arena_strndup(arena, names, size), folded);
		*at++ = (struct csv_name){arena_strdup(arena, folded), column};
		names += size + (names[size] == '|');
	}
	return at;
}

const struct csv_name *csv_column_fold(struct arena *arena, const struct csv_column *columns)
{
	struct csv_name *names = arena_array(arena, struct csv_name, count_names(columns) + 1);
	struct csv_name *at = names;

	for (int i = 0; columns[i].name != NULL; i++) {
		at = fold_names(arena, columns[i].name, i, at);
		if (columns[i].others != NULL)
			at = fold_names(arena, columns[i].others, i, at);
	}
	return names;
}

int csv_column_find(const struct csv_name *names, const char *name)
{
	char folded[NAME_SIZE];

	fold_name(name, folded);
	while (names->folded != NULL && strcmp(names->folded, folded) != 0)
		names++;
	return names->folded == NULL ? -1 : names->column;
}

const char *csv_column_names(struct arena *arena, const struct csv_column *column)
{
	return column->others == NULL ? column->name
				      : arena_printf(arena, "%s (%.*s)", column->name,
						(int)strcspn(column->others, "|"), column->others);
}

const char *csv_column_list(struct arena *arena, const struct csv_column *columns)
{
	const char *list = csv_column_names(arena, columns);

	while ((++columns)->name != NULL)
		list = arena_printf(arena, "%s, %s", list, csv_column_names(arena, columns));
	return list;
}

/* ---- Complaints. */

static bool is_short_ascii(const char *text)
{
	size_t size = strlen(text);

	return size <= SHOWN_SIZE_MAX && str_n_chars(text) == size;
}

static const char *csv_column_name(const struct csv_record *record, int column)
{
	const char *name = record->names == NULL ? NULL : record->names[column];

	return name == NULL ? record->columns[column].name : name;
}

const char *csv_column_complain(
	const struct csv_record *record, struct arena *arena, int column, const char *what)
{
	const char *name = csv_column_name(record, column);
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

const char *csv_column_check_name(
	const struct csv_record *record, struct arena *arena, int column, size_t n_chars_max)
{
	const char *name = record->values[column];
	uint32_t hidden;

	if (name != NULL && fold_is_name(name, n_chars_max))
		return NULL;
	return csv_column_complain(record, arena, column,
		name != NULL && fold_is_plain(name, n_chars_max) && fold_find_hidden(name, &hidden)
			? arena_printf(arena, "holds U+%04X, which cannot be seen",
				  (unsigned)hidden)
			: arena_printf(arena, "is not 1 to %zu characters without controls",
				  n_chars_max));
}
