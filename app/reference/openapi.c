#include "arena.h"
#include "ascii.h"
#include "cause.h"
#include "endpoints.h"
#include "media.h"
#include "openapi.h"
#include "responses.h"
#include "sample.h"
#include "told.h"

struct openapi {
	struct arena *arena;
	const struct samples *samples;
	struct schemas schemas;
};

/* What is refused for its form does not fit the schema. */
static bool openapi_shows_body(const struct sample *sample)
{
	return sample->body != NULL && *sample->status == '2';
}

static json_t *openapi_request_content(
	struct openapi *api, const struct endpoint *endpoint, const struct told_type *type)
{
	const enum schema_use use = type->formats == FORMAT_FORM ? SCHEMA_FORM : SCHEMA_REQUEST;
	json_t *content = json_pack("{s:o}", "schema",
		schema_of_shape(&api->schemas, endpoint->dialect, endpoint->request, use));

	for (size_t i = 0; i < api->samples->n_items; i++) {
		const struct sample *sample = &api->samples->items[i];

		if (sample->endpoint == endpoint && openapi_shows_body(sample) &&
			media_is(sample->type, type->name))
			media_add_example(api->arena, content, type->name, sample, sample->body);
	}
	return content;
}

static json_t *openapi_body(struct openapi *api, const struct endpoint *endpoint)
{
	json_t *content = json_object();

	for (const struct told_type *type = told_types; type->name != NULL; type++)
		if ((told_formats(endpoint) & type->formats) != 0)
			json_object_set_new(
				content, type->name, openapi_request_content(api, endpoint, type));
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
	const char *name = told_parameter(api->arena, endpoint);
	json_t *parameter;

	if (name == NULL)
		return;
	parameter = openapi_parameter(
		api, name, "path", &endpoint->parameter, json_pack("{s:s}", "type", "string"));
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
			const char *value = strstr(
				sample->target, arena_printf(api->arena, "?%s=", field->name));

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
			openapi_parameter(api, "X-WX-AppId", "header", told_app(endpoint),
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
	if ((endpoint->access & ACCESS_KEY_WECHAT) != 0)
		openapi_add_scheme(security, "api_key_wechat");
	if ((endpoint->access & ACCESS_KEY_ADMIN) != 0)
		openapi_add_scheme(security, "api_key_admin");
	if ((endpoint->access & ACCESS_OPERATOR) != 0)
		openapi_add_scheme(security, "operator_key");
	if ((endpoint->access & ACCESS_BY_ADMIN) != 0 && !endpoint->begins_session)
		openapi_add_scheme(security, "admin_session");
	if ((endpoint->access & ACCESS_OWN_TOKEN) != 0 || endpoint->takes_old_token)
		openapi_add_token(endpoint, security);
	if (endpoint_is_open(endpoint) && !told_needs_token(endpoint))
		json_array_append_new(security, json_object());
	return security;
}

/* How a body that cannot be read is answered: one of the errors of that status. */
static json_t *openapi_unreadable(const struct endpoint *endpoint)
{
	const enum err err = cause_of_unreadable(endpoint);

	return json_pack("{s:i, s:s}", "status",
		told_status(endpoint, &endpoint->dialect->errors[err]), "name", err_name(err));
}

static json_t *openapi_operation(struct openapi *api, size_t i)
{
	const struct endpoint *endpoint = endpoints[i];
	json_t *operation =
		json_pack("{s:s, s:o, s:[s], s:o, s:o}", "operationId", told_name(i), "summary",
			json_string(arena_printf(
				api->arena, "%s · %s", endpoint->summary.zh, endpoint->summary.en)),
			"tags", endpoint->dialect->name, "parameters",
			openapi_parameters(api, endpoint), "security", openapi_security(endpoint));

	if (endpoint->details.zh != NULL)
		json_object_set_new(
			operation, "description", schema_text(api->arena, &endpoint->details));
	if (endpoint->source == FROM_BODY) {
		json_object_set_new(operation, "requestBody", openapi_body(api, endpoint));
		json_object_set_new(operation, "x-unreadable", openapi_unreadable(endpoint));
	}
	json_object_set_new(
		operation, "responses", responses_of(&api->schemas, api->samples, endpoint));
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

static json_t *openapi_tag(struct openapi *api, const struct dialect *dialect)
{
	const struct text *reading = told_reading(dialect);
	struct text text = dialect->about;

	if (reading != NULL) {
		text.zh = arena_printf(api->arena, "%s%s", text.zh, reading->zh);
		text.en = arena_printf(api->arena, "%s %s", text.en, reading->en);
	}
	return json_pack("{s:s, s:o}", "name", dialect->name, "description",
		schema_text(api->arena, &text));
}

static json_t *openapi_tags(struct openapi *api)
{
	json_t *tags = json_array();

	for (size_t i = 0; told_dialect(i) != NULL; i++)
		json_array_append_new(tags, openapi_tag(api, told_dialect(i)));
	return tags;
}

static json_t *openapi_bearer(struct openapi *api, struct text text)
{
	return json_pack("{s:s, s:s, s:o}", "type", "http", "scheme", "bearer", "description",
		schema_text(api->arena, &text));
}

static json_t *openapi_schemes(struct openapi *api)
{
	static const struct text token = {
		"用户的访问令牌，以 wxt_ 开头", "access token of a user; it begins with wxt_"};
	static const struct text either = {"API key 或用户的访问令牌，不加 Bearer",
		"API key or access token of a user, without Bearer"};
	static const struct text session = {"POST /v1/admin/session 设置的会话 cookie",
		"the cookie of a session, which POST /v1/admin/session sets"};
	const char *const elsewhere = "{s:s, s:s, s:s, s:o}";

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "api_key_read",
		openapi_bearer(api, (struct text){"租户服务器的 API key，以 wxk_ 开头，有读权限",
			"API key of a tenant's server that may read; it begins with wxk_"}),
		"api_key_write",
		openapi_bearer(api, (struct text){"租户服务器的 API key，以 wxk_ 开头，有写权限",
			"API key of a tenant's server that may write; it begins with wxk_"}),
		"api_key_wechat",
		openapi_bearer(api, (struct text){"租户服务器的 API key，以 wxk_ 开头，有 wechat 权限",
			"API key of a tenant's server with the scope wechat; it begins with wxk_"}),
		"api_key_admin",
		openapi_bearer(api, (struct text){"租户的 API key，以 wxk_ 开头，有 admin 权限",
			"API key of a tenant with the scope admin; it begins with wxk_"}),
		"operator_key",
		openapi_bearer(api, (struct text){"运维人员的 key，以 wxo_ 开头",
			"an operator's key; it begins with wxo_"}),
		"admin_session",
		json_pack(elsewhere, "type", "apiKey", "in", "cookie", "name",
			"__Secure-wxuser_admin",
			"description", schema_text(api->arena, &session)),
		"access_token", openapi_bearer(api, token), "token_header",
		json_pack(elsewhere, "type", "apiKey", "in", "header", "name", "Token",
			"description", schema_text(api->arena, &either)),
		"token_query",
		json_pack(elsewhere, "type", "apiKey", "in", "query", "name", "token",
			"description", schema_text(api->arena, &token)));
}

static json_t *openapi_headers(struct openapi *api)
{
	json_t *headers = json_object();

	for (enum header header = 0; header < HEADER_N; header++) {
		const struct field *field = &header_fields[header];

		json_object_set_new(headers, field->name,
			json_pack("{s:o, s:o}", "description",
				schema_text(api->arena, &field->text), "schema",
				schema_of_parameter(&api->schemas, field)));
	}
	return headers;
}

void openapi_write(struct arena *arena, const struct samples *samples, FILE *out)
{
	static const struct text about = {
		"小程序、H5 页面、App 和后台共用的微信用户服务：登录、资料、会员。",
		"A WeChat user service for mini programs, web pages, apps and back-ends: logins, "
		"profiles, members."};
	struct openapi api = {
		.arena = arena,
		.samples = samples,
		.schemas = {.arena = arena, .components = json_object()},
	};
	json_t *paths = openapi_paths(&api);
	json_t *whole = json_pack("{s:s, s:{s:s, s:s, s:o, s:{s:s, s:s}}, s:[{s:s}], s:o, s:o, "
				  "s:{s:o, s:o, s:o}}",
		"openapi", "3.1.0", "info", "title", "wxuser", "version", PACKAGE_VERSION,
		"description", schema_text(arena, &about), "license", "name", "MIT", "identifier",
		"MIT", "servers", "url", "/", "tags", openapi_tags(&api), "paths", paths,
		"components", "schemas", api.schemas.components, "securitySchemes",
		openapi_schemes(&api), "headers", openapi_headers(&api));

	json_dumpf(whole, out, JSON_INDENT(1));
	fputc('\n', out);
	json_decref(whole);
}
