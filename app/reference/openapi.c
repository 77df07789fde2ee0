#include "arena.h"
#include "ascii.h"
#include "buf.h"
#include "endpoints.h"
#include "form_value.h"
#include "openapi.h"
#include "sample.h"
#include "schema.h"
#include "str.h"
#include "told.h"

struct openapi {
	struct arena *arena;
	const struct samples *samples;
	struct schemas schemas;
};

struct body_type {
	const char *type;
	unsigned formats; /* of enum format */
};

static const struct body_type body_types[] = {
	{"application/json", FORMAT_JSON | FORMAT_STRICT_JSON},
	{"application/xml", FORMAT_XML},
	{"application/x-www-form-urlencoded", FORMAT_FORM},
	{"application/merge-patch+json", FORMAT_MERGE_PATCH},
};

#define N_BODY_TYPES (sizeof(body_types) / sizeof(*body_types))

static bool body_type_is(const struct body_type *one, const char *type)
{
	return type != NULL && str_starts_with(type, one->type);
}

/* A body or an answer of a sample, as its media type shows it. */
static json_t *openapi_value(struct openapi *api, const struct body_type *one, const char *text)
{
	if (one->formats != FORMAT_FORM && one->formats != FORMAT_XML)
		return json_loads(text, JSON_DECODE_ANY, NULL);
	if (one->formats == FORMAT_FORM)
		return form_value(api->arena, text);
	return json_string(text);
}

/* An example of XML is text, which OpenAPI 3.1 does not know beside a schema. */
static void openapi_add_example(struct openapi *api, json_t *content,
	const struct sample *sample, const struct body_type *one, const char *text)
{
	const char *name = one->formats == FORMAT_XML ? "x-examples" : "examples";
	json_t *examples = json_object_get(content, name);

	if (examples == NULL) {
		examples = json_object();
		json_object_set_new(content, name, examples);
	}
	json_object_set_new(examples, sample->name,
		json_pack("{s:o, s:o}", "summary",
			json_string(arena_printf(api->arena, "%s · %s", sample->title.zh,
				sample->title.en)),
			"value", openapi_value(api, one, text)));
}

static json_t *openapi_request_content(
	struct openapi *api, const struct endpoint *endpoint, const struct body_type *one)
{
	const enum schema_use use = one->formats == FORMAT_FORM ? SCHEMA_FORM : SCHEMA_REQUEST;
	json_t *content = json_pack("{s:o}", "schema",
		schema_of_shape(&api->schemas, endpoint->dialect, endpoint->request, use));

	for (size_t i = 0; i < api->samples->n_items; i++) {
		const struct sample *sample = &api->samples->items[i];

		if (sample->endpoint == endpoint && sample->body != NULL &&
			body_type_is(one, sample->type))
			openapi_add_example(api, content, sample, one, sample->body);
	}
	return content;
}

static json_t *openapi_body(struct openapi *api, const struct endpoint *endpoint)
{
	json_t *content = json_object();

	for (size_t i = 0; i < N_BODY_TYPES; i++)
		if ((told_formats(endpoint) & body_types[i].formats) != 0)
			json_object_set_new(content, body_types[i].type,
				openapi_request_content(api, endpoint, &body_types[i]));
	return json_pack("{s:b, s:o}", "required", true, "content", content);
}

static json_t *openapi_parameter(struct openapi *api, const char *name, const char *place,
	const struct text *text, json_t *schema)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "name", name, "in", place, "description",
		schema_text(api->arena, text), "schema", schema);
}

static void openapi_add_path_parameter(
	struct openapi *api, const struct endpoint *endpoint, json_t *parameters)
{
	const char *name = strchr(endpoint->path, '{');
	json_t *parameter;

	if (name == NULL)
		return;
	name = arena_strndup(api->arena, name + 1, strcspn(name, "}") - 1);
	parameter = openapi_parameter(api, name, "path", &endpoint->parameter,
		json_pack("{s:s}", "type", "string"));
	json_object_set_new(parameter, "required", json_true());
	json_array_append_new(parameters, parameter);
}

static json_t *openapi_value_of_parameter(const struct field *field, const char *text)
{
	return field->kind == FIELD_STR ? json_string(text)
					: json_loads(text, JSON_DECODE_ANY, NULL);
}

static void openapi_add_query(
	struct openapi *api, const struct endpoint *endpoint, json_t *parameters)
{
	const struct field *field = endpoint->request->fields;

	for (; field->kind != FIELD_END_OF_TABLE; field++) {
		json_t *parameter = openapi_parameter(api, field->name, "query", &field->text,
			schema_of_parameter(&api->schemas, field));

		if (field->is_required)
			json_object_set_new(parameter, "required", json_true());
		for (size_t i = 0; i < api->samples->n_items; i++) {
			const struct sample *sample = &api->samples->items[i];
			const char *value = strstr(sample->target,
				arena_printf(api->arena, "?%s=", field->name));

			if (sample->endpoint == endpoint && value != NULL)
				json_object_set_new(parameter, "example",
					openapi_value_of_parameter(field, strchr(value, '=') + 1));
		}
		json_array_append_new(parameters, parameter);
	}
}

static json_t *openapi_parameters(struct openapi *api, const struct endpoint *endpoint)
{
	json_t *parameters = json_array();

	openapi_add_path_parameter(api, endpoint, parameters);
	if (endpoint->source == FROM_QUERY)
		openapi_add_query(api, endpoint, parameters);
	if (told_takes_app(endpoint))
		json_array_append_new(parameters,
			openapi_parameter(api, "X-WX-AppId", "header", &told_app,
				json_pack("{s:s}", "type", "string")));
	return parameters;
}

static void openapi_add_scheme(json_t *security, const char *name)
{
	json_array_append_new(security, json_pack("{s:[]}", name));
}

/* A token may also come in a header or the query where the dialect says so. */
static void openapi_add_token(const struct endpoint *endpoint, json_t *security)
{
	openapi_add_scheme(security, "access_token");
	if (endpoint->dialect->takes_token_anywhere) {
		openapi_add_scheme(security, "token_header");
		openapi_add_scheme(security, "token_query");
	}
}

static json_t *openapi_security(const struct endpoint *endpoint)
{
	json_t *security = json_array();

	if ((endpoint->access & ACCESS_KEY_READ) != 0)
		openapi_add_scheme(security, "api_key_read");
	if ((endpoint->access & ACCESS_KEY_WRITE) != 0)
		openapi_add_scheme(security, "api_key_write");
	if ((endpoint->access & ACCESS_OWN_TOKEN) != 0 || told_takes_token(endpoint))
		openapi_add_token(endpoint, security);
	else if (endpoint_is_open(endpoint))
		json_array_append_new(security, json_object());
	return security;
}

static json_t *openapi_error(
	struct arena *arena, const struct endpoint *endpoint, enum err err)
{
	const struct dialect_error *error = &endpoint->dialect->errors[err];
	json_t *told = json_pack("{s:s, s:s, s:s}", "name", err_name(err), "zh",
		told_error_text(arena, error->zh), "en", told_error_text(arena, error->en));

	if (error->name != NULL)
		json_object_set_new(told, "code", json_string(error->name));
	else if (error->code != 0)
		json_object_set_new(told, "code", json_integer(error->code));
	if (error->detail != 0)
		json_object_set_new(told, "detail", json_integer(error->detail));
	return told;
}

/* Returns a schema that fits what any of the two fits. */
static json_t *openapi_join(json_t *one, json_t *other)
{
	json_t *choices = json_object_get(one, "anyOf"), *choice;
	size_t i;

	if (choices == NULL) {
		if (!json_equal(one, other))
			return json_pack("{s:[o, o]}", "anyOf", json_incref(one), other);
		json_decref(other);
		return json_incref(one);
	}
	json_array_foreach(choices, i, choice)
		if (json_equal(choice, other)) {
			json_decref(other);
			return json_incref(one);
		}
	json_array_append_new(choices, other);
	return json_incref(one);
}

/* Adds the schema to a response of the type, beside others that it may have. */
static void openapi_add_schema(json_t *response, const char *type, json_t *schema)
{
	json_t *content = json_object_get(response, "content"), *one;

	if (content == NULL) {
		content = json_object();
		json_object_set_new(response, "content", content);
	}
	one = json_object_get(content, type);
	if (one == NULL)
		json_object_set_new(content, type, json_pack("{s:o}", "schema", schema));
	else
		json_object_set_new(
			one, "schema", openapi_join(json_object_get(one, "schema"), schema));
}

static json_t *openapi_response(json_t *responses, int status)
{
	char name[12];
	json_t *response;

	snprintf(name, sizeof(name), "%d", status);
	response = json_object_get(responses, name);
	if (response == NULL) {
		response = json_object();
		json_object_set_new(responses, name, response);
	}
	return response;
}

static json_t *openapi_schema_of_failure(
	struct openapi *api, const struct endpoint *endpoint, enum err err)
{
	if (told_is_enveloped(endpoint, err))
		return schema_of_envelope(&api->schemas, endpoint);
	if (endpoint->dialect->refusal != NULL)
		return schema_of_shape(&api->schemas, endpoint->dialect, endpoint->dialect->refusal,
			SCHEMA_ANSWER);
	return json_pack("{s:s}", "type", "string");
}

static const char *openapi_type_of_failure(const struct dialect *dialect)
{
	if (dialect->refusal == NULL)
		return "text/plain";
	return dialect->refusal_type != NULL ? dialect->refusal_type : "application/json";
}

static void openapi_add_failure(
	struct openapi *api, const struct endpoint *endpoint, enum err err, json_t *responses)
{
	json_t *response = openapi_response(responses, told_status(endpoint, err));
	json_t *errors = json_object_get(response, "x-errors");

	if (errors == NULL) {
		errors = json_array();
		json_object_set_new(response, "x-errors", errors);
	}
	json_array_append_new(errors, openapi_error(api->arena, endpoint, err));
	openapi_add_schema(response, openapi_type_of_failure(endpoint->dialect),
		openapi_schema_of_failure(api, endpoint, err));
	if ((told_formats(endpoint) & FORMAT_XML) != 0)
		openapi_add_schema(response, "application/xml",
			openapi_schema_of_failure(api, endpoint, err));
}

static void openapi_add_success(
	struct openapi *api, const struct endpoint *endpoint, json_t *responses)
{
	json_t *response;

	if (endpoint->answer == ANSWER_EMPTY && endpoint->dialect->envelope == NULL) {
		openapi_response(responses, 204);
		return;
	}
	response = openapi_response(responses, 200);
	if (endpoint->answer == ANSWER_BY_RUN && endpoint->response == NULL) {
		openapi_add_schema(response, "text/plain", json_pack("{s:s}", "type", "string"));
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		json_t *schema;

		if (body_types[i].formats == FORMAT_XML &&
			(told_formats(endpoint) & FORMAT_XML) == 0)
			continue;
		if (endpoint->answer == ANSWER_ENVELOPED || endpoint->answer == ANSWER_EMPTY)
			schema = schema_of_envelope(&api->schemas, endpoint);
		else
			schema = schema_of_plain(&api->schemas, endpoint);
		openapi_add_schema(response, body_types[i].type, schema);
	}
}

static void openapi_add_answers(
	struct openapi *api, const struct endpoint *endpoint, json_t *responses)
{
	for (size_t i = 0; i < api->samples->n_items; i++) {
		const struct sample *sample = &api->samples->items[i];
		json_t *content = json_object_get(json_object_get(responses, sample->status),
			"content");

		for (size_t j = 0; j < 2 && sample->endpoint == endpoint; j++) {
			json_t *one = json_object_get(content, body_types[j].type);

			if (one != NULL && body_type_is(&body_types[j], sample->answer_type))
				openapi_add_example(
					api, one, sample, &body_types[j], sample->answer);
		}
	}
}

/* What a response means, from the errors that it may report. */
static void openapi_describe(struct openapi *api, const char *status, json_t *response)
{
	struct buf text = {.arena = api->arena};
	json_t *errors = json_object_get(response, "x-errors"), *error;
	size_t i;

	if (*status == '2')
		buf_append_str(&text, "成功 · Success");
	json_array_foreach(errors, i, error) {
		if (text.size > 0)
			buf_append_str(&text, "\n\n");
		if (json_is_string(json_object_get(error, "code")))
			buf_printf(&text, "`%s` ",
				json_string_value(json_object_get(error, "code")));
		else if (json_object_get(error, "code") != NULL)
			buf_printf(&text, "`%d` ",
				(int)json_integer_value(json_object_get(error, "code")));
		buf_printf(&text, "%s · %s", json_string_value(json_object_get(error, "zh")),
			json_string_value(json_object_get(error, "en")));
	}
	json_object_set_new(response, "description", json_stringn(text.data, text.size));
}

static json_t *openapi_responses(struct openapi *api, const struct endpoint *endpoint)
{
	json_t *responses = json_object(), *response;
	const char *status;

	openapi_add_success(api, endpoint, responses);
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (told_has_error(endpoint, err))
			openapi_add_failure(api, endpoint, err, responses);
	openapi_add_answers(api, endpoint, responses);
	json_object_foreach(responses, status, response)
		openapi_describe(api, status, response);
	return responses;
}

static json_t *openapi_operation(struct openapi *api, size_t i)
{
	const struct endpoint *endpoint = endpoints[i];
	json_t *operation = json_pack("{s:s, s:o, s:[s], s:o, s:o}", "operationId", told_name(i),
		"summary",
		json_string(arena_printf(api->arena, "%s · %s", endpoint->summary.zh,
			endpoint->summary.en)),
		"tags", endpoint->dialect->name, "parameters", openapi_parameters(api, endpoint),
		"security", openapi_security(endpoint));

	if (endpoint->details.zh != NULL)
		json_object_set_new(
			operation, "description", schema_text(api->arena, &endpoint->details));
	if (endpoint->source == FROM_BODY)
		json_object_set_new(operation, "requestBody", openapi_body(api, endpoint));
	json_object_set_new(operation, "responses", openapi_responses(api, endpoint));
	return operation;
}

static const char *openapi_method(struct arena *arena, const struct endpoint *endpoint)
{
	char *method = arena_strdup(arena, endpoint->method);

	for (char *at = method; *at != '\0'; at++)
		*at = ascii_lower(*at);
	return method;
}

static json_t *openapi_paths(struct openapi *api)
{
	json_t *paths = json_object();

	for (size_t i = 0; endpoints[i] != NULL; i++) {
		const char *path = arena_printf(api->arena, "/%s", endpoints[i]->path);

		if (endpoints[i]->dialect->title.zh == NULL)
			continue;
		if (json_object_get(paths, path) == NULL)
			json_object_set_new(paths, path, json_object());
		json_object_set_new(json_object_get(paths, path),
			openapi_method(api->arena, endpoints[i]), openapi_operation(api, i));
	}
	return paths;
}

static json_t *openapi_tags(struct openapi *api)
{
	json_t *tags = json_array();

	for (const struct dialect *const *at = dialects; *at != NULL; at++)
		if ((*at)->title.zh != NULL)
			json_array_append_new(tags,
				json_pack("{s:s, s:o}", "name", (*at)->name, "description",
					schema_text(api->arena, &(*at)->about)));
	return tags;
}

static json_t *openapi_schemes(struct openapi *api)
{
	static const struct text reading_key = {"租户服务器的 API key，以 wxk_ 开头，有读权限",
		"API key of a tenant's server that may read; it begins with wxk_"};
	static const struct text writing_key = {"租户服务器的 API key，以 wxk_ 开头，有写权限",
		"API key of a tenant's server that may write; it begins with wxk_"};
	static const struct text token = {"用户的访问令牌，以 wxt_ 开头",
		"access token of a user; it begins with wxt_"};
	const char *const bearer = "{s:s, s:s, s:o}", *const elsewhere = "{s:s, s:s, s:s, s:o}";

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "api_key_read",
		json_pack(bearer, "type", "http", "scheme", "bearer", "description",
			schema_text(api->arena, &reading_key)),
		"api_key_write",
		json_pack(bearer, "type", "http", "scheme", "bearer", "description",
			schema_text(api->arena, &writing_key)),
		"access_token",
		json_pack(bearer, "type", "http", "scheme", "bearer", "description",
			schema_text(api->arena, &token)),
		"token_header",
		json_pack(elsewhere, "type", "apiKey", "in", "header", "name", "Token",
			"description", schema_text(api->arena, &token)),
		"token_query",
		json_pack(elsewhere, "type", "apiKey", "in", "query", "name", "token",
			"description", schema_text(api->arena, &token)));
}

void openapi_write(struct arena *arena, const struct samples *samples, FILE *out)
{
	static const struct text about = {"小程序、H5 页面、App 和后台共用的微信用户服务：登录、资料、会员。",
		"A WeChat user service for mini programs, web pages, apps and back-ends: logins, "
		"profiles, members."};
	struct openapi api = {
		.arena = arena,
		.samples = samples,
		.schemas = {.arena = arena, .components = json_object()},
	};
	json_t *paths = openapi_paths(&api);
	json_t *whole = json_pack("{s:s, s:{s:s, s:s, s:o, s:{s:s, s:s}}, s:[{s:s}], s:o, s:o, "
				  "s:{s:o, s:o}}",
		"openapi", "3.1.0", "info", "title", "wxuser", "version", PACKAGE_VERSION,
		"description", schema_text(arena, &about), "license", "name", "MIT", "identifier",
		"MIT", "servers", "url", "/", "tags", openapi_tags(&api), "paths", paths,
		"components", "schemas", api.schemas.components, "securitySchemes",
		openapi_schemes(&api));

	json_dumpf(whole, out, JSON_INDENT(1));
	fputc('\n', out);
	json_decref(whole);
}
