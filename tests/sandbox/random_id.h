/*
 * Made-up identifiers of the forms that WeChat's have.
 */
#ifndef RANDOM_ID_H
#define RANDOM_ID_H

#include <stddef.h>

struct arena;

/* prefix and n_chars of [A-Za-z0-9_-]. */
const char *random_text(struct arena *arena, const char *prefix, size_t n_chars);
/* Base64 of 16 bytes. */
const char *random_session_key(struct arena *arena);
/* As WeChat ends its error texts: 8hex-8hex-8hex. */
const char *random_rid(struct arena *arena);

#endif
