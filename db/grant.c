#include <string.h>

#include "arena.h"
#include "buf.h"
#include "grant.h"
#include "err.h"

static const char *const right_names[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP",
	"REFERENCES", "INDEX", "ALTER", "CREATE VIEW", "SHOW VIEW", "TRIGGER"};
#define N_RIGHTS (sizeof(right_names) / sizeof(right_names[0]))

static bool grant_is_called(const char *is, const char *name, size_t size)
{
	return strlen(is) == size && memcmp(is, name, size) == 0;
}

struct grant *grants_of(struct grants *grants, struct arena *arena, const char *table, size_t size)
{
	for (size_t i = 0; i < grants->n; i++)
		if (grant_is_called(grants->tables[i].table, table, size))
			return &grants->tables[i];
	if (grants->n == GRANT_TABLES_MAX)
		BUG("more than %d tables", GRANT_TABLES_MAX);
	grants->tables[grants->n] = (struct grant){.table = arena_strndup(arena, table, size)};
	return &grants->tables[grants->n++];
}

const struct grant *grants_find(const struct grants *grants, const char *table)
{
	for (size_t i = 0; i < grants->n; i++)
		if (strcmp(grants->tables[i].table, table) == 0)
			return &grants->tables[i];
	return NULL;
}

void grant_add_column(struct grant *grant, struct arena *arena, const char *name, size_t size)
{
	for (size_t i = 0; i < grant->n_columns; i++)
		if (grant_is_called(grant->columns[i], name, size))
			return;
	if (grant->n_columns == GRANT_COLUMNS_MAX)
		BUG("more than %d columns of %s", GRANT_COLUMNS_MAX, grant->table);
	grant->columns[grant->n_columns++] = arena_strndup(arena, name, size);
}

bool grant_has_column(const struct grant *grant, const char *name)
{
	for (size_t i = 0; i < grant->n_columns; i++)
		if (strcmp(grant->columns[i], name) == 0)
			return true;
	return false;
}

unsigned grant_right_of(const char *name, size_t size)
{
	if (grant_is_called("ALL PRIVILEGES", name, size))
		return GRANT_ALL;
	for (size_t i = 0; i < N_RIGHTS; i++)
		if (grant_is_called(right_names[i], name, size))
			return 1U << i;
	return 0;
}

void grant_write_rights(struct buf *out, unsigned rights)
{
	const char *between = "";

	for (size_t i = 0; i < N_RIGHTS; i++) {
		if ((rights & 1U << i) == 0)
			continue;
		buf_printf(out, "%s%s", between, right_names[i]);
		between = ", ";
	}
}

void grant_write_name(struct buf *out, const char *name)
{
	buf_append_str(out, "`");
	for (; *name != '\0'; name++) {
		if (*name == '`')
			buf_append_char(out, '`');
		buf_append_char(out, *name);
	}
	buf_append_str(out, "`");
}
