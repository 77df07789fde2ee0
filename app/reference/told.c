#include <ctype.h>

#include "arena.h"
#include "endpoints.h"
#include "str.h"
#include "told.h"

static const char *const names[] = {
#define ENDPOINT(name, actions) #name,
#include "endpoints.def"
#undef ENDPOINT
};

const char *told_name(size_t i)
{
	return names[i];
}

const char *told_page(struct arena *arena, const struct endpoint *endpoint)
{
	size_t i = 0;
	char *page;

	while (endpoints[i] != endpoint)
		i++;
	page = arena_strdup(arena, names[i]);
	for (char *at = page; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
	return page;
}

bool told_has_error(const struct endpoint *endpoint, enum err err)
{
	return err != ERR_NONE && endpoint_may_return(endpoint, err) &&
		endpoint->dialect->errors[err].zh != NULL;
}

bool told_dialect_has_error(const struct dialect *dialect, enum err err)
{
	if (dialect->errors[err].zh == NULL)
		return false;
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if ((*at)->dialect == dialect && told_has_error(*at, err))
			return true;
	return err == ERR_NOT_FOUND; /* of a path without an endpoint */
}

/* Returns the dialect among whose paths those of the dialect are; NULL: there is none. */
static const struct dialect *told_around(const struct dialect *dialect)
{
	for (const struct dialect *const *at = dialects; *at != NULL; at++)
		if (*at != dialect && (*at)->title.zh != NULL && *(*at)->prefix != '\0' &&
			str_starts_with(dialect->prefix, (*at)->prefix))
			return *at;
	return NULL;
}

const struct dialect *told_dialect(size_t i)
{
	for (int is_inner = 0; is_inner < 2; is_inner++)
		for (const struct dialect *const *at = dialects; *at != NULL; at++)
			if ((*at)->title.zh != NULL &&
				(told_around(*at) != NULL) == is_inner && i-- == 0)
				return *at;
	return NULL;
}

bool told_is_named_outside(const struct dialect *dialect, const char *name)
{
	const struct dialect *outer = told_around(dialect);
	const struct further_error *further = outer == NULL ? NULL : outer->further_errors;

	if (outer == NULL || name == NULL)
		return false;
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (told_dialect_has_error(outer, err) && outer->errors[err].name != NULL &&
			strcmp(outer->errors[err].name, name) == 0)
			return true;
	for (; further != NULL && further->error.zh != NULL; further++)
		if (strcmp(further->error.name, name) == 0)
			return true;
	return false;
}

bool told_is_shared(const struct endpoint *endpoint, enum err err)
{
	return !endpoint_declares(endpoint, err) && err != ERR_PARAMETER && err != ERR_NOT_FOUND;
}

bool told_has_further(const struct endpoint *endpoint, const struct further_error *further)
{
	return told_has_error(endpoint, further->in_place_of) && further->is_of(endpoint);
}

bool told_is_enveloped(const struct endpoint *endpoint, const struct dialect_error *error)
{
	return endpoint->dialect->envelope != NULL && endpoint->answer != ANSWER_PLAIN &&
		error->code != 0;
}

int told_status(const struct endpoint *endpoint, const struct dialect_error *error)
{
	return endpoint->dialect->hides_status && told_is_enveloped(endpoint, error)
		? 200
		: error->status;
}

bool told_has_names(const struct dialect *dialect)
{
	return dialect->errors[ERR_INTERNAL].name != NULL;
}

int told_code(const struct dialect *dialect, const struct dialect_error *error)
{
	return dialect->hides_code ? 0 : error->code;
}

const char *told_error_text(struct arena *arena, const char *text)
{
	const char *hole = strstr(text, "%s");

	return hole == NULL ? text
			    : arena_printf(arena, "%.*s…%s", (int)(hole - text), text, hole + 2);
}

unsigned told_headers(const struct endpoint *endpoint)
{
	return endpoint->headers | HEADER_BIT(REQUEST_ID);
}

unsigned told_headers_of_error(
	const struct endpoint *endpoint, enum err err, const struct dialect_error *error)
{
	unsigned headers = HEADER_BIT(REQUEST_ID);

	if (err == ERR_RATE || err == ERR_SMS_RATE ||
		(error->status == 503 && endpoint->dialect->retry_after_s > 0))
		headers |= HEADER_BIT(RETRY_AFTER);
	if (told_status(endpoint, error) == 401)
		headers |= HEADER_BIT(WWW_AUTHENTICATE);
	if (told_status(endpoint, error) == 405)
		headers |= HEADER_BIT(ALLOW);
	return headers;
}

const char *told_anchor(struct arena *arena, const struct dialect *dialect, enum err err)
{
	char *anchor = arena_printf(arena, "%s-%s", dialect->name, err_name(err));

	for (char *at = anchor; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return anchor;
}

unsigned told_formats(const struct endpoint *endpoint)
{
	return endpoint->formats != 0 ? endpoint->formats : endpoint->dialect->formats;
}

const struct told_type told_types[] = {
	{FORMAT_JSON | FORMAT_STRICT_JSON, "application/json"},
	{FORMAT_XML, "application/xml"},
	{FORMAT_FORM, "application/x-www-form-urlencoded"},
	{FORMAT_MERGE_PATCH, "application/merge-patch+json"},
	{0, NULL},
};

static bool told_reads_json(const struct dialect *dialect)
{
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if ((*at)->dialect == dialect && (*at)->request != NULL &&
			(*at)->source == FROM_BODY)
			return true;
	return false;
}

const struct text *told_reading(const struct dialect *dialect)
{
	static const struct text exact = {
		"请求中的 null 与不填相同（写明「清除」的除外），类型不符的成员会被拒绝；表单中的空值是空串。",
		"In a request null is as absent, unless the member says that null clears it. A "
		"member of another type is refused. An empty value in a form is \"\"."};
	static const struct text loose = {
		"请求中的 null 与不填相同，表单中的空值也相同；数字可以写成字符串，字符串也可以写成数字。",
		"In a request null is as absent, in a form an empty value, too; a number may come "
		"as a string, and a string as a number."};

	if (!told_reads_json(dialect))
		return NULL;
	return dialect->flavour == JSON_EXACT ? &exact : &loose;
}

const char *told_parameter(struct arena *arena, const struct endpoint *endpoint)
{
	const char *name = strchr(endpoint->path, '{');

	return name == NULL ? NULL : arena_strndup(arena, name + 1, strcspn(name, "}") - 1);
}

bool told_needs_token(const struct endpoint *endpoint)
{
	return endpoint->takes_old_token && endpoint_may_return(endpoint, ERR_TOKEN_EXPIRED);
}

bool told_takes_app(const struct endpoint *endpoint)
{
	return endpoint_may_return(endpoint, ERR_APP_UNKNOWN);
}

const struct text *told_app(const struct endpoint *endpoint)
{
	static const struct text of_token = {"微信应用的 appid；省略时为访问令牌的应用",
		"appid of the WeChat app; without it, the access token's app"};
	static const struct text preset = {"微信应用的 appid；只有一个应用或有默认应用时可省略",
		"appid of the WeChat app; not needed if there is one app or a default one"};

	return endpoint->takes_app_of_token ? &of_token : &preset;
}

const char *told_field_name(const struct field *field, enum format format)
{
	if (format == FORMAT_XML && field->element != NULL)
		return field->element;
	if ((format == FORMAT_XML || format == FORMAT_FORM) && field->property != NULL)
		return field->property;
	return field->name;
}
