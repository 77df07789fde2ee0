#include "address.h"
#include "admin_cookie.h"
#include "arena.h"
#include "conf.h"
#include "request.h"
#include "str.h"

#define NAME "wxuser_admin="

static bool cookie_is_secure(const struct request *req)
{
	return strcmp(req->scheme, "http") != 0 || !address_is_loopback(req);
}

/* A browser takes a cookie with this prefix over TLS alone. */
static const char *cookie_name(const struct request *req)
{
	return cookie_is_secure(req) ? "__Secure-" NAME : NAME;
}

const char *admin_cookie_of(const struct request *req)
{
	const char *at = request_header(req, "Cookie"), *found = NULL;
	const char *name = cookie_name(req);

	while (!str_is_empty(at)) {
		const size_t size = strcspn(at, ";");

		if (str_starts_with(at, name)) {
			const char *value = arena_strndup(
				req->arena, at + strlen(name), size - strlen(name));

			if (found != NULL && strcmp(found, value) != 0)
				return NULL;
			found = value;
		}
		at += size;
		at += strspn(at, "; ");
	}
	return found;
}

/* Returns the authority without the scheme's own port, which clients may leave out. */
static const char *without_own_port(
	const struct request *req, const char *scheme, const char *authority)
{
	const char *port = strcmp(scheme, "https") == 0 ? ":443" : ":80";
	const size_t size = strlen(authority), port_size = strlen(port);

	if (size <= port_size || strcmp(authority + size - port_size, port) != 0)
		return authority;
	return arena_strndup(req->arena, authority, size - port_size);
}

static bool is_own_origin(const struct request *req, const char *origin)
{
	const char *prefix = arena_printf(req->arena, "%s://", req->scheme);

	return str_starts_with_nocase(origin, prefix) &&
		str_equal_nocase(
			without_own_port(req, req->scheme, origin + strlen(prefix)),
			without_own_port(req, req->scheme, req->authority));
}

bool admin_cookie_is_cross_site(const struct request *req)
{
	const char *site = request_header(req, "Sec-Fetch-Site");
	const char *origin = request_header(req, "Origin");
	const bool is_safe = strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;

	if (site != NULL)
		return strcmp(site, "same-origin") != 0 &&
			!(is_safe && strcmp(site, "none") == 0);
	if (origin != NULL)
		return !is_own_origin(req, origin);
	return !is_safe;
}

/* The path below which the client asks: with server.base_path or without. */
static const char *cookie_base(const struct request *req)
{
	const char *base = req->conf->server_base_path;

	return str_starts_with(req->target, base) ? base : "";
}

void admin_cookie_set(struct request *req, const char *text)
{
	response_tell(req, HEADER_SET_COOKIE,
		arena_printf(req->arena, "%s%s; Path=%s/v1/admin; HttpOnly; SameSite=Strict%s%s",
			cookie_name(req), text == NULL ? "" : text, cookie_base(req),
			cookie_is_secure(req) ? "; Secure" : "",
			text == NULL ? "; Max-Age=0" : ""));
}
