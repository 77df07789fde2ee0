/*
 * From the bytes of a request to a model. A member that cannot be read becomes an error and
 * keeps its default while the others are bound; a message that cannot be read leaves model NULL.
 * Neither is an HTTP error by itself: what to make of it is the dialect's choice.
 */
#ifndef BIND_H
#define BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "shape.h"

struct arena;

struct body {
	const char *bytes;
	size_t size;
	const char *content_type; /* as the client sent it, or NULL */
};

/* Why something cannot be read; never holds the value. */
struct bind_text {
	const char *zh, *en;
};

struct bind_error {
	const char *field; /* without the model's name; "" for the message, "[1]" for an element */
	struct bind_text text;
	struct bind_error *next;
};

struct binding {
	void *model;               /* NULL: nothing was bound (empty, null, or unreadable) */
	struct bind_error *errors; /* of JSON in the order of the message */
	bool is_missing;           /* query: a required parameter is absent */
};

enum json_flavour {
	JSON_NET,     /* the superset that Json.NET reads: names in any case, comments … */
	JSON_JACKSON, /* Jackson: names exact, RFC 8259, a number is taken for a string */
	JSON_LOOSE,   /* Json.NET's syntax, names exact but for blanks around them */
};

/* How strictly the platform follows the original where wxuser accepts more on purpose: null for
 * numbers and dates, what a lenient field cannot take, JSON names in forms, GB18030 where declared.
 * Only tests set is_emulating. */
struct bind_options {
	enum json_flavour flavour;
	bool is_emulating;
	bool is_order_strict; /* of XML elements */
};

void bind_json(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r);
void bind_form(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r);
/* DataContractSerializer: no DTD, no entities, nothing from elsewhere. The first value that
 * cannot be read leaves no model at all. Elements in any order unless is_order_strict; one out of
 * order is skipped. */
void bind_xml(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r);
/* A message of any bytes, as WeChat pushes it, XML or JSON: the strings of a shape are read, all
 * else need not make sense. Of XML's elements beneath the root the first of a name counts;
 * references stay as they are, and a document type is refused. The model is NULL where the message
 * is cut, or neither XML nor JSON. */
void bind_loosely(const struct shape *shape, struct arena *arena, const struct body *body,
	struct binding *binding_r);
/* query: raw, without '?'. */
void bind_query(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const char *query, struct binding *binding_r);

#endif
