/*
 * The samples on the page of an endpoint: request, code to copy, answer.
 */
#ifndef PAGE_SAMPLES_H
#define PAGE_SAMPLES_H

#include "page.h"

/* Writes nothing if the endpoint has none. */
void page_put_samples(const struct pages *pages, FILE *out, const struct endpoint *endpoint);

#endif
