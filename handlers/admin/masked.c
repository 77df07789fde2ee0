#include "admin/masked.h"
#include "arena.h"
#include "request.h"
#include "str.h"

const char *admin_masked(struct request *req, const char *text)
{
	char *masked = arena_alloc(req->arena, STR_MASKED_SIZE);

	if (str_is_empty(text))
		return text;
	str_mask(text, masked);
	return masked;
}

const char *admin_masked_name(struct request *req, const char *name)
{
	size_t size = 1;

	if (str_is_empty(name))
		return name;
	while ((name[size] & 0xC0) == 0x80)
		size++;
	return arena_printf(req->arena, "%.*s**", (int)size, name);
}
