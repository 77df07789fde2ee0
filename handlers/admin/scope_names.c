#include <string.h>

#include "admin/scope_names.h"
#include "arena.h"
#include "principal.h"

#define N_SCOPES 4

static const char *const names[N_SCOPES] = {"read", "write", "admin", "wechat"};
_Static_assert(SCOPE_READ == 1 << 0 && SCOPE_WRITE == 1 << 1 && SCOPE_ADMIN == 1 << 2 &&
		SCOPE_WECHAT == 1 << 3,
	"the places of the names");

struct string_list scope_names(struct arena *arena, int32_t scopes)
{
	const char **items = arena_array(arena, const char *, N_SCOPES);
	size_t n = 0;

	for (size_t i = 0; i < N_SCOPES; i++)
		if ((scopes & 1 << i) != 0)
			items[n++] = names[i];
	return (struct string_list){.items = items, .n_items = n};
}

static int32_t scope_of(const char *name)
{
	for (size_t i = 0; i < N_SCOPES; i++)
		if (name != NULL && strcmp(name, names[i]) == 0)
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
