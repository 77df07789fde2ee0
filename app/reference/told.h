/*
 * What openapi.json and the pages of /help/ tell alike of an endpoint, from its declaration.
 */
#ifndef TOLD_H
#define TOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "endpoint.h"

struct arena;

/* The endpoint's name in endpoints.def, "shop_get". i is its place in endpoints[]. */
const char *told_name(size_t i);
/* The same as the name of a page: "shop-get". */
const char *told_page(struct arena *arena, const struct endpoint *endpoint);

/* The i-th dialect that the reference tells; NULL: there is none. One whose paths are among
 * another's stands after all that are not. */
const struct dialect *told_dialect(size_t i);
/* Whether such another one tells an error of that name, which has its entry there. */
bool told_is_named_outside(const struct dialect *dialect, const char *name);

/* Whether the endpoint may answer with err in a way that its dialect describes. */
bool told_has_error(const struct endpoint *endpoint, enum err err);
/* Whether any endpoint of the dialect may. */
bool told_dialect_has_error(const struct dialect *dialect, enum err err);
/* Whether every endpoint of its dialect may: what is refused before it runs, and our own faults. */
bool told_is_shared(const struct endpoint *endpoint, enum err err);
/* Whether the endpoint may answer it. */
bool told_has_further(const struct endpoint *endpoint, const struct further_error *further);
/* Whether the error stands in the dialect's envelope; else it is the dialect's refusal. */
bool told_is_enveloped(const struct endpoint *endpoint, const struct dialect_error *error);
/* The HTTP status with which the error comes. */
int told_status(const struct endpoint *endpoint, const struct dialect_error *error);
/* Whether the dialect tells errors by names; else by numbers. */
bool told_has_names(const struct dialect *dialect);
/* The number by which the dialect's envelope tells the error. */
int told_code(const struct dialect *dialect, const struct dialect_error *error);
/* A text of an error. What the program fills in is left open. */
const char *told_error_text(struct arena *arena, const char *text);
/* The headers of a success, and of the failure: sets of enum header. */
unsigned told_headers(const struct endpoint *endpoint);
unsigned told_headers_of_error(
	const struct endpoint *endpoint, enum err err, const struct dialect_error *error);
/* The formats of the endpoint's body, and the media type of each. */
unsigned told_formats(const struct endpoint *endpoint);
struct told_type {
	unsigned formats; /* of enum format, a set */
	const char *name;
};
extern const struct told_type told_types[]; /* the last has no name */
/* The anchor of the error on the page of errors: "shop-card_lost". */
const char *told_anchor(struct arena *arena, const struct dialect *dialect, enum err err);

/* How the dialect reads JSON; NULL: it reads none. */
const struct text *told_reading(const struct dialect *dialect);
/* The name of the path's parameter; NULL: it has none. */
const char *told_parameter(struct arena *arena, const struct endpoint *endpoint);

/* Whether the endpoint refuses a request without the access token that is its message. */
bool told_needs_token(const struct endpoint *endpoint);
/* Whether a header names the app, and what is said of that header. */
bool told_takes_app(const struct endpoint *endpoint);
const struct text *told_app(const struct endpoint *endpoint);

/* The field's name in the format. */
const char *told_field_name(const struct field *field, enum format format);

#endif
