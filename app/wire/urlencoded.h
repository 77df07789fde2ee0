/*
 * Names and values as queries and form bodies carry them, and values of their kind for fields.
 */
#ifndef URLENCODED_H
#define URLENCODED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "binder.h"

/* Well-formed UTF-8, each with a NUL after it. */
struct pair {
	char *name, *value;
	size_t name_size, value_size;
};

struct urlencoded {
	char *at, *end;
	struct arena *arena;
	bool tries_gb18030; /* where it is not UTF-8; else bad bytes become U+FFFD */
	bool is_malformed;  /* a name has a bracket that nothing closes */
};

/* text is overwritten; text[size] must be NUL. */
void urlencoded_init(struct urlencoded *pairs, struct arena *arena, char *text, size_t size);
/* False: no more. a[b] is turned to a.b, and a[] to a. */
bool urlencoded_next(struct urlencoded *pairs, struct pair *pair_r);

enum urlencoded_names {
	BY_NAME = 1,
	BY_PROPERTY = 2, /* wins, if both are looked for */
};

/* The rest of the pairs: one a field of shape, the first of several; value NULL: none came. */
struct pair *urlencoded_collect(
	struct urlencoded *pairs, const struct shape *shape, unsigned names);

/* Nothing but blanks, which counts as no value. */
bool urlencoded_is_blank(const char *value);
/* As .NET's converters do it: blanks around, 0x10. */
bool urlencoded_parse_int(const char *value, int64_t *value_r);
/* The value for the field, as the invariant culture reads text. */
void urlencoded_set(struct binder *binder, const struct field *field, const struct pair *pair);

#endif
