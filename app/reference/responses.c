#include "arena.h"
#include "buf.h"
#include "cause.h"
#include "err.h"
#include "media.h"
#include "responses.h"
#include "told.h"

struct failure {
	enum err err;
	const struct dialect_error *error;
	struct cause cause;
};

static json_t *response_text(const struct text *text)
{
	return json_pack("{s:s, s:s}", "zh", text->zh, "en", text->en);
}

/* An error as logs name it, as the dialect answers it, and its cause. */
static json_t *response_error(
	struct arena *arena, const struct dialect *dialect, const struct failure *failure)
{
	const struct dialect_error *error = failure->error;
	json_t *told = json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", err_name(failure->err),
		"zh",
		told_error_text(arena, error->zh), "en", told_error_text(arena, error->en), "when",
		response_text(&failure->cause.when), "next", response_text(&failure->cause.next));

	if (error->name != NULL)
		json_object_set_new(told, "code", json_string(error->name));
	else if (error->code != 0)
		json_object_set_new(told, "code", json_integer(told_code(dialect, error)));
	if (error->detail != 0)
		json_object_set_new(told, "detail", json_integer(error->detail));
	return told;
}

/* Returns a schema that fits what any of the two fits. */
static json_t *response_join(json_t *one, json_t *other)
{
	json_t *choices = json_object_get(one, "anyOf"), *choice;
	size_t i;

	if (choices == NULL) {
		if (!json_equal(one, other))
			return json_pack("{s:[o, o]}", "anyOf", json_incref(one), other);
		json_decref(other);
		return json_incref(one);
	}
	json_array_foreach(choices, i, choice) if (json_equal(choice, other))
	{
		json_decref(other);
		return json_incref(one);
	}
	json_array_append_new(choices, other);
	return json_incref(one);
}

/* Adds the schema to a response of the type, beside others that it may have. */
static void response_add_schema(json_t *response, const char *type, json_t *schema)
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
			one, "schema", response_join(json_object_get(one, "schema"), schema));
}

static json_t *response_of_status(json_t *responses, int status)
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

static void response_add_headers(struct schemas *schemas, json_t *response, unsigned set)
{
	json_t *headers = json_object_get(response, "headers");

	if (headers == NULL) {
		headers = json_object();
		json_object_set_new(response, "headers", headers);
	}
	for (enum header header = 0; header < HEADER_N; header++)
		if ((set & (1U << header)) != 0)
			json_object_set_new(headers, header_fields[header].name,
				json_pack("{s:s}", "$ref",
					arena_printf(schemas->arena, "#/components/headers/%s",
						header_fields[header].name)));
}

static json_t *response_schema_of_failure(
	struct schemas *schemas, const struct endpoint *endpoint, const struct dialect_error *error)
{
	if (told_is_enveloped(endpoint, error))
		return schema_of_envelope(schemas, endpoint);
	if (endpoint->dialect->refusal != NULL)
		return schema_of_shape(
			schemas, endpoint->dialect, endpoint->dialect->refusal, SCHEMA_ANSWER);
	return json_pack("{s:s}", "type", "string");
}

static const char *response_type_of_failure(const struct dialect *dialect)
{
	if (dialect->refusal == NULL)
		return "text/plain";
	return dialect->refusal_type != NULL ? dialect->refusal_type : "application/json";
}

static void responses_add_failure(struct schemas *schemas, const struct endpoint *endpoint,
	const struct failure *failure, json_t *responses)
{
	const struct dialect_error *error = failure->error;
	json_t *response = response_of_status(responses, told_status(endpoint, error));
	json_t *errors = json_object_get(response, "x-errors");

	if (errors == NULL) {
		errors = json_array();
		json_object_set_new(response, "x-errors", errors);
	}
	json_array_append_new(
		errors, response_error(schemas->arena, endpoint->dialect, failure));
	response_add_headers(
		schemas, response, told_headers_of_error(endpoint, failure->err, error));
	response_add_schema(response, response_type_of_failure(endpoint->dialect),
		response_schema_of_failure(schemas, endpoint, error));
	if ((told_formats(endpoint) & FORMAT_XML) != 0)
		response_add_schema(response, "application/xml",
			response_schema_of_failure(schemas, endpoint, error));
}

static void responses_add_failures(
	struct schemas *schemas, const struct endpoint *endpoint, json_t *responses)
{
	const struct dialect *dialect = endpoint->dialect;
	const struct further_error *further = dialect->further_errors;

	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (told_has_error(endpoint, err))
			responses_add_failure(schemas, endpoint,
				&(const struct failure){err, &dialect->errors[err],
					cause_of(schemas->arena, dialect, endpoint, err)},
				responses);
	for (; further != NULL && further->error.zh != NULL; further++)
		if (told_has_further(endpoint, further))
			responses_add_failure(schemas, endpoint,
				&(const struct failure){further->in_place_of, &further->error,
					cause_of_further(further)},
				responses);
}

static json_t *response_schema_of_success(struct schemas *schemas, const struct endpoint *endpoint)
{
	if (endpoint->answer == ANSWER_ENVELOPED || endpoint->answer == ANSWER_EMPTY)
		return schema_of_envelope(schemas, endpoint);
	return schema_of_plain(schemas, endpoint);
}

static void responses_add_success(
	struct schemas *schemas, const struct endpoint *endpoint, json_t *responses)
{
	const bool has_body =
		endpoint->answer != ANSWER_EMPTY || endpoint->dialect->envelope != NULL;
	json_t *response = response_of_status(responses, has_body ? 200 : 204);

	response_add_headers(schemas, response, told_headers(endpoint));
	if (!has_body)
		return;
	if (endpoint->answer == ANSWER_BY_RUN && endpoint->response == NULL) {
		response_add_schema(response, "text/plain", json_pack("{s:s}", "type", "string"));
		return;
	}
	response_add_schema(
		response, "application/json", response_schema_of_success(schemas, endpoint));
	if ((told_formats(endpoint) & FORMAT_XML) != 0)
		response_add_schema(
			response, "application/xml", response_schema_of_success(schemas, endpoint));
}

/* What is asked for happens later. */
static void responses_add_later(
	struct schemas *schemas, const struct endpoint *endpoint, json_t *responses)
{
	json_t *response;

	if (!endpoint->may_answer_later)
		return;
	response = response_of_status(responses, 202);
	response_add_headers(schemas, response, told_headers(endpoint));
	response_add_schema(
		response, "application/json", response_schema_of_success(schemas, endpoint));
}

static void response_add_example(struct arena *arena, const struct sample *sample, json_t *response)
{
	json_t *content = json_object_get(response, "content"), *media;
	const char *type;

	json_object_foreach(content, type, media) if (media_is(sample->answer_type, type))
		media_add_example(arena, media, type, sample, sample->answer);
}

static void responses_add_examples(struct arena *arena, const struct samples *samples,
	const struct endpoint *endpoint, json_t *responses)
{
	for (size_t i = 0; i < samples->n_items; i++) {
		const struct sample *sample = &samples->items[i];

		if (sample->endpoint == endpoint)
			response_add_example(
				arena, sample, json_object_get(responses, sample->status));
	}
}

static void response_append_cause(struct buf *text, const json_t *when)
{
	buf_printf(text, " (%s · %s)", json_string_value(json_object_get(when, "zh")),
		json_string_value(json_object_get(when, "en")));
}

/* What a response means, from the errors that it may report. */
static void response_describe(struct arena *arena, const char *status, json_t *response)
{
	struct buf text = {.arena = arena};
	json_t *errors = json_object_get(response, "x-errors"), *error;
	size_t i;

	if (*status == '2')
		buf_append_str(&text, "成功 · Success");
	json_array_foreach(errors, i, error)
	{
		if (text.size > 0)
			buf_append_str(&text, "\n\n");
		if (json_is_string(json_object_get(error, "code")))
			buf_printf(
				&text, "`%s` ", json_string_value(json_object_get(error, "code")));
		else if (json_object_get(error, "code") != NULL)
			buf_printf(&text, "`%d` ",
				(int)json_integer_value(json_object_get(error, "code")));
		buf_printf(&text, "%s · %s", json_string_value(json_object_get(error, "zh")),
			json_string_value(json_object_get(error, "en")));
		response_append_cause(&text, json_object_get(error, "when"));
	}
	json_object_set_new(response, "description", json_stringn(text.data, text.size));
}

json_t *responses_of(
	struct schemas *schemas, const struct samples *samples, const struct endpoint *endpoint)
{
	json_t *responses = json_object(), *response;
	const char *status;

	responses_add_success(schemas, endpoint, responses);
	responses_add_later(schemas, endpoint, responses);
	responses_add_failures(schemas, endpoint, responses);
	responses_add_examples(schemas->arena, samples, endpoint, responses);
	json_object_foreach(responses, status, response)
		response_describe(schemas->arena, status, response);
	return responses;
}
