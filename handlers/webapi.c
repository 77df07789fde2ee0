#include "arena.h"
#include "conf.h"
#include "json_writer.h"
#include "request.h"
#include "webapi.h"
#include "xml_writer.h"

struct webapi_refusal {
	const char *message;
};

static const struct field refusal_fields[] = {
	FIELD(struct webapi_refusal, message, STR, .name = "Message",
		.text = {"错误说明", "what is wrong"}),
	FIELD_END
};

const struct shape webapi_refusal_shape = {
	.name = "HttpError",
	.size = sizeof(struct webapi_refusal),
	.fields = refusal_fields,
	.xml_root = "Error",
};

static const char *webapi_text(struct request *req, const struct dialect_error *error)
{
	bool is_english = strcmp(req->conf->http_messages, "en") == 0;
	const char *own = is_english ? req->err_text.en : req->err_text.zh;
	const char *text = is_english ? error->en : error->zh;
	const char *hole = strstr(text, "%s");

	if (own != NULL)
		return own;
	if (hole == NULL)
		return text;
	return arena_printf(
		req->arena, "%.*s%s%s", (int)(hole - text), text,
		req->err == ERR_METHOD ? req->method : request_uri(req), hole + 2);
}

const char *webapi_message(struct request *req, const struct dialect_error *error)
{
	const char *text = request_prefers_english(req) ? error->en : error->zh;
	const struct bind_error *fault = req->binding.errors;

	while (fault != NULL && *fault->field == '\0')
		fault = fault->next;
	return req->err != ERR_PARAMETER || fault == NULL
		? text
		: arena_printf(req->arena, "%s: %s", text, fault->field);
}

void webapi_begin(struct request *req, int status)
{
	response_set(req, status, req->media.content_type);
}

static void webapi_write_xml(struct buf *body, const char *text)
{
	buf_append_str(body, "<Error><Message>");
	xml_write_text(body, text);
	buf_append_str(body, "</Message></Error>");
}

void webapi_refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);
	const struct webapi_refusal refusal = {.message = webapi_text(req, error)};

	webapi_begin(req, error->status);
	if (req->media.format == FORMAT_XML)
		webapi_write_xml(&req->response.body, refusal.message);
	else
		json_write(&req->response.body, &webapi_refusal_shape, &refusal);
}
