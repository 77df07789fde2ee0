/*
 * JSON Schema of messages, from their shapes. Each shape becomes a component of openapi.json when
 * it is named first. JSON in memory is Jansson's and is never NULL.
 */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <jansson.h>

#include "endpoint.h"

struct arena;

/* A message that is read is described more widely than one that is written. */
enum schema_use { SCHEMA_REQUEST, SCHEMA_FORM, SCHEMA_ANSWER };

struct schemas {
	struct arena *arena;
	json_t *components; /* object of schemas, by "shop.WxBuyingUser" */
};

/* Both languages, for a reader of either. */
json_t *schema_text(struct arena *arena, const struct text *text);
/* Returns a schema that refers to the shape's component. */
json_t *schema_of_shape(struct schemas *schemas, const struct dialect *dialect,
	const struct shape *shape, enum schema_use use);
/* Returns the schema of a field alone, for a parameter. */
json_t *schema_of_parameter(struct schemas *schemas, const struct field *field);
/* Returns the schema of an endpoint's answer without an envelope. */
json_t *schema_of_plain(struct schemas *schemas, const struct endpoint *endpoint);
/* Returns the schema of an endpoint's answer in its envelope, after a success as after a failure.
 * The dialect must have an envelope. */
json_t *schema_of_envelope(struct schemas *schemas, const struct endpoint *endpoint);

#endif
