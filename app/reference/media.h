/*
 * What openapi.json has for a media type of a body: its schema, and the samples as examples.
 */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>

#include "sample.h"
#include "schema.h"

/* Whether a message has the type; what follows it, as a charset, does not count. */
bool media_is(const char *sent_type, const char *type);
/* Adds the text of a sample, its request's or its answer's, to what stands for the type. */
void media_add_example(struct arena *arena, json_t *media, const char *type,
	const struct sample *sample, const char *text);

#endif
