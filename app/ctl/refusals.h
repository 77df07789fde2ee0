/*
 * The refusals that a web server sends when it cannot ask the program. "errors export" writes their
 * files; "routes" says which paths they belong to.
 *
 * A dialect has one refusal for all its paths. An endpoint has its own if it words a failure in
 * another way than its dialect does, for instance in an envelope.
 */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <stddef.h>

#include "err.h"

struct ctl;
struct dialect;
struct endpoint;

#define REFUSAL_FORMS_MAX 3

/* When a web server refuses, and what the program says in such a case. */
struct refusal_occasion {
	const char *name; /* the directory of its files; NULL at the end of the list */
	enum err err;
};

extern const struct refusal_occasion refusal_occasions[];

struct refusal {
	const struct dialect *dialect;
	const struct endpoint *endpoint; /* NULL: the dialect's */
	const char *name;                /* of its files, without the ending: "account" */
	/* NULL: there are a "json", an "xml" and a "text-xml"; the client's headers choose. */
	const char *ending;
};

/* One form of a refusal. */
struct refusal_form {
	const char *ending; /* by which web servers know the type */
	const char *text;
};

/* Returns all refusals, ending with one without name. Where two of them fit a path, the later one
 * counts. */
const struct refusal *refusals_list(struct ctl *ctl);

/* Writes what the refusal says of err in each of its forms. Returns their number. */
size_t refusal_write(struct ctl *ctl, const struct refusal *refusal, enum err err,
	struct refusal_form forms_r[REFUSAL_FORMS_MAX]);

#endif
