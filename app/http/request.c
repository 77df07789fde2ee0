#include "arena.h"
#include "ascii.h"
#include "clock.h"
#include "conf.h"
#include "endpoint.h"
#include "log.h"
#include "media_type.h"
#include "request.h"
#include "str.h"

/* An older stamp is a mistake, not a wait. */
#define QUEUED_MAX_US (600 * CLOCK_SECOND_US)

enum err request_fail(struct request *req, enum err err, const char *reason)
{
	req->err_reason = reason;
	return err;
}

/* Whether one of the scopes is among those that the endpoint lets in. */
static bool has_scope(unsigned access, int32_t scopes)
{
	return ((access & ACCESS_KEY_READ) != 0 && (scopes & SCOPE_READ) != 0) ||
		((access & ACCESS_KEY_WRITE) != 0 && (scopes & SCOPE_WRITE) != 0) ||
		((access & ACCESS_KEY_WECHAT) != 0 && (scopes & SCOPE_WECHAT) != 0) ||
		((access & ACCESS_KEY_ADMIN) != 0 && (scopes & SCOPE_ADMIN) != 0);
}

enum err request_check_access(struct request *req)
{
	const unsigned access = req->endpoint->access;
	const bool wants_scope = (access & ACCESS_BY_KEY) != 0;

	if (endpoint_is_open(req->endpoint) &&
		(req->principal.kind != PRINCIPAL_API_KEY || !wants_scope))
		return ERR_NONE;
	switch (req->principal.kind) {
	case PRINCIPAL_ANONYMOUS:
		return request_fail(req, ERR_UNAUTHORIZED, "no credential");
	case PRINCIPAL_ACCESS_TOKEN:
		return (access & ACCESS_OWN_TOKEN) != 0
			? ERR_NONE
			: request_fail(req, ERR_FORBIDDEN, "not for an access token");
	case PRINCIPAL_OPERATOR:
		return (access & ACCESS_OPERATOR) != 0
			? ERR_NONE
			: request_fail(req, ERR_FORBIDDEN, "not for an operator");
	case PRINCIPAL_API_KEY:
		break;
	}
	if (has_scope(access, req->principal.scopes))
		return ERR_NONE;
	return request_fail(req, ERR_FORBIDDEN,
		wants_scope || (access & ACCESS_KEY_ADMIN) != 0 ? "the API key lacks the scope"
								 : "not for an API key");
}

const struct dialect_error *request_error(const struct request *req, enum err err)
{
	const struct dialect_error *error = &req->dialect->errors[err];

	return error->en != NULL ? error : &req->dialect->errors[ERR_INTERNAL];
}

int64_t request_queued_us(const struct request *req)
{
	int64_t age_us = clock_monotonic_us() - req->started_us;
	int64_t queued_us = clock_now_us() - age_us - req->sent_us;

	if (req->sent_us == 0 || queued_us >= QUEUED_MAX_US)
		return -1;
	return queued_us > 0 ? queued_us : 0; /* the web server's clock is coarser */
}

bool request_path_id(const struct request *req, int32_t *id_r)
{
	return *req->path_parameter >= '1' && *req->path_parameter <= '9' &&
		str_parse_int32(req->path_parameter, id_r);
}

const char *request_uri(const struct request *req)
{
	return arena_printf(
		req->arena, "%s://%s%s", req->scheme, req->authority, req->target);
}

/* Whether a parameter, NAME=value, is the header's: HTTP_X_TC_ACTION is X-TC-Action. */
static bool is_header(const char *param, const char *header)
{
	const size_t size = strlen(header);

	if (!str_starts_with(param, "HTTP_"))
		return str_starts_with(param, "CONTENT_TYPE=") &&
			str_equal_nocase(header, "Content-Type");
	param += strlen("HTTP_");
	for (size_t i = 0; i < size; i++) {
		char wanted = header[i] == '-' ? '_' : ascii_lower(header[i]);

		if (ascii_lower(param[i]) != wanted)
			return false;
	}
	return param[size] == '=';
}

const char *request_header(const struct request *req, const char *name)
{
	for (char *const *param = req->environment; *param != NULL; param++)
		if (is_header(*param, name))
			return strchr(*param, '=') + 1;
	return NULL;
}

static bool is_of_language(const struct slice *range, const char *language)
{
	struct slice first = *range;
	const char *hyphen = memchr(range->at, '-', range->size);

	if (hyphen != NULL)
		first.size = (size_t)(hyphen - range->at);
	return slice_equals(&first, language);
}

/* How much Accept-Language wants a language, "en" in en-GB too; 0: not at all. */
static unsigned quality_of(const char *accept_language, const char *language)
{
	const char *at = accept_language;
	struct media_type item;
	unsigned quality = 0;

	while (at != NULL && media_charset_next(&at, &item) > 0) {
		if (item.quality > quality && is_of_language(&item.charset, language))
			quality = item.quality;
	}
	return quality;
}

bool request_prefers_english(const struct request *req)
{
	const char *messages = req->conf->http_messages;

	if (strcmp(messages, "auto") != 0)
		return strcmp(messages, "en") == 0;
	return quality_of(req->accept_language, "en") > quality_of(req->accept_language, "zh");
}

void response_set(struct request *req, int status, const char *content_type)
{
	req->response.status = status;
	req->response.content_type = content_type;
	buf_reset(&req->response.body);
}

void response_header(struct request *req, const char *name, const char *value)
{
	struct buf *headers = &req->response.headers;

	if (strchr(value, '\r') != NULL || strchr(value, '\n') != NULL) {
		log_warning("header %s dropped: its value has a line break", name);
		return;
	}
	buf_append_str(headers, name);
	buf_append_str(headers, ": ");
	buf_append_str(headers, value);
	buf_append_str(headers, "\r\n");
}

void response_tell(struct request *req, enum header header, const char *value)
{
	response_header(req, header_fields[header].name, value);
}
