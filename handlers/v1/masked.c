#include "arena.h"
#include "str.h"
#include "v1/masked.h"

const char *masked_text(struct arena *arena, const char *text)
{
	char *masked;

	if (str_is_empty(text))
		return text;
	masked = arena_alloc(arena, STR_MASKED_SIZE);
	str_mask(text, masked);
	return masked;
}

const char *masked_or_null(struct arena *arena, const char *text)
{
	return str_is_empty(text) ? NULL : masked_text(arena, text);
}

const char *masked_name(struct arena *arena, const char *name)
{
	const size_t size = str_is_empty(name) ? 0 : str_size_of_chars(name, 1);

	return size == 0 ? "" : arena_printf(arena, "%.*s**", (int)size, name);
}
