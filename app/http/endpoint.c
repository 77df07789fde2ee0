#include "endpoint.h"
#include "str.h"

static const char *lint_fields(const struct shape *shape)
{
	const struct field *field = shape->fields;

	for (; field->kind != FIELD_END_OF_TABLE; field++) {
		if (field->kind == FIELD_STR && field->max == 0)
			return "a string of the request has no maximum";
		if (field->name == NULL && shape->kind == SHAPE_OBJECT)
			return "a field has no name";
		if (field->shape != NULL && lint_fields(field->shape) != NULL)
			return "a string of a nested message has no maximum";
	}
	return NULL;
}

static const char *lint_one(const struct endpoint *endpoint)
{
	if (endpoint->dialect == NULL || endpoint->method == NULL || endpoint->path == NULL ||
		endpoint->run == NULL)
		return "dialect, method, path and run must be there";
	if (endpoint->access == 0)
		return "it does not say who may call (.access)";
	if (endpoint->summary == NULL)
		return "it has no summary";
	if (!str_starts_with(endpoint->path, endpoint->dialect->prefix))
		return "its path is outside its dialect's prefix";
	if ((endpoint->source == FROM_NOTHING) != (endpoint->request == NULL))
		return ".source and .request disagree";
	for (const enum err *err = endpoint->errors; err != NULL && *err != ERR_NONE; err++)
		if (endpoint->dialect->errors[*err].en == NULL)
			return "its dialect has no text for a declared error";
	return endpoint->request != NULL ? lint_fields(endpoint->request) : NULL;
}

const char *endpoint_lint(const struct endpoint *const *endpoints)
{
	static char text[256];

	for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
		const char *offence = lint_one(*at);

		for (const struct endpoint *const *other = endpoints; other < at; other++)
			if (offence == NULL && strcmp((*other)->method, (*at)->method) == 0 &&
				str_equal_nocase((*other)->path, (*at)->path))
				offence = "another endpoint has its path";
		if (offence == NULL)
			continue;
		snprintf(text, sizeof(text), "endpoint %s: %s",
			(*at)->path == NULL ? "without path" : (*at)->path, offence);
		return text;
	}
	return NULL;
}
