/*
 * Users that were found, as the Admin API shows them: masked.
 */
#ifndef USERS_SHOWN_H
#define USERS_SHOWN_H

#include "v1/admin_user.h"

struct found_users;

/* Returns a struct admin_user for each, in the arena. */
struct object_list users_shown(struct arena *arena, const struct found_users *found);

#endif
