#include <stdarg.h>
#include <stdbool.h>

#include "arena.h"
#include "crypto.h"
#include "heap.h"

/* AddressSanitizer does not see an overrun from one piece into the next. Where it is built in, a
 * redzone follows each piece, and what is not handed out is poisoned. */
#ifdef HAVE_SANITIZERS
#include <sanitizer/asan_interface.h>
#define REDZONE 16
#define POISON(bytes, size) ASAN_POISON_MEMORY_REGION(bytes, size)
#define UNPOISON(bytes, size) ASAN_UNPOISON_MEMORY_REGION(bytes, size)
#else
#define REDZONE 0
#define POISON(bytes, size) ((void)0)
#define UNPOISON(bytes, size) ((void)0)
#endif

#define BLOCK_SIZE (32 * 1024)
#define ALIGNMENT 16

/* Unused bytes are zero, so that memory is handed out as it is. */
struct block {
	struct block *next;
	size_t size, used;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

struct arena {
	struct block *first, *last;
	size_t limit, out; /* out: bytes of all blocks */
	void (*exhausted)(void *ctx);
	void *exhausted_ctx;
};

static struct block *block_new(size_t size)
{
	struct block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL)
		return NULL;
	block->size = size;
	POISON(block->bytes, size);
	return block;
}

struct arena *arena_new(size_t limit)
{
	struct arena *arena = heap_new_of(struct arena);

	arena->limit = limit;
	arena->first = arena->last = block_new(BLOCK_SIZE);
	if (arena->first == NULL)
		abort();
	arena->out = BLOCK_SIZE;
	return arena;
}

static void block_wipe(struct block *block)
{
	UNPOISON(block->bytes, block->used);
	crypto_wipe(block->bytes, block->used);
	POISON(block->bytes, block->used);
	block->used = 0;
}

void arena_reset(struct arena *arena)
{
	struct block *next = arena->first->next;

	block_wipe(arena->first);
	arena->first->next = NULL;
	while (next != NULL) {
		struct block *block = next;

		next = block->next;
		block_wipe(block);
		free(block);
	}
	arena->last = arena->first;
	arena->out = arena->first->size;
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	arena_reset(arena);
	free(arena->first);
	free(arena);
}

void arena_on_exhausted(struct arena *arena, void (*fn)(void *ctx), void *ctx)
{
	arena->exhausted = fn;
	arena->exhausted_ctx = ctx;
}

static void add_block(struct arena *arena, size_t size)
{
	struct block *block = NULL;
	size_t block_size = size > BLOCK_SIZE ? size : BLOCK_SIZE;

	if (size <= arena->limit && arena->out <= arena->limit - size)
		block = block_new(block_size);
	if (block == NULL) {
		if (arena->exhausted != NULL)
			arena->exhausted(arena->exhausted_ctx);
		abort();
	}
	arena->last->next = block;
	arena->last = block;
	arena->out += block_size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = (size + REDZONE + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	unsigned char *bytes;

	if (rounded < size) /* more than there is */
		rounded = SIZE_MAX & ~(size_t)(ALIGNMENT - 1);
	if (arena->last->size - arena->last->used < rounded)
		add_block(arena, rounded);
	bytes = arena->last->bytes + arena->last->used;
	arena->last->used += rounded;
	UNPOISON(bytes, size);
	return bytes;
}

char *arena_strndup(struct arena *arena, const char *text, size_t size)
{
	return text == NULL ? NULL : memcpy(arena_alloc(arena, size + 1), text, size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, text == NULL ? 0 : strlen(text));
}

/* Most texts fit where the next piece begins, so they are formatted once. */
char *arena_printf(struct arena *arena, const char *format, ...)
{
	struct block *last = arena->last;
	const size_t room = last->size - last->used;
	char *text = (char *)last->bytes + last->used;
	va_list args, again;
	bool is_whole;
	int size;

	va_start(args, format);
	va_copy(again, args);
	UNPOISON(text, room);
	size = vsnprintf(text, room, format, args);
	va_end(args);
	if (size < 0)
		abort();
	is_whole = (size_t)size + REDZONE < room;
	if (!is_whole)
		crypto_wipe(text, room);
	POISON(text, room);
	text = arena_alloc(arena, (size_t)size + 1);
	if (!is_whole)
		vsnprintf(text, (size_t)size + 1, format, again);
	va_end(again);
	return text;
}
