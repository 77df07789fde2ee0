/*
 * The memory of one request: it is allocated piece by piece and freed all at once.
 *
 * Memory from an arena is zeroed, aligned for any type and valid until arena_reset(). Nobody frees
 * single pieces or checks an allocation. If an arena would exceed its limit, it calls the function
 * that arena_on_exhausted() set. That function does not return: it jumps to where the request is
 * answered with an error. Without such a function the process aborts.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Makes an arena of at most limit bytes. arena_free() frees it with all its memory. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);
/* Frees all memory but the first block, so that a small request calls malloc() never. Wipes all of
 * it, since it may have held secrets and personal data. */
void arena_reset(struct arena *arena);
void arena_on_exhausted(struct arena *arena, void (*fn)(void *ctx), void *ctx);

void *arena_alloc(struct arena *arena, size_t size);
#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

/* Return a copy, or NULL if text is NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t size);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
