/*
 * The scopes of API keys by name, in the order of enum scope (principal.h).
 */
#ifndef SCOPE_NAMES_H
#define SCOPE_NAMES_H

#include "shape.h"

struct arena;

/* Returns the names of a set of scopes, in the arena. */
struct string_list scope_names(struct arena *arena, int32_t scopes);
/* Returns the set that the names are; 0 if one is no scope, or there is none. */
int32_t scope_set(const struct string_list *names);

#endif
