#include "arena.h"
#include "urlencoded.h"

void bind_query(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const char *query, struct binding *binding_r)
{
	char *text = arena_strdup(arena, query != NULL ? query : "");
	const struct field *field = shape->fields;
	const struct pair *pair;
	struct urlencoded pairs;
	struct binder binder;
	bool is_missing = false;

	binder_init(&binder, shape, options, arena);
	urlencoded_init(&pairs, arena, text, strlen(text));
	pair = urlencoded_collect(&pairs, shape, BY_NAME);
	for (; field->kind != FIELD_END_OF_TABLE; field++, pair++) {
		if (pair->value == NULL)
			is_missing = is_missing || field->is_required;
		else if (field->kind != FIELD_STR && urlencoded_is_blank(pair->value))
			binder_refuse(&binder, field);
		else
			urlencoded_set(&binder, field, pair);
	}
	*binding_r = (struct binding){
		.model = binder.model,
		.errors = binder.errors,
		.is_missing = is_missing,
	};
}
