/*
 * openapi.json (OpenAPI 3.1), written from the table of endpoints.
 */
#ifndef OPENAPI_H
#define OPENAPI_H

#include <stdio.h>

struct arena;
struct samples;

void openapi_write(struct arena *arena, const struct samples *samples, FILE *out);

#endif
