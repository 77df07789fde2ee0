/*
 * What the pages of /help/ have in common.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdio.h>

struct arena;
struct endpoint;
struct samples;

struct pages {
	struct arena *arena;
	const struct samples *samples;
	const char *directory;
};

/* Exits if the page cannot be written. */
FILE *page_open(const struct pages *pages, const char *name);
void page_close(FILE *out);

void page_put_heading(FILE *out, const char *id, const char *zh, const char *en);
/* Writes the method and the path. */
void page_put_call(FILE *out, const struct endpoint *endpoint);
/* Writes the table of contents: the endpoints of each dialect. here is marked; NULL: none. */
void page_put_contents(const struct pages *pages, FILE *out, const struct endpoint *here);

#endif
