#include "arena.h"
#include "form_value.h"
#include "str.h"

json_t *form_value(struct arena *arena, const char *text)
{
	json_t *members = json_object(), *items = json_array();

	while (*text != '\0') {
		const size_t size = strcspn(text, "&");
		char *name = arena_strndup(arena, text, size), *value = strchr(name, '=');

		*value++ = '\0';
		value[str_percent_decode(value, strlen(value), true)] = '\0';
		if (*name == '\0')
			json_array_append_new(items, json_string(value));
		else
			json_object_set_new(members, name, json_string(value));
		text += size + (text[size] == '&');
	}
	if (json_object_size(members) > 0) {
		json_decref(items);
		return members;
	}
	json_decref(members);
	return items;
}
