#include <jansson.h>

#include "answer.h"
#include "arena.h"
#include "ascii.h"
#include "buf.h"
#include "conf.h"
#include "crypto.h"
#include "sms.h"
#include "sms_driver.h"
#include "str.h"

/* Returns the value of ${name}, or NULL if there is no such name. */
static const char *template_value(const struct sms_request *request, const char *name, size_t size)
{
	const struct sms_message *message = request->message;
	const struct http_param placeholders[] = {
		{"phone", message->phone},
		{"code", message->code},
		{"request_id", message->request_id},
		{"access_key", request->conf->sms_access_key},
		{"secret", request->secret},
		{NULL, NULL},
	};
	const struct http_param *placeholder = placeholders;

	while (placeholder->name != NULL &&
		(strlen(placeholder->name) != size || memcmp(placeholder->name, name, size) != 0))
		placeholder++;
	return placeholder->value;
}

static void append_xml(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("<>&\"'", *text) != NULL)
			buf_printf(out, "&#%d;", *text);
		else
			buf_append_char(out, *text);
	}
}

/* The placeholder stands between quotes already. */
static void append_json(struct buf *out, const char *text)
{
	json_t *json = json_string(text);
	char *quoted = json_dumps(json, JSON_ENCODE_ANY);

	if (quoted != NULL)
		buf_append(out, quoted + 1, strlen(quoted) - 2);
	crypto_free_text(quoted);
	json_decref(json);
}

/* Returns the text with its placeholders filled, in the arena. */
static const char *template_expand(const struct sms_request *request, const char *text,
	void (*append)(struct buf *out, const char *value))
{
	struct buf out = {.arena = request->arena};

	while (*text != '\0') {
		size_t size = strcspn(text + 1, "$") + 1;
		const char *end = str_starts_with(text, "${") ? strchr(text, '}') : NULL;
		const char *value =
			end == NULL ? NULL
				    : template_value(request, text + 2, (size_t)(end - text - 2));

		if (value == NULL) {
			buf_append(&out, text, size);
			text += size;
		} else {
			append(&out, value);
			text = end + 1;
		}
	}
	return out.data == NULL ? "" : out.data;
}

/* Returns the next piece of a list, without blanks around it, or NULL at the end. */
static const char *next_piece(struct arena *arena, const char **list, char separator)
{
	const char *at = *list;
	size_t size;

	while (ascii_is_space(*at))
		at++;
	if (*at == '\0')
		return NULL;
	size = strcspn(at, (char[]){separator, '\0'});
	*list = at + size + (at[size] == '\0' ? 0 : 1);
	while (size > 0 && ascii_is_space(at[size - 1]))
		size--;
	return arena_strndup(arena, at, size);
}

/* Reads "name=value&…" and the like, and fills the placeholders of values. It encodes nothing. */
static struct http_param *template_params(
	const struct sms_request *request, const char *list, char separator, char equals)
{
	struct http_param *params =
		arena_array(request->arena, struct http_param, strlen(list) + 1);
	struct http_param *param = params;
	const char *piece;

	while ((piece = next_piece(request->arena, &list, separator)) != NULL) {
		size_t size = strcspn(piece, (char[]){equals, '\0'});
		const char *value = piece + size + (piece[size] == '\0' ? 0 : 1);

		while (ascii_is_space(*value))
			value++;
		param->name = arena_strndup(request->arena, piece, size);
		param->value = template_expand(request, value, buf_append_str);
		param++;
	}
	return params;
}

static const char *template_form(const struct sms_request *request)
{
	struct buf form = {.arena = request->arena};

	http_url_append_params(&form, template_params(request, request->conf->sms_body, '&', '='));
	return form.data == NULL ? "" : form.data;
}

static const char *template_body(const struct sms_request *request)
{
	const struct conf *conf = request->conf;

	if (strstr(conf->sms_content_type, "form-urlencoded") != NULL)
		return template_form(request);
	if (strstr(conf->sms_content_type, "json") != NULL)
		return template_expand(request, conf->sms_body, append_json);
	if (strstr(conf->sms_content_type, "xml") != NULL)
		return template_expand(request, conf->sms_body, append_xml);
	return template_expand(request, conf->sms_body, buf_append_str);
}

static void template_write_call(const struct sms_request *request, struct http_call *call_r)
{
	const struct conf *conf = request->conf;

	call_r->query = template_params(request, conf->sms_query, '&', '=');
	call_r->headers = template_params(request, conf->sms_headers, '|', ':');
	if (strcmp(conf->sms_method, "GET") == 0)
		return;
	call_r->content_type = conf->sms_content_type;
	call_r->body = template_body(request);
	call_r->size = strlen(call_r->body);
}

static const char *text_of(struct arena *arena, const json_t *value)
{
	if (json_is_string(value))
		return arena_strdup(arena, json_string_value(value));
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (json_is_number(value))
		return arena_printf(arena, "%.15g", json_number_value(value));
	return NULL;
}

/* Compares the answer's member with success_member, name=value. */
static struct sms_result template_read_member(
	const struct sms_request *request, const struct http_answer *answer)
{
	const char *wanted = request->conf->sms_success_member;
	size_t size = strcspn(wanted, "=");
	const char *name = arena_strndup(request->arena, wanted, size);
	json_t *json = answer_json(answer);
	struct sms_result result = {.err = ERR_UPSTREAM};

	result.code = text_of(request->arena, json_object_get(json, name));
	if (result.code != NULL)
		result.err = strcmp(result.code, wanted + size + 1) == 0 ? ERR_NONE :
									   ERR_UPSTREAM_UNSENT;
	json_decref(json);
	return result;
}

static struct sms_result template_read_answer(
	const struct sms_request *request, const struct http_answer *answer)
{
	const struct conf *conf = request->conf;
	struct sms_result result = {.err = ERR_NONE};

	if (answer->status == 429)
		result.err = ERR_SMS_RATE;
	else if (answer->status < 200 || answer->status > 299)
		result.err = ERR_UPSTREAM_CONFIG;
	else if (!str_is_empty(conf->sms_success_member))
		return template_read_member(request, answer);
	else if (strstr(answer->body, conf->sms_success_text) == NULL)
		result.err = ERR_UPSTREAM_UNSENT;
	if (result.err != ERR_NONE)
		result.code = arena_printf(request->arena, "HTTP %d", answer->status);
	return result;
}

static bool has_placeholder(const struct conf *conf, const char *placeholder)
{
	return strstr(conf->sms_query, placeholder) != NULL ||
		strstr(conf->sms_body, placeholder) != NULL;
}

static const char *template_find_problem(const struct conf *conf)
{
	if (!has_placeholder(conf, "${phone}") || !has_placeholder(conf, "${code}"))
		return "neither query nor body has both ${phone} and ${code}";
	if (strcmp(conf->sms_method, "GET") == 0 && *conf->sms_body != '\0')
		return "a GET has no body";
	if (!str_is_empty(conf->sms_success_member) &&
		strchr(conf->sms_success_member, '=') == NULL)
		return "success_member is not name=value";
	return NULL;
}

const struct sms_driver sms_template = {
	.name = "template",
	.find_problem = template_find_problem,
	.write_call = template_write_call,
	.read_answer = template_read_answer,
};
