#include "endpoint.h"
#include "str.h"

/* A binder keeps a bit for each. */
#define FIELDS_MAX 64

bool endpoint_is_open(const struct endpoint *endpoint)
{
	return (endpoint->access & (ACCESS_ANYBODY | ACCESS_NO_CREDENTIAL | ACCESS_SIGNED)) != 0;
}

bool endpoint_shares_path(const struct endpoint *a, const struct endpoint *b)
{
	return strcmp(a->path, b->path) == 0;
}

const char *endpoint_find_parameter(
	const struct endpoint *endpoint, const char *path, size_t *size_r)
{
	const char *own = endpoint->path;
	size_t size;

	for (; *own == *path && *own != '{' && *own != '\0'; own++)
		path++;
	if (*own != '{')
		return NULL;
	size = strcspn(path, "/");
	if (size == 0 || strcmp(path + size, strchr(own, '}') + 1) != 0)
		return NULL;
	*size_r = size;
	return path;
}

static bool has_required(const struct shape *shape)
{
	const struct field *field = shape->fields;

	while (field->kind != FIELD_END_OF_TABLE && !field->is_required)
		field++;
	return field->kind != FIELD_END_OF_TABLE;
}

static bool is_refused_by_dispatch(const struct endpoint *endpoint, enum err err)
{
	switch (err) {
	case ERR_METHOD:
	case ERR_TOO_LARGE:
	case ERR_BAD_REQUEST:
		return true;
	case ERR_NOT_FOUND:
		return endpoint->source == FROM_QUERY && has_required(endpoint->request);
	case ERR_MEDIA_TYPE:
		return endpoint->source == FROM_BODY;
	case ERR_PARAMETER:
		return endpoint->source == FROM_BODY && !endpoint->tolerates_errors;
	case ERR_RATE:
	case ERR_UNAUTHORIZED:
	case ERR_KEY_NETWORK:
		return (endpoint->access & (ACCESS_NO_CREDENTIAL | ACCESS_SIGNED)) == 0;
	case ERR_MAINTENANCE:
		return (endpoint->access &
			       (ACCESS_NO_CREDENTIAL | ACCESS_SIGNED | ACCESS_OPERATOR)) == 0;
	case ERR_TENANT_DISABLED:
		return (endpoint->access & (ACCESS_NO_CREDENTIAL | ACCESS_SIGNED)) == 0 &&
			endpoint->access != ACCESS_OPERATOR;
	case ERR_TOKEN_EXPIRED:
	case ERR_TOKEN_REVOKED:
		return !endpoint_is_open(endpoint);
	case ERR_FORBIDDEN:
		return (endpoint->access &
			       (ACCESS_BY_KEY | ACCESS_BY_ADMIN | ACCESS_OWN_TOKEN)) != 0;
	default:
		return false;
	}
}

bool endpoint_declares(const struct endpoint *endpoint, enum err err)
{
	for (const enum err *at = endpoint->errors; at != NULL && *at != ERR_NONE; at++) {
		if (*at == err)
			return true;
	}
	return false;
}

bool endpoint_may_return(const struct endpoint *endpoint, enum err err)
{
	return endpoint_declares(endpoint, err) || err == ERR_BUSY || err == ERR_INTEGRITY ||
		err == ERR_INTERNAL || is_refused_by_dispatch(endpoint, err);
}

static bool can_be_read(
	const struct field *field, enum shape_kind kind, enum json_flavour flavour)
{
	if (kind == SHAPE_LIST)
		return field->kind == FIELD_INT32_LIST;
	if (field->kind == FIELD_OBJECT || field->kind == FIELD_STR_LIST)
		return flavour == JSON_EXACT;
	return field->kind <= FIELD_DATE; /* the scalars */
}

static const char *find_problem_of_request(const struct shape *shape, enum json_flavour flavour)
{
	const struct field *field = shape->fields;
	const char *problem = NULL;

	for (; field->kind != FIELD_END_OF_TABLE; field++) {
		if (field->is_read_only)
			continue;
		if (field->kind == FIELD_STR && field->max == 0)
			return "a string of the request has no maximum";
		if (field->name == NULL && shape->kind == SHAPE_OBJECT)
			return "a field has no name";
		if (!can_be_read(field, shape->kind, flavour))
			return "a field is of a kind that no request may have";
		if (field->kind == FIELD_OBJECT)
			problem = find_problem_of_request(field->shape, flavour);
		if (problem != NULL)
			return problem;
	}
	return field - shape->fields > FIELDS_MAX ? "the request has over 64 fields" : NULL;
}

/* Whether only WeChat or an SMS gateway causes the error. */
static bool is_of_remote_call(enum err err)
{
	switch (err) {
	case ERR_CODE_INVALID:
	case ERR_CODE_OTHER:
	case ERR_PHONE_CODE_INVALID:
	case ERR_RISK_USER:
	case ERR_WATERMARK_OTHER:
	case ERR_SNAPSHOT_USER:
	case ERR_SMS_REFUSED:
	case ERR_SMS_SILENT:
	case ERR_SMS_UNSENT:
	case ERR_UPSTREAM:
	case ERR_UPSTREAM_SILENT:
	case ERR_UPSTREAM_UNSENT:
	case ERR_UPSTREAM_BUSY:
	case ERR_UPSTREAM_CONFIG:
	case ERR_UPSTREAM_TOKEN:
		return true;
	default:
		return false;
	}
}

static const char *find_problem_of_error(const struct endpoint *endpoint, enum err err)
{
	const struct dialect_error *texts = &endpoint->dialect->errors[err];

	if (str_is_empty(texts->zh) || str_is_empty(texts->en))
		return "its dialect lacks a text for";
	if (is_of_remote_call(err) && endpoint->pool != POOL_REMOTE)
		return "only an endpoint of POOL_REMOTE may declare";
	return NULL;
}

static const char *find_problem_of_errors(const struct endpoint *endpoint)
{
	static char text[128];

	for (const enum err *err = endpoint->errors; err != NULL && *err != ERR_NONE; err++) {
		const char *problem = find_problem_of_error(endpoint, *err);

		if (problem == NULL)
			continue;
		snprintf(text, sizeof(text), "%s ERR_%s", problem, err_name(*err));
		return text;
	}
	return NULL;
}

static const char *find_problem_of_answer(const struct endpoint *endpoint)
{
	const bool has_shape = (endpoint->answer & (ANSWER_PLAIN | ANSWER_ENVELOPED)) != 0;
	const bool may_have_shape = has_shape || endpoint->answer == ANSWER_BY_RUN;

	if (endpoint->answer == 0)
		return "it does not say what a success answers (.answer)";
	if (endpoint->response == NULL ? has_shape : !may_have_shape)
		return ".answer and .response disagree";
	if ((endpoint->answer & (endpoint->dialect->answers | ANSWER_BY_RUN)) == 0)
		return "its dialect has no such answer";
	return NULL;
}

static bool text_is_complete(const struct text *text)
{
	return !str_is_empty(text->zh) && !str_is_empty(text->en);
}

/* Returns the first field without a text; NULL if there is none. */
static const struct field *find_untold(const struct shape *shape)
{
	const struct field *field = shape == NULL ? NULL : shape->fields, *inner;

	for (; field != NULL && field->kind != FIELD_END_OF_TABLE; field++) {
		if (field->name != NULL && !text_is_complete(&field->text))
			return field;
		inner = find_untold(field->shape);
		if (inner != NULL)
			return inner;
	}
	return NULL;
}

static const char *find_problem_of_texts(const struct endpoint *endpoint)
{
	const struct dialect *dialect = endpoint->dialect;
	const struct shape *const shapes[] = {
		endpoint->request, endpoint->response, dialect->envelope, dialect->refusal};
	static char text[128];

	if (!text_is_complete(&endpoint->summary))
		return "it has no summary in each language";
	if ((strchr(endpoint->path, '{') != NULL) != (endpoint->parameter.zh != NULL))
		return ".path and .parameter disagree";
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		const struct field *field = find_untold(shapes[i]);

		if (field == NULL)
			continue;
		snprintf(text, sizeof(text), "no text in each language for the field %s",
			field->name);
		return text;
	}
	return NULL;
}

static const char *find_problem_of_one(const struct endpoint *endpoint)
{
	const char *problem;

	if (endpoint->dialect == NULL || endpoint->method == NULL || endpoint->path == NULL ||
		endpoint->run == NULL)
		return "dialect, method, path and run must be there";
	if (endpoint->access == 0)
		return "it does not say who may call (.access)";
	if (endpoint_is_open(endpoint) && endpoint_declares(endpoint, ERR_CODE_INVALID) &&
		!endpoint->is_login)
		return "who takes a login code from anybody is a login (.is_login)";
	if (!str_starts_with(endpoint->path, endpoint->dialect->prefix))
		return "its path is outside its dialect's prefix";
	if ((endpoint->source == FROM_NOTHING) != (endpoint->request == NULL))
		return ".source and .request disagree";
	problem = find_problem_of_answer(endpoint);
	if (problem == NULL && endpoint->request != NULL)
		problem = find_problem_of_request(
			endpoint->request, endpoint->dialect->flavour);
	if (problem == NULL && endpoint->dialect->title.zh != NULL)
		problem = find_problem_of_texts(endpoint);
	return problem != NULL ? problem : find_problem_of_errors(endpoint);
}

/* Returns what is wrong with an endpoint after another one in the list. */
static const char *find_problem_of_two(const struct endpoint *first, const struct endpoint *next)
{
	size_t size;

	if (!str_equal_nocase(first->path, next->path))
		return endpoint_find_parameter(first, next->path, &size) == NULL
			? NULL
			: "a path before it takes its requests";
	if (strcmp(first->method, next->method) == 0)
		return "another endpoint has its path";
	return first->pool == next->pool ? NULL : "another pool serves its path";
}

const char *endpoint_find_problem(const struct endpoint *const *endpoints)
{
	static char text[256];

	for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
		const char *problem = find_problem_of_one(*at);

		for (const struct endpoint *const *other = endpoints; other < at; other++)
			if (problem == NULL)
				problem = find_problem_of_two(*other, *at);
		if (problem == NULL)
			continue;
		snprintf(text, sizeof(text), "endpoint %s: %s",
			(*at)->path == NULL ? "without path" : (*at)->path, problem);
		return text;
	}
	return NULL;
}

size_t endpoint_count(const struct endpoint *const *endpoints)
{
	size_t n = 0;

	while (endpoints[n] != NULL)
		n++;
	return n;
}
