/*
 * The common part of the readers of JSON, XML, forms and queries: the model that is built, its
 * errors, and the rules of the field table, which hold for every format. A request has at most 64
 * fields, which are strings, integers, booleans and dates, or is a list of 32-bit integers. With
 * JSON_EXACT a field may also be an object or a list of strings.
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
	const char *path;      /* before the names of errors: "profile/"; NULL: the message */
	uint64_t settled;      /* a bit for each field that has a value or an error */
};

/* The error of a message that negotiate_decode() cannot read. */
extern const struct text binder_not_utf8;

void binder_init(struct binder *binder, const struct shape *shape,
	const struct bind_options *options, struct arena *arena);
/* Adds an error, or drops it if there are 64. The strings must live as long as the arena. */
void binder_fail(struct binder *binder, const char *field, const struct text *text);

/* Does the same for a name of the message, which may be no field's. */
void binder_fail_named(struct binder *binder, const char *name, const struct text *text);

/* Set the field to a value that was read. If a rule of the field refuses the value, an error is
 * added. */
void binder_set_string(
	struct binder *binder, const struct field *field, const char *text, size_t size);
/* For INT32 and INT64, and with 0 or 1 for BOOL and FLAG. */
void binder_set_int(struct binder *binder, const struct field *field, int64_t value);
void binder_set_date(
	struct binder *binder, const struct field *field, const struct date *date);
/* Leaves the member unset, as for null, or clears it if the field's null_clears. is_emulating adds
 * an error if the field is no string. */
void binder_set_empty(struct binder *binder, const struct field *field);
/* Adds the error that the value is not of the field's kind. */
void binder_refuse(struct binder *binder, const struct field *field);
/* Does the same for a value after which the original stops reading. Returns whether to go on
 * without the value: for a lenient field, unless is_emulating. */
bool binder_goes_on_without(struct binder *binder, const struct field *field);
/* Adds the error that the member is read-only. */
void binder_refuse_read_only(struct binder *binder, const struct field *field);
/* Begins with the object that is the field's value. End it with binder_leave(). */
void binder_enter(struct binder *binder, const struct field *field, struct binder *inner_r);
void binder_leave(struct binder *binder, struct binder *inner);
/* Whether a list of strings may have the text as its element i, which is refused otherwise; text is
 * NULL if the element is no string. */
bool binder_takes_item(struct binder *binder, const struct field *field, size_t i,
	const char *text, size_t size);
void binder_set_strings(struct binder *binder, const struct field *field,
	const struct string_list *strings);
/* Does the same for element i of a message that is a list. */
void binder_refuse_element(struct binder *binder, size_t i);

/* Returns the content of a message that is a list. */
struct int32_list *binder_list(struct binder *binder);

/* Adds errors for required fields that were not set. Then returns model and errors. */
void binder_finish(struct binder *binder, struct binding *binding_r);

/* Reads true or false in any case as 1 or 0. */
bool binder_parse_bool(const char *text, int64_t *value_r);
/* Reads a decimal integer with an optional sign and with blanks around it. */
bool binder_parse_int(const char *text, int64_t *value_r);

#endif
