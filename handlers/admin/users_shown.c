#include "admin/users_shown.h"
#include "arena.h"
#include "user_find.h"

struct object_list users_shown(struct arena *arena, const struct found_users *found)
{
	struct admin_user *shown = arena_array(arena, struct admin_user, found->n_users);

	for (size_t i = 0; i < found->n_users; i++)
		shown[i] = admin_user_from(arena, &found->users[i]);
	return (struct object_list){.items = shown, .n_items = found->n_users};
}
