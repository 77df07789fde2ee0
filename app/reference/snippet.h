/*
 * A sample as code that a developer copies: curl, PHP and wx.request of a mini program.
 */
#ifndef SNIPPET_H
#define SNIPPET_H

#include <stdbool.h>
#include <stdio.h>

struct arena;
struct sample;

/* Each is written as HTML text. */
void snippet_put_curl(FILE *out, struct arena *arena, const struct sample *sample);
void snippet_put_php(FILE *out, struct arena *arena, const struct sample *sample);
void snippet_put_wx(FILE *out, struct arena *arena, const struct sample *sample);
/* Whether a mini program may send it: an API key stays on the tenant's servers. */
bool snippet_is_for_wx(const struct sample *sample);

/* Returns the text with JSON on several lines. */
const char *snippet_pretty(struct arena *arena, const char *type, const char *text);

#endif
