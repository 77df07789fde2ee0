#include "arena.h"
#include "scratch.h"

#define ARENA_MAX (4 << 20)

struct arena *arena;

int scratch_set_up(void **state)
{
	(void)state;
	arena = arena_new(ARENA_MAX);
	return 0;
}

int scratch_tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}
