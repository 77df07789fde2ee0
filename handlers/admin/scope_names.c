#include <string.h>

#include "admin/scope_names.h"
#include "arena.h"
#include "principal.h"

struct string_list scope_names(struct arena *arena, int32_t scopes)
{
	const char **items = arena_array(arena, const char *, PRINCIPAL_N_SCOPES);
	size_t n = 0;

	for (size_t i = 0; principal_scope_name(i) != NULL; i++)
		if ((scopes & 1 << i) != 0)
			items[n++] = principal_scope_name(i);
	return (struct string_list){.items = items, .n_items = n};
}

static int32_t scope_of(const char *name)
{
	for (size_t i = 0; name != NULL && principal_scope_name(i) != NULL; i++)
		if (strcmp(name, principal_scope_name(i)) == 0)
			return 1 << i;
	return 0;
}

int32_t scope_set(const struct string_list *list)
{
	int32_t scopes = 0;

	for (size_t i = 0; i < list->n_items; i++) {
		const int32_t scope = scope_of(list->items[i]);

		if (scope == 0)
			return 0;
		scopes |= scope;
	}
	return scopes;
}
