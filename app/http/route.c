#include "arena.h"
#include "ascii.h"
#include "conf.h"
#include "endpoint.h"
#include "heap.h"
#include "request.h"
#include "request_stats.h"
#include "route.h"
#include "scoreboard.h"
#include "service.h"
#include "str.h"

static bool has_prefix(const struct dialect *dialect, const char *path)
{
	return dialect->is_case_sensitive ? str_starts_with(path, dialect->prefix)
					  : str_starts_with_nocase(path, dialect->prefix);
}

/* Web API ignores case and one slash at the end. */
static bool is_path_of(const struct endpoint *endpoint, const char *path, size_t size)
{
	size_t own_size;

	if (endpoint->dialect->is_case_sensitive)
		return strcmp(path, endpoint->path) == 0;
	own_size = strlen(endpoint->path);
	if (size == own_size + 1 && path[own_size] == '/')
		size--;
	return size == own_size && str_starts_with_nocase(path, endpoint->path);
}

static bool route_fits(struct request *req, const struct endpoint *endpoint, size_t size)
{
	const char *path = req->path + 1;
	const char *segment = endpoint_find_parameter(endpoint, path, &size);

	if (segment == NULL)
		return is_path_of(endpoint, path, size);
	req->path_parameter = arena_strndup(req->arena, segment, size);
	return true;
}

static bool is_method_of(const struct endpoint *endpoint, const char *method)
{
	if (strcmp(endpoint->method, method) == 0)
		return true;
	return endpoint->dialect->takes_head && strcmp(endpoint->method, "GET") == 0 &&
		strcmp(method, "HEAD") == 0;
}

static const char *path_below(const char *base, const char *path)
{
	const char *rest;

	if (!str_starts_with(path, base))
		return path;
	rest = path + strlen(base);
	return *rest == '\0' ? "/" : *rest == '/' ? rest : path;
}

/* Of two paths that fit, the first one counts. */
static enum err route_find_endpoint(
	const struct service *service, struct request *req, const char *path)
{
	const size_t size = strlen(path + 1);

	req->path = path;
	for (const struct endpoint *const *at = service->endpoints; *at != NULL; at++) {
		if (req->endpoint != NULL ? !endpoint_shares_path(*at, req->endpoint)
					  : !route_fits(req, *at, size))
			continue;
		req->endpoint = *at;
		req->route = (size_t)(at - service->endpoints);
		req->dialect = (*at)->dialect;
		if (is_method_of(*at, req->method))
			return ERR_NONE;
	}
	return req->endpoint != NULL ? ERR_METHOD : ERR_NOT_FOUND;
}

/* at: the first dot of several in a target. Whether they are a segment. */
static bool is_dot_segment(const char *target, const char *at)
{
	if (at > target && at[-1] != '/')
		return false;
	at += strspn(at, ".");
	return *at == '\0' || *at == '/' || *at == '?';
}

static bool is_escape_of_separator(const char *at)
{
	return str_starts_with_nocase(at, "%2F") || str_starts_with_nocase(at, "%5C") ||
		str_starts_with_nocase(at, "%2E");
}

/* Web servers decode and resolve a path before they pass it on. A proxy in front whose rule reads
 * it as it was sent, as HAProxy's do, must not let by what here is another path. So a path with an
 * escaped slash, backslash or dot, or with a dot segment, is no endpoint's. Where case matters a
 * path has one spelling, and nothing of it may be escaped. */
static bool route_is_spelt_plainly(const struct request *req)
{
	const bool is_strict = req->endpoint->dialect->is_case_sensitive;

	for (const char *at = req->target; at += strcspn(at, "%.?"), *at == '%' || *at == '.'; at++)
		if (*at == '%' ? is_strict || is_escape_of_separator(at)
			       : is_dot_segment(req->target, at))
			return false;
	return true;
}

/* Where the Admin API is off, its paths are as any that no endpoint has. */
static bool route_is_served(const struct request *req)
{
	return (req->endpoint->access & ACCESS_BY_ADMIN) == 0 || req->conf->admin_api;
}

static enum err route_check(struct request *req, enum err err)
{
	const char *reason = NULL;

	if (req->endpoint == NULL)
		return err;
	if (!route_is_spelt_plainly(req))
		reason = "the path is not spelt as it is declared";
	else if (route_is_served(req))
		return err;
	req->endpoint = NULL;
	return request_fail(req, ERR_NOT_FOUND, reason);
}

/* Returns the size of the segments with which both begin. */
static size_t route_known_size(const char *path, const char *own)
{
	size_t known = 0, i = 0;

	for (; own[i] != '\0' && ascii_lower(own[i]) == ascii_lower(path[i]); i++)
		known = own[i] == '/' ? i : known;
	return (own[i] == '\0' || own[i] == '/') && (path[i] == '\0' || path[i] == '/') ? i : known;
}

/* For the log: any other segment may hold anything. */
static const char *route_known_path(const struct service *service, const struct request *req)
{
	const char *path = req->path + 1;
	size_t most = 0;

	for (const struct endpoint *const *at = service->endpoints; *at != NULL; at++) {
		const size_t known = route_known_size(path, (*at)->path);

		most = known > most ? known : most;
	}
	return arena_strndup(req->arena, req->path, most + 1);
}

/* Where none has the prefix, the last one answers. */
static void route_find_dialect(const struct service *service, struct request *req)
{
	const struct dialect *const *at = service->dialects;

	while (at[1] != NULL && !has_prefix(*at, req->path + 1))
		at++;
	req->dialect = *at;
	req->route = endpoint_count(service->endpoints) + (size_t)(at - service->dialects);
}

enum err route(const struct service *service, struct request *req)
{
	const char *whole = req->path, *below = path_below(req->conf->server_base_path, whole);
	enum err err = route_find_endpoint(service, req, below);

	/* An endpoint's own path may begin like base_path. */
	if (err == ERR_NOT_FOUND && below != whole)
		err = route_find_endpoint(service, req, whole);
	err = route_check(req, err);
	if (err == ERR_NOT_FOUND) {
		req->path = below;
		req->known_path = route_known_path(service, req);
		route_find_dialect(service, req);
	}
	return err;
}

const char *route_methods(const struct service *service, const struct request *req, unsigned access)
{
	struct buf methods = {.arena = req->arena};

	for (const struct endpoint *const *at = service->endpoints; *at != NULL; at++) {
		const char *method = (*at)->method;

		if (!endpoint_shares_path(*at, req->endpoint) || ((*at)->access & access) == 0)
			continue;
		buf_append_str(&methods, methods.size == 0 ? "" : ", ");
		buf_append_str(&methods, method);
		if (req->dialect->takes_head && strcmp(method, "GET") == 0)
			buf_append_str(&methods, ", HEAD");
	}
	if (methods.size > 0 && req->dialect->takes_options)
		buf_append_str(&methods, ", OPTIONS");
	return methods.data;
}

static struct route endpoint_route(const struct endpoint *endpoint)
{
	struct route route = {
		.dialect = endpoint->dialect->name,
		.endpoint = endpoint->path,
		.method = endpoint->method,
	};

	for (enum err err = 0; err < ERR_N; err++)
		route.may_return[err] = endpoint_may_return(endpoint, err);
	return route;
}

struct scoreboard *route_board(const struct service *service, size_t n_slots_max, size_t n_entries)
{
	size_t n_endpoints = endpoint_count(service->endpoints);
	size_t n_dialects = 0;
	struct route *routes;

	while (service->dialects[n_dialects] != NULL)
		n_dialects++;
	routes = heap_alloc((n_endpoints + n_dialects) * sizeof(*routes));
	for (size_t i = 0; i < n_endpoints; i++)
		routes[i] = endpoint_route(service->endpoints[i]);
	for (size_t i = 0; i < n_dialects; i++)
		routes[n_endpoints + i] =
			(struct route){service->dialects[i]->name, .endpoint = "", .method = ""};
	return scoreboard_new(n_slots_max, n_entries, routes, n_endpoints + n_dialects);
}
