#include <jansson.h>

#include "answer.h"
#include "arena.h"
#include "ascii.h"
#include "buf.h"
#include "conf.h"
#include "sms_driver.h"
#include "str.h"

/* What goes into ${name}; NULL: no such name. */
static const char *value_of(const struct sms_order *order, const char *name, size_t size)
{
	const struct sms_message *message = order->message;
	const struct http_param holes[] = {
		{"phone", message->phone},
		{"code", message->code},
		{"request_id", message->request_id},
		{"access_key", order->conf->sms_access_key},
		{"secret", order->secret},
		{NULL, NULL},
	};
	const struct http_param *hole = holes;

	while (hole->name != NULL &&
		(strlen(hole->name) != size || memcmp(hole->name, name, size) != 0))
		hole++;
	return hole->value;
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

/* Within the quotes that stand around the hole. */
static void append_json(struct buf *out, const char *text)
{
	json_t *json = json_string(text);
	char *quoted = json_dumps(json, JSON_ENCODE_ANY);

	if (quoted != NULL)
		buf_append(out, quoted + 1, strlen(quoted) - 2);
	free(quoted);
	json_decref(json);
}

/* The text with its holes filled, in the arena. */
static const char *expand(const struct sms_order *order, const char *text,
	void (*append)(struct buf *out, const char *value))
{
	struct buf out = {0};
	const char *expanded;

	while (*text != '\0') {
		size_t size = strcspn(text + 1, "$") + 1;
		const char *end = str_starts_with(text, "${") ? strchr(text, '}') : NULL;
		const char *value =
			end == NULL ? NULL : value_of(order, text + 2, (size_t)(end - text - 2));

		if (value == NULL) {
			buf_append(&out, text, size);
			text += size;
		} else {
			append(&out, value);
			text = end + 1;
		}
	}
	expanded = arena_strndup(order->arena, out.data == NULL ? "" : out.data, out.size);
	buf_release(&out);
	return expanded;
}

/* The next piece of a list, without blanks around; NULL: no more. */
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

/* Name and value of "name=value&…" and the like, values with their holes filled, not encoded. */
static struct http_param *params_of(
	const struct sms_order *order, const char *list, char separator, char equals)
{
	struct http_param *params = arena_array(order->arena, struct http_param, strlen(list) + 1);
	struct http_param *param = params;
	const char *piece;

	while ((piece = next_piece(order->arena, &list, separator)) != NULL) {
		size_t size = strcspn(piece, (char[]){equals, '\0'});
		const char *value = piece + size + (piece[size] == '\0' ? 0 : 1);

		while (ascii_is_space(*value))
			value++;
		param->name = arena_strndup(order->arena, piece, size);
		param->value = expand(order, value, buf_append_str);
		param++;
	}
	return params;
}

static const char *form_of(const struct sms_order *order)
{
	struct buf form = {0};
	const char *body;

	http_url_append_params(&form, params_of(order, order->conf->sms_body, '&', '='));
	body = arena_strndup(order->arena, form.data == NULL ? "" : form.data, form.size);
	buf_release(&form);
	return body;
}

static const char *body_of(const struct sms_order *order)
{
	const struct conf *conf = order->conf;

	if (strstr(conf->sms_content_type, "form-urlencoded") != NULL)
		return form_of(order);
	if (strstr(conf->sms_content_type, "json") != NULL)
		return expand(order, conf->sms_body, append_json);
	if (strstr(conf->sms_content_type, "xml") != NULL)
		return expand(order, conf->sms_body, append_xml);
	return expand(order, conf->sms_body, buf_append_str);
}

static void write_call(const struct sms_order *order, struct http_call *call_r)
{
	const struct conf *conf = order->conf;

	call_r->query = params_of(order, conf->sms_query, '&', '=');
	call_r->headers = params_of(order, conf->sms_headers, '|', ':');
	if (strcmp(conf->sms_method, "GET") == 0)
		return;
	call_r->content_type = conf->sms_content_type;
	call_r->body = body_of(order);
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

/* Whether the answer's member is as success_member says, name=value. */
static struct sms_verdict read_member(
	const struct sms_order *order, const struct http_answer *answer)
{
	const char *wanted = order->conf->sms_success_member;
	size_t size = strcspn(wanted, "=");
	const char *name = arena_strndup(order->arena, wanted, size);
	json_t *json = answer_json(answer);
	struct sms_verdict verdict = {.err = ERR_UPSTREAM};

	verdict.code = text_of(order->arena, json_object_get(json, name));
	if (verdict.code != NULL)
		verdict.err = strcmp(verdict.code, wanted + size + 1) == 0 ? ERR_NONE :
									     ERR_UPSTREAM_UNSENT;
	json_decref(json);
	return verdict;
}

static struct sms_verdict read_answer(
	const struct sms_order *order, const struct http_answer *answer)
{
	const struct conf *conf = order->conf;
	struct sms_verdict verdict = {.err = ERR_NONE};

	if (answer->status == 429)
		verdict.err = ERR_SMS_RATE;
	else if (answer->status < 200 || answer->status > 299)
		verdict.err = ERR_UPSTREAM_CONFIG;
	else if (!str_is_empty(conf->sms_success_member))
		return read_member(order, answer);
	else if (strstr(answer->body, conf->sms_success_text) == NULL)
		verdict.err = ERR_UPSTREAM_UNSENT;
	if (verdict.err != ERR_NONE)
		verdict.code = arena_printf(order->arena, "HTTP %d", answer->status);
	return verdict;
}

static bool has_hole(const struct conf *conf, const char *hole)
{
	return strstr(conf->sms_query, hole) != NULL || strstr(conf->sms_body, hole) != NULL;
}

static const char *find_problem(const struct conf *conf)
{
	if (!has_hole(conf, "${phone}") || !has_hole(conf, "${code}"))
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
	.find_problem = find_problem,
	.write = write_call,
	.read = read_answer,
};
