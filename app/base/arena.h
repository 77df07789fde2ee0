/*
 * Memory of one request: taken piece by piece, given back all at once by arena_reset().
 *
 * Everything from an arena is zeroed, aligned for any type and valid until the next reset; nothing
 * is freed one by one and no allocation is checked. An arena that would pass its limit calls
 * the function set by arena_on_exhausted(), which does not return (it jumps to where the request
 * is answered with an error); without one the process aborts.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* The caller frees it by arena_free(). limit: bytes that may be out at one time. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);
/* Forgets all allocations; keeps the first block, so that a small request costs no malloc(). */
void arena_reset(struct arena *arena);
void arena_on_exhausted(struct arena *arena, void (*fn)(void *ctx), void *ctx);

void *arena_alloc(struct arena *arena, size_t size);
#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

/* Copies; NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t size);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
