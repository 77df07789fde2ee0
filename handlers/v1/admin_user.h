/*
 * A user as an operator is shown one, as JSON: openid, unionid, name and phone are masked. Times
 * are in UTC.
 */
#ifndef ADMIN_USER_H
#define ADMIN_USER_H

#include "shape.h"

struct arena;
struct found_user;

struct admin_user {
	int32_t id, tenant_id; /* id 0: a member to whom no user is bound */
	const char *state;
	const char *account_id, *appid, *openid, *unionid; /* NULL: none */
	const char *name;
	const char *phone; /* NULL: none */
	int32_t member_id; /* 0: none */
	int64_t created_us, login_us;  /* login_us: the last one; 0: none */
	int64_t tenant_disabled_us;    /* 0: the tenant is enabled */
	struct string_list matched;    /* how it was found */
};

/* Texts are in the arena. */
struct admin_user admin_user_from(struct arena *arena, const struct found_user *user);

/* Finds the number of a state (enum user_state, user_find.h) by its name. */
bool admin_user_state(const char *name, int32_t *state_r);
/* Returns the name of an enum user_state (user_find.h). */
const char *admin_user_state_name(int32_t state);

extern const struct shape admin_user_shape;

#endif
