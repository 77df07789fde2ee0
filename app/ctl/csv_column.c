#include <stdio.h>

#include "arena.h"
#include "csv_column.h"
#include "fold.h"
#include "str.h"

#define NAME_SIZE 128

/* What does not distinguish a name; a remark in brackets at its end does not either. */
static void fold_name(const char *name, char folded_r[NAME_SIZE])
{
	fold_text(name, "_-*:'", folded_r, NAME_SIZE);
	folded_r[strcspn(folded_r, "([")] = '\0';
}

static bool is_one_of(const char *folded, const char *names)
{
	char name[NAME_SIZE], one[NAME_SIZE];

	while (*names != '\0') {
		size_t size = strcspn(names, "|");

		snprintf(name, sizeof(name), "%.*s", (int)size, names);
		fold_name(name, one);
		if (strcmp(folded, one) == 0)
			return true;
		names += size + (names[size] == '|');
	}
	return false;
}

int csv_column_find(const struct csv_column *columns, const char *name)
{
	char folded[NAME_SIZE];

	fold_name(name, folded);
	for (int i = 0; columns[i].name != NULL; i++)
		if (is_one_of(folded, columns[i].name) ||
			(columns[i].others != NULL && is_one_of(folded, columns[i].others)))
			return i;
	return -1;
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
