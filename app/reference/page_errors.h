/*
 * The errors of the reference: a page of all, and what other pages show of them.
 */
#ifndef PAGE_ERRORS_H
#define PAGE_ERRORS_H

#include "endpoint.h"
#include "page.h"

/* Writes errors.html. */
void page_write_errors(const struct pages *pages);
/* Writes all errors of a dialect. */
void page_put_error_table(const struct pages *pages, FILE *out, const struct dialect *dialect);
/* Writes the endpoint's own errors, and where the others stand. */
void page_put_errors(const struct pages *pages, FILE *out, const struct endpoint *endpoint);

#endif
