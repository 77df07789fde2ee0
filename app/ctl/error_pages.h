/*
 * The error pages that a web server sends when it cannot ask the program. "errors export" writes
 * their files, "routes" writes which paths have which.
 *
 * A dialect has one error page for all its paths. An endpoint has its own if it words an error in
 * another way than its dialect does, for instance in an envelope.
 */
#ifndef ERROR_PAGES_H
#define ERROR_PAGES_H

#include <stddef.h>

#include "err.h"

struct ctl;
struct dialect;
struct endpoint;

#define ERROR_PAGE_FORMS_MAX 3

/* An occasion of an error page, and the error that the program would report then. */
struct error_occasion {
	const char *name; /* of the directory of the files; NULL at the end of the list */
	enum err err;
};

extern const struct error_occasion error_occasions[];

struct error_page {
	const struct dialect *dialect;
	const struct endpoint *endpoint; /* NULL for the page of the dialect */
	const char *name;                /* of the files, without ending: "account" */
	/* NULL if the client's headers choose among "json", "xml" and "text-xml". */
	const char *ending;
};

/* One file of an error page. */
struct error_page_form {
	const char *ending; /* of the file; web servers know its type by it */
	const char *text;
};

/* Returns all error pages; the last one has no name. If two fit a path, the later one counts. */
const struct error_page *error_pages_list(struct ctl *ctl);

/* Writes the error page for err in each of its forms. Returns their number. */
size_t error_page_write(struct ctl *ctl, const struct error_page *page, enum err err,
	struct error_page_form forms_r[ERROR_PAGE_FORMS_MAX]);

#endif
