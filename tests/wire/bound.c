#include "bound.h"

#include "arena.h"
#include "buf.h"
#include "err.h"

static json_t *date_to_json(const struct date *date)
{
	struct buf buf = {0};
	json_t *text;

	date_write_xsd(&buf, date);
	text = json_string(buf.data);
	buf_release(&buf);
	return text;
}

static json_t *list_to_json(const struct int32_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n_items; i++)
		json_array_append_new(array, json_integer(list->items[i]));
	return array;
}

static json_t *member_to_json(const struct field *field, const void *model)
{
	const void *at = (const char *)model + field->offset;
	const char *text;

	switch (field->kind) {
	case FIELD_STR:
		text = *(const char *const *)at;
		return text != NULL ? json_string(text) : json_null();
	case FIELD_INT32:
		return json_integer(*(const int32_t *)at);
	case FIELD_INT64:
		return json_integer(*(const int64_t *)at);
	case FIELD_BOOL:
	case FIELD_FLAG:
		return json_boolean(*(const bool *)at);
	case FIELD_DATE:
		return date_to_json(at);
	case FIELD_INT32_LIST:
		return list_to_json(at);
	default:
		BUG("no message has a member like %s", field->name);
	}
}

json_t *bound_to_json(const struct shape *shape, const void *model)
{
	json_t *object;

	if (model == NULL)
		return json_null();
	if (shape->kind == SHAPE_LIST)
		return member_to_json(shape->fields, model);
	object = json_object();
	for (const struct field *field = shape->fields; field->kind != FIELD_END_OF_TABLE; field++)
		json_object_set_new(object, field->name, member_to_json(field, model));
	return object;
}

json_t *bound_errors_to_json(const struct bind_error *errors)
{
	json_t *names = json_array();

	for (; errors != NULL; errors = errors->next) {
		size_t i = 0;

		while (i < json_array_size(names) &&
			strcmp(json_string_value(json_array_get(names, i)), errors->field) != 0)
			i++;
		if (i == json_array_size(names))
			json_array_append_new(names, json_string(errors->field));
	}
	return names;
}

static bool is_unset(const json_t *value)
{
	const char *text = json_string_value(value);

	return json_is_null(value) || json_is_false(value) ||
		(json_is_integer(value) && json_integer_value(value) == 0) ||
		(text != NULL && strcmp(text, "0001-01-01T00:00:00") == 0);
}

static char *dump(struct arena *arena, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	char *copy = arena_strdup(arena, text);

	free(text);
	json_decref(value);
	return copy;
}

const char *bound_to_text(
	struct arena *arena, const struct shape *shape, const struct binding *binding)
{
	json_t *model = bound_to_json(shape, binding->model);
	json_t *value;
	const char *name;
	void *next;

	json_object_foreach_safe(model, next, name, value) {
		if (is_unset(value))
			json_object_del(model, name);
	}
	return arena_printf(arena, "%s %s", dump(arena, model),
		dump(arena, bound_errors_to_json(binding->errors)));
}
