/*
 * Made-up identifiers of the forms that WeChat's have.
 */
#ifndef CHANCE_H
#define CHANCE_H

#include <stddef.h>

struct arena;

/* prefix and n_chars of [A-Za-z0-9_-]. */
const char *chance_text(struct arena *arena, const char *prefix, size_t n_chars);
/* Base64 of 16 bytes. */
const char *chance_session_key(struct arena *arena);
/* As WeChat ends its error texts: 8hex-8hex-8hex. */
const char *chance_rid(struct arena *arena);

#endif
