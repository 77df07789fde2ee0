/*
 * HTML of the pages of /help/. What is said in two languages stands in two elements; the style
 * sheet shows the one that the reader has chosen.
 */
#ifndef HTML_H
#define HTML_H

#include <stdio.h>

#include "shape.h"

/* Writes text so that it is no markup, also in an attribute. */
void html_put(FILE *out, const char *text);
/* Writes <name>…</name> with the text, once in each language. */
void html_put_both(FILE *out, const char *name, const char *zh, const char *en);
void html_put_text(FILE *out, const char *name, const struct text *text);

/* Writes the beginning of a page up to its <main>, and its end. */
void html_begin(FILE *out, const struct text *title);
void html_end(FILE *out);

#endif
