/*
 * Any method and path, with a base path or none. What is found is an endpoint of that method, and
 * the first of its path in the table; what is not found is named in the log by words of an endpoint
 * alone.
 *
 * An input is a byte that chooses the base path, and lines: the method, the path, and the target as
 * it was sent.
 */
#include "arena.h"
#include "conf.h"
#include "endpoint.h"
#include "endpoints.h"
#include "fuzz.h"
#include "request.h"
#include "route.h"
#include "service.h"
#include "str.h"

static const struct service service = {.endpoints = endpoints, .dialects = dialects};

static bool is_word_of_endpoint(const char *known)
{
	const size_t size = strlen(known);

	for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
		const char *path = (*at)->path;

		if (strlen(path) >= size && (path[size] == '\0' || path[size] == '/') &&
			str_starts_with_nocase(path, known))
			return true;
	}
	return false;
}

static void check_found(const struct request *req, enum err err)
{
	const bool is_head = strcmp(req->method, "HEAD") == 0 && req->dialect->takes_head;
	const char *methods = route_methods(&service, req, ~0u);

	if (req->dialect != req->endpoint->dialect || endpoints[req->route] != req->endpoint)
		BUG("%s is routed as another", req->endpoint->path);
	if (err == ERR_NONE && strcmp(req->endpoint->method, is_head ? "GET" : req->method) != 0)
		BUG("%s is routed to %s", req->method, req->endpoint->method);
	if (methods == NULL || strstr(methods, req->endpoint->method) == NULL)
		BUG("%s has not its own method: %s", req->endpoint->path, methods);
	if (strchr(req->endpoint->path, '{') != NULL &&
		(str_is_empty(req->path_parameter) || strchr(req->path_parameter, '/') != NULL))
		BUG("%s has the parameter %s", req->endpoint->path, req->path_parameter);
}

static void check_not_found(const struct request *req)
{
	if (req->dialect == NULL)
		BUG("nobody answers %s", req->path);
	if (*req->known_path != '/' ||
		(req->known_path[1] != '\0' && !is_word_of_endpoint(req->known_path + 1)))
		BUG("the log gets %s", req->known_path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const bases[] = {"", "/wx", "/api", "/a/b"};
	struct fuzz_input input;
	struct conf conf = *fuzz_conf();
	struct request req = {.arena = fuzz_begin(&input, bytes, size), .conf = &conf};
	enum err err;

	conf.server_base_path = bases[fuzz_take_below(&input, 4)];
	req.method = fuzz_take_line(&input);
	req.path = arena_printf(req.arena, "/%s", fuzz_take_line(&input));
	req.target = fuzz_take_line(&input);
	err = route(&service, &req);
	if (err == ERR_NOT_FOUND)
		check_not_found(&req);
	else
		check_found(&req, err);
	return 0;
}
