/*
 * The responses of an endpoint in openapi.json: its answer and its failures by HTTP status.
 */
#ifndef RESPONSES_H
#define RESPONSES_H

#include "sample.h"
#include "schema.h"

/* Returns an object of responses by status. Their schemas become components. */
json_t *responses_of(
	struct schemas *schemas, const struct samples *samples, const struct endpoint *endpoint);

#endif
