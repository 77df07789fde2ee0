/*
 * The cause of an error for one endpoint, from the table and the endpoint's declaration.
 */
#ifndef CAUSE_H
#define CAUSE_H

#include "cause_table.h"
#include "endpoint.h"

struct arena;

/* Returns the cause of an error that the endpoint may answer, or, if endpoint is NULL, any of the
 * dialect. */
struct cause cause_of(struct arena *arena, const struct dialect *dialect,
	const struct endpoint *endpoint, enum err err);
struct cause cause_of_further(const struct further_error *further);
/* The error of a body that cannot be read; ERR_NONE: the endpoint reads none. */
enum err cause_of_unreadable(const struct endpoint *endpoint);

#endif
