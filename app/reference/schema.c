#include "arena.h"
#include "schema.h"
#include "told.h"

struct schema_context {
	struct schemas *schemas;
	const struct dialect *dialect;
	enum schema_use use;
};

json_t *schema_text(struct arena *arena, const struct text *text)
{
	return json_string(arena_printf(arena, "%s\n\n%s", text->zh, text->en));
}

static json_t *schema_nullable(json_t *schema)
{
	return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
}

/* In a request null is as absent. */
static bool schema_may_be_null(const struct schema_context *context, const struct field *field)
{
	return context->use != SCHEMA_ANSWER || field->may_be_null;
}

/* Takes no number that comes as a string. */
static bool schema_is_exact(const struct schema_context *context)
{
	return context->use == SCHEMA_REQUEST && context->dialect->flavour == JSON_EXACT;
}

static json_t *schema_type(
	const struct schema_context *context, const struct field *field, const char *type)
{
	return schema_may_be_null(context, field) ? json_pack("[s, s]", type, "null")
						  : json_string(type);
}

static json_t *schema_of_list(
	const struct schema_context *context, const struct field *field, json_t *items)
{
	json_t *type = schema_type(context, field, "array");

	return json_pack("{s:o, s:o}", "type", type, "items", items);
}

static json_t *schema_of_number(const struct schema_context *context, const struct field *field)
{
	json_t *schema = json_pack("{s:o, s:s}", "type", schema_type(context, field, "integer"),
		"format", "int32");

	if (context->use != SCHEMA_ANSWER && !schema_is_exact(context))
		json_object_set_new(schema, "type",
			json_pack("[s, s, s]", "integer", "string", "null"));
	if (field->max != 0) {
		json_object_set_new(schema, "minimum", json_integer(0));
		json_object_set_new(schema, "maximum", json_integer(field->max));
	}
	return schema;
}

static json_t *schema_of_string(const struct schema_context *context, const struct field *field)
{
	json_t *schema = json_pack("{s:o}", "type", schema_type(context, field, "string"));

	if (field->max != 0)
		json_object_set_new(schema, "maxLength", json_integer(field->max));
	return schema;
}

/* Of a list, whose maximum is that of each. */
static json_t *schema_of_text(const struct field *field)
{
	json_t *schema = json_pack("{s:s}", "type", "string");

	if (field->max != 0)
		json_object_set_new(schema, "maxLength", json_integer(field->max));
	return schema;
}

/* In a JSON number 64 bits would lose some. */
static json_t *schema_of_long(const struct schema_context *context)
{
	if (context->use == SCHEMA_ANSWER)
		return json_pack("{s:s, s:s}", "type", "string", "pattern", "^-?[0-9]+$");
	return json_pack("{s:[s, s, s]}", "type", "string", "integer", "null");
}

static json_t *schema_of_inner(const struct schema_context *context, const struct field *field)
{
	return schema_of_shape(context->schemas, context->dialect, field->shape, context->use);
}

static json_t *schema_of_member(const struct schema_context *context, const struct field *field)
{
	json_t *inner = schema_of_inner(context, field);

	return schema_may_be_null(context, field) ? schema_nullable(inner) : inner;
}

static json_t *schema_of_field(const struct schema_context *context, const struct field *field)
{
	switch (field->kind) {
	case FIELD_STR:
		return schema_of_string(context, field);
	case FIELD_INT32:
		return schema_of_number(context, field);
	case FIELD_INT64:
		return schema_of_long(context);
	case FIELD_BOOL:
		return json_pack("{s:o}", "type", schema_type(context, field, "boolean"));
	case FIELD_FLAG:
		return json_pack("{s:s, s:[i, i]}", "type", "integer", "enum", 0, 1);
	case FIELD_DATE:
		return json_pack("{s:o, s:[s]}", "type", schema_type(context, field, "string"),
			"examples", "2026-01-29 15:00:34");
	case FIELD_INSTANT:
		return json_pack("{s:o, s:s}", "type", schema_type(context, field, "string"),
			"format", "date-time");
	case FIELD_EPOCH:
		return json_pack("{s:o}", "type", schema_type(context, field, "integer"));
	case FIELD_INT32_LIST:
		return schema_of_list(
			context, field, schema_of_number(context, &(const struct field){0}));
	case FIELD_INT64_LIST:
		return schema_of_list(context, field, schema_of_long(context));
	case FIELD_STR_LIST:
		return schema_of_list(context, field, schema_of_text(field));
	case FIELD_OBJECT:
		return schema_of_member(context, field);
	case FIELD_OBJECT_LIST:
		return schema_of_list(context, field, schema_of_inner(context, field));
	default:
		return json_pack("{s:s}", "type", "null");
	}
}

static json_t *schema_description(
	const struct schema_context *context, const struct field *field)
{
	struct arena *arena = context->schemas->arena;
	struct text text = field->text;

	if (context->use != SCHEMA_ANSWER && field->request_text.zh != NULL) {
		text.zh = arena_printf(arena, "%s；%s", text.zh, field->request_text.zh);
		text.en = arena_printf(arena, "%s; %s", text.en, field->request_text.en);
	}
	return schema_text(arena, &text);
}

static json_t *schema_describe(
	const struct schema_context *context, const struct field *field, json_t *schema)
{
	if (field->text.zh != NULL)
		json_object_set_new(schema, "description", schema_description(context, field));
	if (field->is_read_only)
		json_object_set_new(schema, "readOnly", json_true());
	if (field->element != NULL && field->name != NULL)
		json_object_set_new(schema, "xml", json_pack("{s:s}", "name", field->element));
	return schema;
}

/* An answer has all its members but optional ones. */
static void schema_add_members(const struct schema_context *context, const struct shape *shape,
	json_t *properties, json_t *required)
{
	const enum format format = context->use == SCHEMA_FORM ? FORMAT_FORM : FORMAT_JSON;

	for (const struct field *at = shape->fields; at->kind != FIELD_END_OF_TABLE; at++) {
		const char *name = told_field_name(at, format);
		bool is_required =
			context->use == SCHEMA_ANSWER ? !at->is_optional : at->is_required;

		if (format == FORMAT_FORM && at->kind == FIELD_STR_LIST)
			continue;
		if (is_required)
			json_array_append_new(required, json_string(name));
		json_object_set_new(properties, name,
			schema_describe(context, at, schema_of_field(context, at)));
	}
}

static json_t *schema_of_object(json_t *properties, json_t *required)
{
	json_t *schema = json_pack("{s:s, s:o}", "type", "object", "properties", properties);

	if (json_object_size(properties) == 0) /* no shape tells them */
		json_object_set_new(schema, "additionalProperties", json_true());
	if (json_array_size(required) > 0)
		json_object_set(schema, "required", required);
	json_decref(required);
	return schema;
}

static json_t *schema_build(const struct schema_context *context, const struct shape *shape)
{
	json_t *properties, *required, *schema;

	if (shape->kind == SHAPE_LIST)
		return schema_describe(
			context, shape->fields, schema_of_field(context, shape->fields));
	properties = json_object();
	required = json_array();
	schema_add_members(context, shape, properties, required);
	schema = schema_of_object(properties, required);
	if (shape->xml_root != NULL)
		json_object_set_new(schema, "xml",
			json_pack("{s:s, s:s*}", "name", shape->xml_root, "namespace",
				shape->xml_namespace));
	return schema;
}

static json_t *schema_refer(struct schemas *schemas, const char *name)
{
	return json_pack("{s:s}", "$ref",
		arena_printf(schemas->arena, "#/components/schemas/%s", name));
}

json_t *schema_of_shape(struct schemas *schemas, const struct dialect *dialect,
	const struct shape *shape, enum schema_use use)
{
	static const char *const endings[] = {".request", ".form", ""};
	const struct schema_context context = {schemas, dialect, use};
	const char *name = arena_printf(
		schemas->arena, "%s.%s%s", dialect->name, shape->name, endings[use]);

	if (json_object_get(schemas->components, name) == NULL) {
		json_object_set_new(schemas->components, name, json_object());
		json_object_set_new(schemas->components, name, schema_build(&context, shape));
	}
	return schema_refer(schemas, name);
}

json_t *schema_of_parameter(struct schemas *schemas, const struct field *field)
{
	const struct schema_context context = {schemas, NULL, SCHEMA_ANSWER};

	return schema_of_field(&context, field);
}

json_t *schema_of_plain(struct schemas *schemas, const struct endpoint *endpoint)
{
	json_t *schema = schema_of_shape(
		schemas, endpoint->dialect, endpoint->response, SCHEMA_ANSWER);

	if (endpoint->may_answer_list)
		return json_pack("{s:[O, {s:s, s:o}]}", "anyOf", schema, "type", "array", "items",
			schema);
	return endpoint->may_answer_null ? schema_nullable(schema) : schema;
}

static json_t *schema_of_payload(
	struct schemas *schemas, const struct dialect *dialect, const struct shape *response)
{
	json_t *schema = schema_nullable(
		schema_of_shape(schemas, dialect, response, SCHEMA_ANSWER));

	if (dialect->payload_element != NULL)
		json_object_set_new(
			schema, "xml", json_pack("{s:s}", "name", dialect->payload_element));
	return schema;
}

json_t *schema_of_envelope(struct schemas *schemas, const struct endpoint *endpoint)
{
	const struct dialect *dialect = endpoint->dialect;
	const struct schema_context context = {schemas, dialect, SCHEMA_ANSWER};
	const struct shape *response =
		endpoint->answer == ANSWER_ENVELOPED ? endpoint->response : NULL;
	const char *name = arena_printf(schemas->arena, "%s.%s%s%s", dialect->name,
		dialect->envelope->name, response == NULL ? "" : "Of",
		response == NULL ? "" : response->name);
	json_t *properties, *required;

	if (json_object_get(schemas->components, name) != NULL)
		return schema_refer(schemas, name);
	properties = json_object();
	required = json_array();
	schema_add_members(&context, dialect->envelope, properties, required);
	if (response != NULL && dialect->has_members_beside) /* after a success only */
		schema_add_members(&context, response, properties, NULL);
	if (response != NULL && dialect->payload != NULL)
		json_object_set_new(properties, dialect->payload,
			schema_of_payload(schemas, dialect, response));
	if (response == NULL && dialect->keeps_payload)
		json_object_set_new(
			properties, dialect->payload, json_pack("{s:s}", "type", "null"));
	json_object_set_new(schemas->components, name, schema_of_object(properties, required));
	return schema_refer(schemas, name);
}
