/*
 * Reads the names and values of queries and form bodies, and binds such values to fields.
 */
#ifndef URLENCODED_H
#define URLENCODED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "binder.h"

/* Both are well-formed UTF-8 and end with NUL. */
struct pair {
	char *name, *value;
	size_t name_size, value_size;
};

struct urlencoded {
	char *at, *end;
	struct arena *arena;
	bool tries_gb18030; /* if text is not UTF-8; else bad bytes become U+FFFD */
	bool is_malformed;  /* a name has a bracket that nothing closes */
};

/* text[size] must be NUL. Reading overwrites the text. */
void urlencoded_init(struct urlencoded *pairs, struct arena *arena, char *text, size_t size);
/* Reads the next pair and writes a name a[b] as a.b, a[] as a. Returns false at the end. */
bool urlencoded_next(struct urlencoded *pairs, struct pair *pair_r);

enum urlencoded_names {
	BY_NAME = 1,
	BY_PROPERTY = 2, /* takes precedence if both are looked for */
};

/* Reads the remaining pairs. Returns an array with a pair for each field of the shape: the first
 * one of the name, or one whose value is NULL. */
struct pair *urlencoded_collect(
	struct urlencoded *pairs, const struct shape *shape, unsigned names);

/* Returns whether the value has only blanks, which counts as no value. */
bool urlencoded_is_blank(const char *value);
/* Reads an integer as .NET's converters do: with blanks around it, and also 0x10. */
bool urlencoded_parse_int(const char *value, int64_t *value_r);
/* Sets the field to the value, which is read as the invariant culture does. An empty one counts as
 * none, except of a string where JSON is read exactly. */
void urlencoded_set(struct binder *binder, const struct field *field, const struct pair *pair);

#endif
