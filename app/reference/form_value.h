/*
 * A form as JSON: openapi.json shows forms as the values that they carry.
 */
#ifndef FORM_VALUE_H
#define FORM_VALUE_H

#include "schema.h"

/* Returns the form's members, or the elements of a list if they have no names. */
json_t *form_value(struct arena *arena, const char *text);

#endif
