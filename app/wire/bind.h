/*
 * Binds the bytes of a request to a model, the C struct of a shape. A member that cannot be read
 * becomes an error and keeps its default, while the others are bound. If the whole message cannot
 * be read, model is NULL. The dialect decides whether either is an HTTP error.
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
	const char *content_type; /* of the request, or NULL */
};

struct bind_error {
	/* "" for the whole message, "[1]" for an element of a list, "profile/name" for a member of
	 * an object in it. */
	const char *field;
	bool is_read_only;
	bool is_unknown; /* field is the client's own word, which no log may have */
	struct text text;  /* why; it never contains the value */
	struct bind_error *next;
};

struct binding {
	void *model;               /* NULL if the message is empty, null or unreadable */
	struct bind_error *errors; /* for JSON in the order of the message */
	bool is_missing;           /* a required parameter of the query is absent */
};

enum json_flavour {
	JSON_NET,     /* the superset of JSON that Json.NET reads, names in any case */
	JSON_JACKSON, /* RFC 8259, exact names; a number is accepted for a string */
	JSON_EXACT,   /* RFC 8259, exact names, and no type but the field's */
	JSON_LOOSE,   /* Json.NET's superset, exact names with blanks around them */
};

/* is_emulating refuses what the original refuses and wxuser accepts on purpose: null for numbers
 * and dates, a value that a lenient field cannot take, JSON names in forms, declared GB18030. Only
 * tests set it. */
struct bind_options {
	enum json_flavour flavour;
	bool is_emulating;
	bool is_order_strict; /* of XML elements */
};

void bind_json(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r);
/* A list of strings is no member of a form. */
void bind_form(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r);
/* Reads XML as DataContractSerializer does, without DTD, entities and references to other places.
 * model is NULL if any value cannot be read. Elements may have any order unless is_order_strict,
 * which skips an element out of order. */
void bind_xml(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r);
/* Reads the strings of a shape from a message of any bytes in XML or JSON, as WeChat pushes it; the
 * rest need not be valid. In XML the first element of a name below the root counts, references stay
 * as they are, and a document type is refused. model is NULL if the message is incomplete, or
 * neither XML nor JSON. */
void bind_loosely(const struct shape *shape, struct arena *arena, const struct body *body,
	struct binding *binding_r);
/* query is encoded and has no '?'. */
void bind_query(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const char *query, struct binding *binding_r);

#endif
