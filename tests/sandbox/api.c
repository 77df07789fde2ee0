#include "api.h"

#include "arena.h"
#include "call_note.h"
#include "call_store.h"
#include "fault.h"
#include "random_id.h"
#include "request.h"
#include "store.h"
#include "str.h"
#include "urlencoded.h"

#define TEXT_PLAIN "text/plain"
#define FORM_TYPE "application/x-www-form-urlencoded"

static const char *text_of(enum errcode errcode)
{
	switch (errcode) {
#define ERRCODE_CASE(name, number, text)                                                        \
	case ERRCODE_##name:                                                                    \
		return text;
		ERRCODE_LIST(ERRCODE_CASE)
#undef ERRCODE_CASE
	}
	return "unknown error";
}

static void write_json(struct request *req, json_t *json)
{
	sandbox_write_json(req, TEXT_PLAIN, json, JSON_COMPACT | JSON_ESCAPE_SLASH);
}

void api_write_error(struct request *req, enum errcode errcode)
{
	const char *text = arena_printf(
		req->arena, "%s, rid: %s", text_of(errcode), random_rid(req->arena));

	write_json(req, json_pack("{s:i,s:s}", "errcode", (int)errcode, "errmsg", text));
}

const char *api_query_param(const struct call *call, const char *name)
{
	char *text = arena_strdup(call->arena, call->req->query);
	struct urlencoded pairs;
	struct pair pair;

	if (text == NULL)
		return NULL;
	urlencoded_init(&pairs, call->arena, text, strlen(text));
	while (urlencoded_next(&pairs, &pair)) {
		if (strcmp(pair.name, name) == 0)
			return str_is_empty(pair.value) ? NULL : pair.value;
	}
	return NULL;
}

const char *api_param(const struct call *call, const char *name)
{
	const char *text;

	if (strcmp(call->req->method, "POST") != 0)
		return api_query_param(call, name);
	text = json_string_value(json_object_get(call->body, name));
	return str_is_empty(text) ? NULL : text;
}

enum errcode api_require(
	const struct call *call, const struct requirement *requirements, const char *grant_type)
{
	const char *given = api_param(call, "grant_type");

	for (; requirements->name != NULL; requirements++) {
		if (api_param(call, requirements->name) == NULL)
			return requirements->missing;
	}
	if (grant_type != NULL && (given == NULL || strcmp(given, grant_type) != 0))
		return ERRCODE_GRANT_TYPE_INVALID;
	return ERRCODE_NONE;
}

enum errcode api_stored(enum err err, enum errcode unknown)
{
	if (err == ERR_ABSENT)
		return unknown;
	return err == ERR_NONE ? ERRCODE_NONE : ERRCODE_SYSTEM_BUSY;
}

enum errcode api_find_app(const struct call *call, bool is_known, struct sandbox_app *app_r)
{
	enum errcode errcode = api_stored(
		store_find_app(call->db, api_param(call, "appid"), app_r), ERRCODE_APPID_INVALID);

	if (errcode != ERRCODE_NONE)
		return errcode;
	if (!is_known && strcmp(app_r->secret, api_param(call, "secret")) != 0)
		return ERRCODE_SECRET_INVALID;
	return ERRCODE_NONE;
}

enum errcode api_say_ok(struct call *call)
{
	call->answer = json_pack("{s:i,s:s}", "errcode", 0, "errmsg", text_of(ERRCODE_NONE));
	return ERRCODE_NONE;
}

/* A form is read as a message without any of its members. */
static enum errcode read_body(struct call *call)
{
	const struct body *body = &call->req->body;
	bool is_form = body->content_type != NULL && str_starts_with(body->content_type, FORM_TYPE);

	if (body->size == 0)
		return ERRCODE_BODY_EMPTY;
	call->body = json_loadb(body->bytes, body->size, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(call->body) || is_form ? ERRCODE_NONE : ERRCODE_BODY_INVALID;
}

static int64_t note(const struct call *call, const struct fault *fault)
{
	const char *js_code = api_param(call, "js_code");
	const struct api_call row = {
		.path = call->req->path,
		.appid = api_param(call, "appid"),
		.code = js_code != NULL ? js_code : api_param(call, "code"),
		.openid = api_param(call, "openid"),
		.fault = fault->kind,
	};

	return call_note_begin(call->req, &row);
}

static void answer(struct call *call, enum errcode errcode)
{
	const struct sandbox_endpoint *self = (const struct sandbox_endpoint *)call->req->endpoint;

	if (errcode == ERRCODE_NONE)
		errcode = self->answer(call);
	if (errcode == ERRCODE_NONE)
		write_json(call->req, call->answer);
	else
		api_write_error(call->req, errcode);
}

enum err api_run(struct request *req)
{
	struct call call = {.req = req, .db = req->db, .arena = req->arena};
	enum errcode errcode = ERRCODE_NONE;
	struct fault fault;
	int64_t id;

	if (strcmp(req->method, "POST") == 0)
		errcode = read_body(&call);
	if (call_store_take_fault(req->db, req->path, &fault) != ERR_NONE)
		fault.kind = NULL;
	id = note(&call, &fault);
	fault_delay(&fault, req);
	answer(&call, errcode);
	fault_spoil(&fault, req);
	call_note_end(req, id);
	json_decref(call.body);
	return ERR_NONE;
}

static void refuse(struct request *req)
{
	if (req->err == ERR_FORBIDDEN) {
		response_set(req, 403, TEXT_PLAIN);
		buf_append_str(&req->response.body, req->err_reason);
		return;
	}
	if (req->err == ERR_METHOD) {
		api_write_error(req, strcmp(req->endpoint->method, "POST") == 0
						? ERRCODE_POST_NEEDED
						: ERRCODE_GET_NEEDED);
		return;
	}
	api_write_error(req, (enum errcode)request_error(req, req->err)->code);
	req->response.status = request_error(req, req->err)->status;
}

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {200, ERRCODE_URL_INVALID, "", ""},
	[ERR_TOO_LARGE] = {413, ERRCODE_BODY_INVALID, "", ""},
	[ERR_BAD_REQUEST] = {200, ERRCODE_BODY_INVALID, "", ""},
	[ERR_INTERNAL] = {500, ERRCODE_SYSTEM_BUSY, "", ""},
};

const struct dialect api_dialect = {
	.name = "wechat",
	.prefix = "",
	.is_case_sensitive = true,
	.formats = FORMAT_JSON,
	.flavour = JSON_JACKSON,
	.errors = errors,
	.refuse = refuse,
};
