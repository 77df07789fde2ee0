/*
 * A bound message as the recorded vectors write it.
 */
#ifndef BOUND_H
#define BOUND_H

#include <jansson.h>

#include "bind.h"

/* An object by JSON names, 64-bit integers bare, dates as xsd:dateTime, a list as an array; model
 * NULL: null. */
json_t *bound_to_json(const struct shape *shape, const void *model);
/* The names of the errors' fields, each once. */
json_t *bound_errors_to_json(const struct bind_error *errors);
/* Both in one line, without the members that are unset: {"name":"k"} ["sex"]. */
const char *bound_to_text(
	struct arena *arena, const struct shape *shape, const struct binding *binding);

#endif
