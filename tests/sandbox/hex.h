/*
 * Bytes that JSON cannot carry, as controls are told of them: two hexadecimal digits each.
 */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>

struct arena;
struct text;

/* A field's check. */
const struct text *hex_check(const char *text);
/* What text stands for: size_r bytes and a NUL, in the arena. NULL is "". */
char *hex_bytes(struct arena *arena, const char *text, size_t *size_r);

#endif
