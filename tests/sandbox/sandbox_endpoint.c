#include "sandbox_endpoint.h"

#include "address.h"
#include "http_url.h"
#include "request.h"

static bool is_from_here(const struct request *req)
{
	return address_stays_on_host(req) && http_url_is_loopback(req->server_addr) &&
		http_url_is_loopback(req->host);
}

enum err sandbox_run(struct request *req)
{
	const struct sandbox_endpoint *self = (const struct sandbox_endpoint *)req->endpoint;

	if (!is_from_here(req))
		return request_fail(req, ERR_FORBIDDEN, "the sandbox serves this host alone");
	return self->run(req);
}

void sandbox_write_json(struct request *req, const char *type, json_t *json, size_t flags)
{
	char *text = json_dumps(json, flags);

	if (text == NULL)
		BUG("an answer of %s is no JSON", req->path);
	response_set(req, 200, type);
	buf_append_str(&req->response.body, text);
	free(text);
	json_decref(json);
}
