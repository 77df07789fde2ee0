/*
 * What the readers of JSON, XML, forms and queries share: a model in the making, its errors, and
 * the rules that a field's table sets for a value whatever format it came in. A request has at
 * most 64 fields, which are strings, integers, booleans and dates, or is a list of 32-bit integers.
 */
#ifndef BINDER_H
#define BINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bind.h"

struct binder {
	const struct shape *shape;
	const struct bind_options *options;
	struct arena *arena;
	void *model;
	struct bind_error *errors;
	struct bind_error **errors_end;
	int n_errors;
	bool names_properties; /* errors name the original's property, not the JSON name */
	uint64_t settled;      /* a bit a field: has a value or an error */
};

/* Of a message that negotiate_decode() cannot read. */
extern const struct bind_text binder_not_utf8;

void binder_init(struct binder *binder, const struct shape *shape,
	const struct bind_options *options, struct arena *arena);
/* field and what is in text are kept by reference; an error beyond the 64th is dropped. */
void binder_fail(struct binder *binder, const char *field, const struct bind_text *text);

/* A value that came for the field; a rule of the field may refuse it with an error. */
void binder_set_string(
	struct binder *binder, const struct field *field, const char *text, size_t size);
/* INT32, INT64; 0 and 1 for BOOL and FLAG. */
void binder_set_int(struct binder *binder, const struct field *field, int64_t value);
void binder_set_date(
	struct binder *binder, const struct field *field, const struct date *date);
/* No value: the member stays unset, which a field that is no string may not be where the original
 * is emulated. */
void binder_set_empty(struct binder *binder, const struct field *field);
/* The value is not of the field's kind. */
void binder_refuse(struct binder *binder, const struct field *field);
/* The same for what the original cannot read on from. False: the message ends here; else it goes
 * on without the value, as a lenient field's does where the original is not emulated. */
bool binder_goes_on_without(struct binder *binder, const struct field *field);
/* The same for element i of a message that is a list. */
void binder_refuse_element(struct binder *binder, size_t i);

/* The content of a message that is a list. */
struct int32_list *binder_list(struct binder *binder);

/* Refuses what is required and was not set, then gives out model and errors. */
void binder_finish(struct binder *binder, struct binding *binding_r);

/* true or false in any case: 1 or 0. */
bool binder_parse_bool(const char *text, int64_t *value_r);
/* A decimal integer with an optional sign, blanks around it. */
bool binder_parse_int(const char *text, int64_t *value_r);

#endif
