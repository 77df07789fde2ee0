/*
 * A view as a page of text, that fits a terminal or, for a file, has all there is.
 */
#ifndef TOP_PAGE_H
#define TOP_PAGE_H

#include <stddef.h>

struct buf;
struct top_view;

struct top_page {
	size_t width, height;        /* in characters; 0: as much as it takes */
	const char *heading, *plain; /* what begins and what ends one */
	const char *notice;          /* a line for whoever looks on */
};

/* At most height lines of at most width characters, each with its end. */
void top_page_draw(const struct top_page *page, const struct top_view *view, struct buf *out);

#endif
