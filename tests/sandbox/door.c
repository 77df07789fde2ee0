#include "door.h"

#include "http_client.h"
#include "request.h"

static bool is_from_here(const struct request *req)
{
	return http_is_loopback(req->remote_addr) && http_is_loopback(req->server_addr) &&
		http_is_loopback(req->host);
}

enum err door_run(struct request *req)
{
	const struct sandbox_endpoint *self = (const struct sandbox_endpoint *)req->endpoint;

	if (!is_from_here(req))
		return request_fail(req, ERR_FORBIDDEN, "the sandbox serves this machine alone");
	return self->run(req);
}
